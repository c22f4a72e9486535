"""GSV and GSA sentences into one Sky: satellites in view, how many are used, how strong they are."""

from agent.types import Sky
from hw.nmea_sentences import Gsa, Gsv

_GROUPS_AT_MOST = 32  # constellations times signals; more is a noisy line


class SkyView:
    """Collects the GSV groups of one cycle. A group is all messages of one talker and one signal."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], list[Gsv]] = {}
        self._used: dict[tuple[str, str, str], None] = {}
        self._used_cycle = -1

    def add_gsa(self, gsa: Gsa, cycle: int) -> None:
        """Satellites used in `cycle` (a running number); those of earlier cycles are forgotten."""
        if cycle != self._used_cycle:
            self._used.clear()
            self._used_cycle = cycle
        for satellite in gsa.satellites:
            self._used[gsa.talker, gsa.system, satellite] = None

    def add_gsv(self, gsv: Gsv, mono_ns: int) -> Sky | None:
        """The Sky of the previous cycle, if this sentence begins a new one."""
        key = (gsv.talker, gsv.signal)
        sky = None
        if gsv.number == 1:
            if key in self._groups:
                sky = self.take(mono_ns, partly=True)
            if len(self._groups) < _GROUPS_AT_MOST:
                self._groups[key] = [gsv]
        elif key in self._groups and gsv.number == len(self._groups[key]) + 1:
            self._groups[key].append(gsv)
        else:
            self._groups.pop(key, None)  # a message of the group was lost
        return sky

    def take(self, mono_ns: int, *, partly: bool = False) -> Sky | None:
        """The Sky collected so far if every group is complete; with `partly`, of those that are."""
        if not self._groups:
            return None
        whole = {key: group for key, group in self._groups.items() if len(group) == group[0].messages}
        if not partly and len(whole) < len(self._groups):
            return None
        self._groups = {}
        if not whole:
            return None
        strength: dict[tuple[str, str], int] = {}
        elevation: dict[tuple[str, str], int | None] = {}
        in_view: dict[str, int] = {}
        for (talker, _), group in whole.items():
            in_view[talker] = max(in_view.get(talker, 0), group[0].in_view)
            for message in group:
                for (satellite, cn0), degrees in zip(message.satellites, message.elevations_deg, strict=True):
                    if cn0 is not None:
                        key = (talker, satellite)
                        strength[key] = max(strength.get(key, 0), cn0)
                        elevation[key] = degrees
        used = len(self._used) if self._used_cycle >= 0 else None
        return Sky(mono_ns, sum(in_view.values()), used, tuple(strength.values()), tuple(elevation.values()))
