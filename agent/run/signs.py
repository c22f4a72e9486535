"""What the panel says of a live run: the first thing that is wrong, or that all is well."""

import json
from pathlib import Path
from typing import Final

from agent.run.flash.home import Home
from agent.run.lanes import Lanes
from agent.types import FindingKind, Fix, Health, Reading, SourceState, Step
from hw.panel import News, Sign

NS: Final = 1_000_000_000
LOST_NS: Final = 60 * NS
TOLD_FILE: Final = "panel-told.json"
UNSEEING: Final = frozenset((Health.SILENT, Health.FAILED, Health.RECOVERING))


class Signs:
    """A listener of the core that keeps what a technician should be told."""

    def __init__(self, lanes: Lanes, homes: tuple[Home, ...] = ()) -> None:
        """`homes` are those whose trials are told: of the config, of the software."""
        self._lanes = lanes
        self._homes = homes
        self._now_ns = 0
        self._fix_ns: int | None = None
        self._states: dict[str, Health] = {}
        self._blind: set[str] = set()

    def __call__(self, reading: Reading, step: Step) -> None:
        self._now_ns = max(self._now_ns, reading.mono_ns)
        if isinstance(reading, Fix) and reading.lat_deg is not None:
            self._fix_ns = reading.mono_ns
        elif isinstance(reading, SourceState):
            self._states[reading.source] = reading.state
        for change in step.events:
            event = change.event
            if any(finding.kind is FindingKind.CAMERA_BLIND for finding in event.findings):
                (self._blind.discard if event.closed is not None else self._blind.add)(event.event_id)

    def sign(self) -> Sign:
        """The first that holds, the gravest first. Raises StoreError where nobody knows whether a trial is on."""
        if any(home.state().trial is not None for home in self._homes):
            return Sign.TRIAL
        if self._lanes.standing():
            return Sign.STUCK
        if self._states.get("card") in UNSEEING:
            return Sign.NO_ROOM
        cameras = [state for source, state in self._states.items() if source.startswith("camera:")]
        if self._blind or any(state in UNSEEING for state in cameras):
            return Sign.BLIND
        if self._fix_ns is None or self._now_ns - self._fix_ns > LOST_NS:
            return Sign.NO_POSITION
        return Sign.WELL


class StickNews:
    """What became of the last config stick, told once, also where the agent was started anew in between."""

    def __init__(self, home: Home, state_dir: Path) -> None:
        self._home = home
        self._file = state_dir / TOLD_FILE

    def fresh(self) -> News | None:
        """What nobody was told yet. Raises StoreError, or OSError where it cannot be noted."""
        state = self._home.state()
        last, refused = state.last, state.refused[-1] if state.refused else None
        now = [None if item is None else item.model_dump() for item in (last, refused)]
        held = self._told()
        if now == held:
            return None
        self._file.write_text(json.dumps(now), encoding="utf-8")
        if refused is not None and now[1] != held[1]:
            return News.REFUSED
        if last is None:
            return None
        return News.CONFIRMED if last.what == "confirmed" else News.ROLLED_BACK

    def _told(self) -> list[object]:
        try:
            held = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return [None, None]
        return held if isinstance(held, list) and len(held) == 2 else [None, None]
