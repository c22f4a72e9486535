"""What to keep of which event: orders to the eyes, as an event opens, lasts and clears.

- At the opening: stills of the seconds before, which are on disk at once; the best still of the seconds around it;
  and a clip that begins `pre_roll_s` before and ends `post_roll_s` behind the opening.
- A long event: its first `first_s` seconds in clips of `clip_s`, so that a power cut costs one clip at most; then a
  still now and then, at growing distances, because each record of the event names all its files; and a clip around
  the moment at which nothing is flagged any more, which is where the vessel stops or leaves.
- A turn for the worse: one still.
- A lost position: stills and the one clip of the opening. A camera that does not see: nothing, it has nothing.
"""

from dataclasses import dataclass
from typing import cast

from agent.types import EventChange, Happening, Json, Seal, Want

SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class KeepSettings:
    pre_roll_s: float = 10.0
    post_roll_s: float = 20.0
    first_s: float = 120.0
    clip_s: float = 30.0
    still_every_s: float = 300.0
    stills_a_step: int = 12  # then the distance between two stills is doubled
    most_endings: int = 4  # an event that clears and goes on has so many of them filmed


@dataclass(slots=True)
class _Kept:
    """How far an open event is kept."""

    first_until_ns: int  # the film of its beginning shall reach so far
    filmed_until_ns: int  # and has been ordered so far
    next_still_ns: int
    stills: int = 0
    cleared: bool = False
    endings: int = 0


class Evidence:
    """Says what the eyes shall keep of the open events. Pure; its memory is part of the watch's."""

    def __init__(self, settings: KeepSettings | None = None) -> None:
        self._settings = settings or KeepSettings()
        self._kept: dict[str, _Kept] = {}

    def begin(self, change: EventChange, now_ns: int, cameras: "Cameras") -> tuple[Seal, ...]:
        """What to keep of an event that opened, or turned worse."""
        event = change.event
        if event.happening is Happening.SIGHT or change.kind == "event.closed":
            return ()
        settings = self._settings
        before_ns = max(0, now_ns - round(settings.pre_roll_s * SECOND))
        if change.kind == "event.updated":
            return cameras.order(event.event_id, before_ns, now_ns, "stills", most=1)
        after_ns = now_ns + round(settings.post_roll_s * SECOND)
        lasts = event.happening is Happening.WORKING
        self._kept[event.event_id] = _Kept(
            first_until_ns=now_ns + round(settings.first_s * SECOND) if lasts else now_ns,
            filmed_until_ns=after_ns,
            next_still_ns=now_ns + round(settings.still_every_s * SECOND),
        )
        return (
            *cameras.order(event.event_id, before_ns, now_ns, "stills"),
            *cameras.order(event.event_id, before_ns, after_ns, "best"),
            *cameras.order(event.event_id, before_ns, after_ns, "clip"),
        )

    def go_on(
        self, event_id: str, happening: Happening, now_ns: int, cameras: "Cameras", *, cleared: bool
    ) -> tuple[Seal, ...]:
        """What to keep of an open event now; `cleared`: nothing is flagged at the moment."""
        if happening is not Happening.WORKING:
            return ()
        settings = self._settings
        kept = self._kept.get(event_id)
        if kept is None:
            # Opened in another boot, whose stamps say nothing now.
            still_ns = now_ns + round(settings.still_every_s * SECOND)
            kept = self._kept[event_id] = _Kept(now_ns, now_ns, still_ns)
        if cleared:
            return self._ending(event_id, kept, now_ns, cameras)
        kept.cleared = False
        orders: tuple[Seal, ...] = ()
        if kept.filmed_until_ns - SECOND <= now_ns < kept.first_until_ns - SECOND:
            begin_ns = max(kept.filmed_until_ns, now_ns - SECOND)
            kept.filmed_until_ns = begin_ns + round(settings.clip_s * SECOND)
            orders += cameras.order(event_id, begin_ns, kept.filmed_until_ns, "clip")
        if now_ns >= kept.next_still_ns:
            kept.stills += 1
            steps = min(kept.stills // settings.stills_a_step, 10)
            kept.next_still_ns = now_ns + (round(settings.still_every_s * SECOND) << steps)
            before_ns = max(0, now_ns - round(settings.pre_roll_s * SECOND))
            orders += cameras.order(event_id, before_ns, now_ns, "stills", most=1)
        return orders

    def _ending(self, event_id: str, kept: _Kept, now_ns: int, cameras: "Cameras") -> tuple[Seal, ...]:
        if kept.cleared:
            return ()
        kept.cleared = True
        before_ns = max(0, now_ns - round(self._settings.pre_roll_s * SECOND))
        after_ns = now_ns + round(self._settings.post_roll_s * SECOND)
        if after_ns <= kept.filmed_until_ns or kept.endings >= self._settings.most_endings:
            return ()
        kept.endings += 1
        kept.filmed_until_ns = after_ns
        return (
            *cameras.order(event_id, before_ns, now_ns, "stills", most=1),
            *cameras.order(event_id, before_ns, after_ns, "clip"),
        )

    def end(self, event_id: str) -> None:
        """The event is closed."""
        self._kept.pop(event_id, None)

    def snapshot(self) -> Json:
        return {
            event_id: [
                str(kept.first_until_ns),
                str(kept.filmed_until_ns),
                str(kept.next_still_ns),
                kept.stills,
                kept.cleared,
                kept.endings,
            ]
            for event_id, kept in self._kept.items()
        }

    def restore(self, data: Json, *, same_boot: bool) -> None:
        """Take up a snapshot; after another boot its stamps mean nothing."""
        held = cast("dict[str, list[int]]", data)
        self._kept = {}
        if same_boot:
            for event_id, (first, filmed, still, stills, cleared, endings) in held.items():
                self._kept[event_id] = _Kept(
                    int(first), int(filmed), int(still), stills, bool(cleared), endings
                )


@dataclass(frozen=True, slots=True)
class Cameras:
    """The cameras of a watch, and those among them of which clips are kept."""

    names: tuple[str, ...] = ()
    filmed: tuple[str, ...] = ()

    def order(
        self, event_id: str, from_mono_ns: int, to_mono_ns: int, want: Want, most: int = 3
    ) -> tuple[Seal, ...]:
        names = self.filmed if want == "clip" else self.names
        return tuple(Seal(event_id, name, from_mono_ns, to_mono_ns, want, most) for name in names)
