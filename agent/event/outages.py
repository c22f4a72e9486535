"""Each change of a source is a record, and each time it did not see or hear a gap with its beginning and end.

A source that comes and goes all day must not fill the card: beyond `most_an_hour` its changes are counted, and the
next record that is written says how many were left out. A gap is always written; it is one for each return.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent.event import wire
from agent.types import Body, Health, Json, SourceState, Stamp

HOUR_NS = 3600 * 1_000_000_000
MOST_AN_HOUR = 20
WELL = frozenset((Health.HEALTHY, Health.ENDED))


@dataclass(slots=True)
class _Source:
    away: Stamp | None = None  # since when it neither sees nor hears
    reason: str = ""
    told_ns: list[int] = field(default_factory=list)  # records of the last hour
    left_out: int = 0


class Outages:
    """Takes every state of a source as it becomes known; gives the records that say so."""

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}

    def step(self, state: SourceState, now: Stamp) -> tuple[Body, ...]:
        source = self._sources.setdefault(state.source, _Source())
        bodies = self._change(source, state, now)
        if state.state in WELL:
            if source.away is not None:
                bodies += (_gap(state.source, source, now),)
            source.away = None
        elif source.away is None:
            source.away, source.reason = now, state.reason
        return bodies

    def _change(self, source: _Source, state: SourceState, now: Stamp) -> tuple[Body, ...]:
        source.told_ns = [told for told in source.told_ns if now.mono_ns - told < HOUR_NS]
        if len(source.told_ns) >= MOST_AN_HOUR:
            source.left_out += 1
            return ()
        source.told_ns.append(now.mono_ns)
        left_out, source.left_out = source.left_out, 0
        return (
            Body(
                "source",
                {
                    "source": state.source,
                    "state": state.state.value,
                    "reason": state.reason,
                    "left_out": left_out,
                },
            ),
        )

    def snapshot(self) -> Json:
        return {
            name: {
                "away": wire.to_json(source.away),
                "reason": source.reason,
                "told_ns": [str(told) for told in source.told_ns],
                "left_out": source.left_out,
            }
            for name, source in self._sources.items()
        }

    def restore(self, data: Json) -> None:
        """Take up a snapshot of the same boot."""
        held = cast("Mapping[str, Mapping[str, Json]]", data)
        self._sources = {
            name: _Source(
                away=None if one["away"] is None else wire.from_json(Stamp, one["away"]),
                reason=str(one["reason"]),
                told_ns=[int(str(told)) for told in cast("list[Json]", one["told_ns"])],
                left_out=cast("int", one["left_out"]),
            )
            for name, one in held.items()
        }


def _gap(name: str, source: _Source, now: Stamp) -> Body:
    begun = source.away or now
    return Body(
        "gap",
        {
            "source": name,
            "from_utc": None if begun.utc is None else wire.utc_text(begun.utc),
            "from_mono_ns": str(begun.mono_ns),
            "to_utc": None if now.utc is None else wire.utc_text(now.utc),
            "to_mono_ns": str(now.mono_ns),
            "why": source.reason,
        },
    )
