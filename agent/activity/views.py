"""Whose machine: every camera with its mount, and what it says of the own gear and of others'.

| mount | inside the drawn region | outside it |
|---|---|---|
| `own_gear` | own | another vessel's; where no region is drawn all gear is taken for the own |
| `patrol`, `bank` | - | another vessel's: nothing such a camera sees is of the own vessel |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agent.activity.blindness import Blindness
from agent.activity.carriers import Berth, Carriers
from agent.activity.gear import Counted, Gear, GearEvidence, GearSettings
from agent.activity.others import COURSE_ERROR_DEG, HEADING_ERROR_DEG, Others, OtherSettings
from agent.types import Detection, Finding, Json, Observation, Reason

Mount: TypeAlias = Literal["own_gear", "patrol", "bank"]
_NS = 1_000_000_000
HEADING_NS = 10 * _NS


@dataclass(frozen=True, slots=True)
class View:
    """One camera as the settings have it. `bearing_deg` is its axis from the bow, clockwise."""

    camera: str
    mount: Mount = "own_gear"
    region: tuple[tuple[float, float], ...] | None = None
    bearing_deg: float | None = None
    wide_deg: float | None = None


class Views:
    """All cameras of a box; `detector` says whether their pictures are shown to one."""

    def __init__(self, views: Sequence[View], *, detector: bool) -> None:
        self._views = {view.camera: view for view in views}
        own = [view for view in views if view.mount == "own_gear" and (detector or view.region is not None)]
        self._gear = {view.camera: Gear(GearSettings(region=view.region)) for view in own}
        self._others = {
            view.camera: Others(OtherSettings(bearing_deg=view.bearing_deg, wide_deg=view.wide_deg))
            for view in views
            if detector and (view.mount != "own_gear" or view.region is not None)
        }
        self._carriers = {camera: Carriers() for camera in self._gear} if detector else {}
        self._blindness = {view.camera: Blindness(view.camera) for view in views}
        self._heading: tuple[int, float, float] | None = None
        self._counts = next(iter(self._gear), "")  # the camera whose cycles stand: two see the same buckets

    @property
    def tells_of_own_gear(self) -> bool:
        """Whether any camera can tell that the own gear works, or does not."""
        return bool(self._gear)

    def step(self, seen: Observation, sun_deg: float | None = None) -> tuple[Counted, ...]:
        """One look; cycles of the own gear that became certain. `sun_deg`: the sun's height, if it is known."""
        view = self._views.get(seen.camera)
        if view is None:
            return ()
        self._blindness[seen.camera].step(seen, sun_deg)
        if (others := self._others.get(seen.camera)) is not None:
            others.step(seen, tuple(item for item in seen.detections or () if not _is_own(item, seen, view)))
        gear = self._gear.get(seen.camera)
        if gear is None:
            return ()
        counted = gear.step(seen, sure=not self._blindness[seen.camera].blind())
        if (
            counted
            and seen.camera != self._counts
            and not self._gear[self._counts].counted_lately(seen.mono_ns)
        ):
            self._counts = seen.camera
        return counted if seen.camera == self._counts else ()

    def alongside(self, seen: Observation) -> tuple[Berth, ...]:
        """What that look says of a carrier: only by the camera whose cycles stand, for she is seen by several."""
        carriers = self._carriers.get(seen.camera)
        if carriers is None or self._blindness[seen.camera].blind():
            return ()
        told = carriers.step(seen)
        return told if seen.camera == self._counts else ()

    def heads(self, mono_ns: int, bow_deg: float, *, by_course: bool = False) -> None:
        """Where the bow points: the heading, or the course over ground, which is worse and never replaces it."""
        held = self._heading
        if by_course and held is not None and held[2] == HEADING_ERROR_DEG and mono_ns - held[0] < HEADING_NS:
            return
        self._heading = (mono_ns, bow_deg, COURSE_ERROR_DEG if by_course else HEADING_ERROR_DEG)

    def leads(self, mono_ns: int) -> tuple[Finding, ...]:
        """Other vessels that are seen at work now, the first camera's first."""
        axis = error = None
        if self._heading is not None and 0 <= mono_ns - self._heading[0] <= HEADING_NS:
            _, axis, error = self._heading
        for others in self._others.values():
            if found := others.findings(mono_ns, axis, error or 0.0):
                return found
        return ()

    def target(self) -> tuple[int, ...]:
        """Which others are looked at; changes when a lead must end."""
        return tuple(others.target() for others in self._others.values())

    def blind(self) -> tuple[Reason, ...]:
        """Why no camera on the own gear sees it; empty while one does, or where there is none."""
        causes = [self._blindness[camera].blind() for camera in self._gear]
        return () if not all(causes) else tuple(reason for found in causes for reason in found)

    def blind_cameras(self) -> tuple[Finding, ...]:
        """The cameras that show nothing, or not what they should."""
        return tuple(finding for item in self._blindness.values() for finding in item.findings())

    def evidence(self, mono_ns: int) -> GearEvidence | None:
        """Of the camera whose cycles stand; while it has counted nothing, of the one that looked last."""
        if not self._gear:
            return None
        stands = self._gear[self._counts].evidence(mono_ns)
        if stands.cycles:
            return stands
        found = [gear.evidence(mono_ns) for gear in self._gear.values()]
        return max(found, key=lambda item: item.look_mono_ns or 0)

    def stirs(self, camera: str, mono_ns: int) -> bool:
        """Is the gear out, or another vessel's in sight? Then this camera is worth looking at more often."""
        if (gear := self._gear.get(camera)) is not None and gear.stirs(mono_ns):
            return True
        others = self._others.get(camera)
        return others is not None and others.in_sight(mono_ns)

    def forget(self, mono_ns: int) -> tuple[Berth, ...]:
        """She is under way: what was learned of the scene at the last place is void, and nobody lies alongside."""
        for gear in self._gear.values():
            gear.forget()
        left = {camera: item.forget(mono_ns) for camera, item in self._carriers.items()}
        return left.get(self._counts, ())

    def commission(self) -> None:
        """The counts were checked by a person: what the bucket looks like now is what it is compared with."""
        for gear in self._gear.values():
            gear.size.commission()

    def snapshot(self) -> Json:
        gear: dict[str, Json] = {name: gear.snapshot() for name, gear in self._gear.items()}
        others: dict[str, Json] = {name: item.snapshot() for name, item in self._others.items()}
        blind: dict[str, Json] = {name: item.snapshot() for name, item in self._blindness.items()}
        sizes: dict[str, Json] = {name: gear.size.snapshot() for name, gear in self._gear.items()}
        carriers: dict[str, Json] = {name: item.snapshot() for name, item in self._carriers.items()}
        return {
            "gear": gear,
            "others": others,
            "blind": blind,
            "sizes": sizes,
            "carriers": carriers,
            "counts": self._counts,
        }

    def restore(self, data: Json, *, same_boot: bool = True) -> None:
        """Take up what is kept of cameras that are still there; of another boot what they are used to see of scene and bucket."""
        held = data if isinstance(data, dict) else {}
        blind = held.get("blind")
        for name, state in (blind if isinstance(blind, dict) else {}).items():
            if name in self._blindness:
                self._blindness[name].restore(state, same_boot=same_boot)
        sizes = held.get("sizes")
        for name, state in (sizes if isinstance(sizes, dict) else {}).items():
            if name in self._gear:
                self._gear[name].size.restore(state)
        if not same_boot:
            return
        if held.get("counts") in self._gear:
            self._counts = str(held["counts"])
        for kept, stages in (
            (held.get("gear"), self._gear),
            (held.get("others"), self._others),
            (held.get("carriers"), self._carriers),
        ):
            for name, state in (kept if isinstance(kept, dict) else {}).items():
                if name in stages:
                    stages[name].restore(state)


def counted_in(state: Json) -> tuple[str, dict[str, tuple[int, ...]]]:
    """Of a snapshot: the camera whose cycles stand, and by camera the stamps of the last ten minutes' cycles."""
    held = state if isinstance(state, dict) else {}
    gear = held.get("gear")
    found: dict[str, tuple[int, ...]] = {}
    for camera, kept in (gear if isinstance(gear, dict) else {}).items():
        counted = kept.get("counted") if isinstance(kept, dict) else None
        rows = counted if isinstance(counted, list) else []
        found[camera] = tuple(int(str(row["mono_ns"])) for row in rows if isinstance(row, dict))
    return str(held.get("counts", "")), found


def _is_own(item: Detection, seen: Observation, view: View) -> bool:
    if view.mount != "own_gear" or view.region is None:
        return view.mount == "own_gear"
    x, y = (item.x0 + item.x1) / 2 / seen.width_px, (item.y0 + item.y1) / 2 / seen.height_px
    across, down = [corner[0] for corner in view.region], [corner[1] for corner in view.region]
    return min(across) <= x <= max(across) and min(down) <= y <= max(down)
