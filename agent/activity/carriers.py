"""A carrier alongside: when she came, when she left, and the moments of which pictures are wanted.

She is *alongside* when a barge, or the sand in her, has lain still in the picture for twenty seconds: one that passes
moves. The pictures from before show her coming, her side towards the crane. She is *leaving* when she has not been
seen for eight seconds: the pictures of when she was seen last show her going, her stern towards the camera. Is she not
back within a minute she has *left*. A hold of the own hull in view lies still for ever, and is a carrier that never
leaves: then loads end only when the vessel gets under way.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from agent.position.snapshot import state_from_json, state_json
from agent.types import Json, Observation

_NS: Final = 1_000_000_000
STILL_NS: Final = 20 * _NS
LEAVING_NS: Final = 8 * _NS
LEFT_NS: Final = 60 * _NS
STILL: Final = 0.1  # of the picture's width: so far a moored barge's box wanders
LEAST_LOOKS: Final = 4
CARRIERS: Final = frozenset(("barge", "sand_load"))

What: TypeAlias = Literal["arrived", "leaving", "left"]


@dataclass(frozen=True, slots=True)
class Berth:
    """Something happened alongside; `mono_ns` is when she was first, or last, seen."""

    what: What
    mono_ns: int


@dataclass(slots=True)
class _Place:
    mono_ns: int
    x: float


@dataclass(slots=True)
class _State:
    places: deque[_Place] = field(default_factory=deque)
    first_mono_ns: int | None = None  # of a carrier alongside
    last_mono_ns: int | None = None
    leaving: bool = False


class Carriers:
    """Takes the looks of one camera on the own hull in order."""

    def __init__(self) -> None:
        self._state = _State()

    def step(self, seen: Observation) -> tuple[Berth, ...]:
        """One look; what happened alongside."""
        state, mono_ns = self._state, seen.mono_ns
        if state.places and mono_ns < state.places[-1].mono_ns:
            self._state = state = _State()
        found = [item for item in seen.detections or () if item.label in CARRIERS]
        if found:
            widest = max(found, key=lambda item: item.x1 - item.x0)
            state.places.append(_Place(mono_ns, round((widest.x0 + widest.x1) / 2 / seen.width_px, 4)))
        while state.places and mono_ns - state.places[0].mono_ns > STILL_NS + LEAVING_NS:
            state.places.popleft()
        if state.first_mono_ns is None:
            return self._arrival(mono_ns)
        if found:
            state.last_mono_ns, state.leaving = mono_ns, False
        return self._departure(mono_ns)

    def _arrival(self, mono_ns: int) -> tuple[Berth, ...]:
        state = self._state
        within = [place for place in state.places if mono_ns - place.mono_ns <= STILL_NS]
        seen_ns = within[-1].mono_ns - within[0].mono_ns if within else 0
        if len(within) < LEAST_LOOKS or seen_ns < STILL_NS - LEAVING_NS / 2:
            return ()
        across = [place.x for place in within]
        if max(across) - min(across) > STILL:
            return ()
        state.first_mono_ns, state.last_mono_ns = within[0].mono_ns, within[-1].mono_ns
        state.leaving = False
        return (Berth("arrived", within[0].mono_ns),)

    def _departure(self, mono_ns: int) -> tuple[Berth, ...]:
        state = self._state
        last_ns = state.last_mono_ns or mono_ns
        told: tuple[Berth, ...] = ()
        if mono_ns - last_ns >= LEAVING_NS and not state.leaving:
            state.leaving = True
            told += (Berth("leaving", last_ns),)
        if mono_ns - last_ns >= LEFT_NS:
            self._state = _State()
            told += (Berth("left", last_ns),)
        return told

    def forget(self, mono_ns: int) -> tuple[Berth, ...]:
        """The own vessel gets under way: whoever lay alongside does so no more."""
        state, self._state = self._state, _State()
        return () if state.first_mono_ns is None else (Berth("left", state.last_mono_ns or mono_ns),)

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)
