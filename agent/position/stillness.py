"""Has the vessel stayed where she was?

Still means: every fix lies within a circle of `radius_m` plus the fix's own error, while the centre of the
circle follows the vessel at up to `follow_m_per_min`. So

- a barge that swings at anchor with the turn of the tide, or warps along the cut a few metres a minute,
  drags the circle along and stays still; one that goes anywhere (half a knot is 15 m a minute) leaves it;
- one wild fix ends nothing: the vessel has left when no fix has been inside for `leave_s`;
- a poor fix ends nothing: beyond the circle by less than its own error, it does not show that she left;
- hours without a position are not stillness: after `longest_gap_s` the spell begins anew.

How far she wandered is measured apart from the circle, on the mean positions of whole minutes over the last
`spread_minutes`, where the centre's following cannot hide it.
"""

from collections import deque
from dataclasses import dataclass, field
from math import hypot

from agent.position.bound import error_bound_m
from agent.position.geodesy import LocalMetres
from agent.types import Fix

_NS = 1_000_000_000
_MINUTE_NS = 60 * _NS


@dataclass(frozen=True, slots=True)
class StillSettings:
    radius_m: float = 25.0
    follow_m_per_min: float = 5.0
    leave_s: float = 10.0
    longest_gap_s: float = 300.0
    spread_minutes: int = 45


@dataclass(slots=True)
class Minute:
    """Sums of the positions inside the circle, of one minute."""

    start_mono_ns: int
    east_m: float = 0.0
    north_m: float = 0.0
    fixes: int = 0


@dataclass(slots=True)
class Spell:
    """One time of being still: the circle, and where the minutes lay, from `lat_deg, lon_deg`."""

    since_mono_ns: int
    inside_mono_ns: int  # of the last fix inside the circle
    lat_deg: float
    lon_deg: float
    minute: Minute
    centre_east_m: float = 0.0
    centre_north_m: float = 0.0
    minutes: deque[tuple[float, float]] = field(default_factory=deque)
    spread_m: float = 0.0


class Stillness:
    """The spell under way. `spell` is its whole state and may be set from outside to take one up again."""

    def __init__(self, settings: StillSettings, spell: Spell | None = None) -> None:
        self._settings = settings
        self.spell = spell
        self._local = LocalMetres(0.0, 0.0) if spell is None else LocalMetres(spell.lat_deg, spell.lon_deg)

    def step(self, fix: Fix, lat_deg: float, lon_deg: float, dt_s: float) -> Spell:
        """Take a position `dt_s` after the one before."""
        spell = self.spell
        if spell is None or dt_s > self._settings.longest_gap_s:
            return self._begin(fix.mono_ns, lat_deg, lon_deg)
        settings = self._settings
        east_m, north_m = self._local.metres(lat_deg, lon_deg)
        off_east_m = east_m - spell.centre_east_m
        off_north_m = north_m - spell.centre_north_m
        off_m = hypot(off_east_m, off_north_m)
        if off_m > settings.radius_m + error_bound_m(fix):
            if fix.mono_ns - spell.inside_mono_ns >= settings.leave_s * _NS:
                return self._begin(fix.mono_ns, lat_deg, lon_deg)
            return spell
        spell.inside_mono_ns = fix.mono_ns
        # towards the vessel with a time constant of a minute, never faster than the set pace
        part = min(dt_s / 60.0, 1.0)
        pace_m = settings.follow_m_per_min * dt_s / 60.0
        if off_m * part > pace_m:
            part = pace_m / off_m
        spell.centre_east_m += off_east_m * part
        spell.centre_north_m += off_north_m * part
        self._add(spell, fix.mono_ns, east_m, north_m)
        return spell

    def _begin(self, mono_ns: int, lat_deg: float, lon_deg: float) -> Spell:
        self.spell = Spell(
            since_mono_ns=mono_ns,
            inside_mono_ns=mono_ns,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            minute=Minute(mono_ns, fixes=1),
        )
        self._local = LocalMetres(lat_deg, lon_deg)
        return self.spell

    def _add(self, spell: Spell, mono_ns: int, east_m: float, north_m: float) -> None:
        minute = spell.minute
        if mono_ns - minute.start_mono_ns >= _MINUTE_NS:
            self._close(spell)
            spell.minute = minute = Minute(mono_ns)
        minute.east_m += east_m
        minute.north_m += north_m
        minute.fixes += 1

    def _close(self, spell: Spell) -> None:
        minute, means = spell.minute, spell.minutes
        means.append((minute.east_m / minute.fixes, minute.north_m / minute.fixes))
        if len(means) > self._settings.spread_minutes:
            means.popleft()
        east_m = sum(mean[0] for mean in means) / len(means)
        north_m = sum(mean[1] for mean in means) / len(means)
        spell.spread_m = max(hypot(mean[0] - east_m, mean[1] - north_m) for mean in means)
