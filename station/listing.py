"""One event in short, for lists, files and maps: what it is about, where it stands."""

import json
from dataclasses import dataclass
from typing import Any

from agent.event import wire
from agent.types import GRAVITY, Event, Finding
from station.ruling import State


@dataclass(frozen=True, slots=True)
class Summary:
    """An event with what the station knows of it."""

    device: str
    event: Event
    verdict: str | None
    opened_utc: str | None
    closed_utc: str | None
    state: State
    vessel: str

    @property
    def gravest(self) -> Finding | None:
        """The gravest finding, of equal ones the first that was measured."""
        return max(
            self.event.findings,
            key=lambda finding: (GRAVITY[finding.verdict], finding.value is not None),
            default=None,
        )


def summary_of(row: Any) -> Summary:
    """A row of events with the columns `state` and `vessel` of its review."""
    return Summary(
        device=row.device,
        event=wire.event_from_body(json.loads(row.body)),
        verdict=row.verdict,
        opened_utc=row.opened_utc,
        closed_utc=row.closed_utc,
        state=State(row.state),
        vessel=row.vessel,
    )
