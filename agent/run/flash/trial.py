"""A new config, or new software, is on trial until the box is healthy with it: confirmed, or the one before is put back.

Healthy is: every source that the config names has given `GOOD` readings, its data card is the right one, and the store has
committed, within the window.
A receiver without a position is healthy, and so is a box without a link: neither is the config's fault. A source that gave
nothing by the old config either, under the same name and at the same place, is excused: a dead camera must not stand in
the way of a change of licence.

Three things end a trial. The agent itself, when all is well or the window is over. The start of the agent: a config that
makes it fall over is put back at the fourth start. A person, by hand. And of software whose own judgement is not to
be had, `agent.launch`, which is always that of the installation.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import cast

import agent
from agent import durable
from agent.errors import StoreError
from agent.run.flash.home import Home, Outcome, Trial
from agent.run.settings import Settings
from agent.types import Fix, Health, Observation, Reading, SourceState, Step

log = logging.getLogger(__name__)

GOOD = 3
MOST_STARTS = 3
LOOK_EVERY_NS = 5 * 1_000_000_000
LIVING_NS = 60 * 1_000_000_000  # a source that gave a reading within so long gives readings
STORE = "store"
CARD = "card"
ALIVE = "alive.json"


def sources(settings: Settings) -> dict[str, str]:
    """The sources a config names, and where each is."""
    named = {} if settings.gnss is None else {"gnss": settings.gnss.source}
    if settings.evidence.folder is not None:
        named[CARD] = str(settings.evidence.folder)
    return named | {f"camera:{camera.name}": camera.second_url or camera.url for camera in settings.camera}


def source_of(reading: Reading) -> str | None:
    """Which source lives, if this reading came."""
    if isinstance(reading, Fix):
        return "gnss"
    if isinstance(reading, SourceState):  # the card says once that it is there, and again only after a change
        return CARD if reading.source == CARD and reading.state is Health.HEALTHY else None
    return f"camera:{reading.camera}" if isinstance(reading, Observation) else None


@dataclass(slots=True)
class _Held:
    """One of the two homes as this run began by it."""

    home: Home
    slot: str | None
    trial: Trial | None


class OnTrial:
    """A listener of the core: ends the trial of the slots it runs by, and the run when another slot is put in force."""

    def __init__(
        self, home: Home, settings: Settings, stop: Flag, commits: Callable[[], int], run_dir: Path
    ) -> None:
        """`commits` counts the store's; `run_dir` is where `alive.json` is kept, best in memory."""
        self._held = [_begun(home), _begun(home.software)]
        self._named = sources(settings)
        self._stop = stop
        self._commits = commits
        self._alive = run_dir / ALIVE
        self._good: Counter[str] = Counter()
        self._last_ns: dict[str, int] = {}
        self._begun_ns: int | None = None
        self._looked_ns = 0

    def __call__(self, reading: Reading, step: Step) -> None:
        now_ns = step.stamp.mono_ns
        if self._begun_ns is None:
            self._begun_ns = self._looked_ns = now_ns
        source = source_of(reading)
        if source is not None:
            self._good[source] += GOOD if source == CARD else 1
            self._last_ns[source] = now_ns
        for held in self._held:
            if held.trial is not None:
                self._judge(held, held.trial, now_ns - self._begun_ns)
        if now_ns - self._looked_ns >= LOOK_EVERY_NS:
            self._looked_ns = now_ns
            self._look(now_ns)

    def _judge(self, held: _Held, trial: Trial, since_ns: int) -> None:
        missing = self._missing(trial)
        if missing and since_ns < trial.window_s * 1_000_000_000:
            return
        held.trial = None
        try:
            if not missing:
                confirm(held.home)
            else:
                roll_back(held.home, f"{', '.join(missing)}: nothing good in {trial.window_s} s")
                self._stop.set()
        except StoreError as error:
            log.error("the trial cannot be ended: %s", error)
            held.trial = trial

    def _missing(self, trial: Trial) -> list[str]:
        wanted = [name for name in self._named if name not in trial.excused]
        missing = [name for name in wanted if self._good[name] < GOOD]
        return missing if self._commits() > 0 else [*missing, STORE]

    def _look(self, now_ns: int) -> None:
        """Was another slot put in force? And tell others which sources live."""
        for held in self._held:
            if held.home.current() != held.slot:
                log.warning(
                    "another %s was put in force: this run ends, the next one runs by it", held.home.what
                )
                self._stop.set()
        living = [name for name, ns in self._last_ns.items() if name == CARD or now_ns - ns <= LIVING_NS]
        told = {name: [where, name in living] for name, where in self._named.items()}
        try:
            durable.make_folder(self._alive.parent)
            durable.write_file(self._alive, json.dumps(told).encode())
        except OSError as error:
            log.warning("%s: %s", self._alive, error.strerror)


def _begun(home: Home) -> _Held:
    """The slot in force; its trial only where this very process runs by it."""
    slot, trial = home.current(), home.state().trial
    runs = home.what == "config" or (
        slot is not None and Path(agent.__file__).resolve().is_relative_to((home.folder / slot).resolve())
    )
    return _Held(home, slot, trial if runs and trial is not None and trial.slot == slot else None)


def dead_sources(run_dir: Path) -> dict[str, str]:
    """The sources that give nothing by the config in force, and where they are; none where no agent has said so."""
    try:
        told = cast("Mapping[str, tuple[str, bool]]", json.loads((run_dir / ALIVE).read_bytes()))
        return {name: where for name, (where, lives) in told.items() if not lives}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def confirm(home: Home) -> None:
    """The config in force has shown itself. Raises StoreError."""
    with home.locked():
        held = home.state()
        trial = held.trial
        if trial is None:
            return
        outcome = Outcome(what="confirmed", sequence=trial.sequence)
        home.write_state(
            held.model_copy(
                update={
                    "sequence": trial.sequence,
                    "digest": trial.digest,
                    "trial": None,
                    "last": outcome,
                }
            )
        )
    log.info("%s %s is confirmed", home.what, trial.sequence)


def roll_back(home: Home, why: str) -> Trial | None:
    """Put the config before the trial back in force; the trial that was ended. Raises StoreError."""
    with home.locked():
        held = home.state()
        trial = held.trial
        if trial is None:
            return None
        home.swap(trial.came_from)
        outcome = Outcome(what="rolled_back", sequence=trial.sequence, detail=why)
        home.write_state(held.model_copy(update={"trial": None, "last": outcome}))
    log.error("%s %s is rolled back: %s", home.what, trial.sequence, why)
    return trial


def settle(home: Home) -> str | None:
    """Before each start of the agent: put away what a cut left, count the starts of a trial; says if it ended one."""
    said = [_settle(one) for one in (home, home.software) if one.folder.is_dir()]
    return "; ".join(line for line in said if line is not None) or None


def _settle(home: Home) -> str | None:
    with home.locked():
        home.tidy()
        held = home.state()
        trial = held.trial
        if trial is not None and trial.starts < MOST_STARTS:
            counted = trial.model_copy(update={"starts": trial.starts + 1})
            home.write_state(held.model_copy(update={"trial": counted}))
    if trial is None or trial.starts < MOST_STARTS:
        return None
    why = f"the agent was started {MOST_STARTS} times with it and did not become healthy"
    roll_back(home, why)
    return f"{home.what} {trial.sequence} is rolled back: {why}"
