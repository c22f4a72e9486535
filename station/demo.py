"""The demonstration: a station on loopback, and the agent as a child process replaying a voyage to it."""

import contextlib
import hashlib
import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent.errors import SandwatchError
from agent.event.chain import public_text
from station import accounts, passwords, serving, tables
from station.accounts import Role
from station.app import Station, make_app, open_station
from station.clock import utc_now
from station.enrolment import enrol

VOYAGE = Path(__file__).resolve().parent.parent / "tests" / "voyages" / "tan-loc-evening"
AGENT = (sys.executable, "-m", "agent")
USUAL_PORT = 8080
ACCOUNT = "demo"
PROGRESS_S = 1.0
SPEED = 60
END_WITHIN_S = 10.0


class DemoError(SandwatchError):
    """The demonstration cannot begin; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the station holds of one device, as it lies in database and folder."""

    records: int
    head: str
    events: int
    evidence: int
    lacking: int

    def __str__(self) -> str:
        named = self.evidence + self.lacking
        return f"{self.records} records, {self.events} events, {self.evidence} of {named} evidence files"


@dataclass(frozen=True, slots=True)
class Demo:
    """What to show. `port` None takes the usual port, or a free one where that is taken."""

    folder: Path
    voyage: Path = VOYAGE
    port: int | None = None
    once: bool = False
    agent: Sequence[str] = AGENT
    tell: Callable[[str], None] = print

    def run(self) -> int:
        """Run until Ctrl-C or, with `once`, until everything is delivered; the exit code.

        Raises DemoError, StoreError or PortTaken where it cannot begin.
        """
        device, name = vessel_of(self.voyage)
        with (
            serving.stop_signals() as stop,
            contextlib.closing(open_station(self.folder / "station")) as station,
        ):
            self._enrol(station, device, name)
            password = self._account(station)
            with serving.running(make_app(station, hosts=serving.LOOPBACK), self._listen(), stop) as url:
                self.tell(f"The station's page: {url}/   (English: {url}/?lang=en)")
                self.tell(f"Sign in as {ACCOUNT} with the password {password} (of this run only).")
                code = self._replay(station, device, url, stop)
                if self.once:
                    return code
                if not stop.is_set():
                    self.tell(f"Serving {url}/ until Ctrl-C.")
                    stop.wait()
                return 0 if code == INTERRUPTED else code

    @property
    def _state(self) -> Path:
        return self.folder / "agent"

    def _listen(self) -> serving.Listener:
        if self.port is not None:
            return serving.listen("127.0.0.1", self.port)
        try:
            return serving.listen("127.0.0.1", USUAL_PORT)
        except serving.PortTaken:
            listener = serving.listen("127.0.0.1", 0)
            self.tell(f"Port {USUAL_PORT} is taken; using {listener.getsockname()[1]}.")
            return listener

    def _enrol(self, station: Station, device: str, name: str) -> None:
        key = self._ask("key", "--state", str(self._state)).strip()
        with station.store.writing() as connection:
            enrol(connection, device, key, name, utc_now())

    def _account(self, station: Station) -> str:
        """The account of the demonstration with a password of this run; the station is on loopback only."""
        password = passwords.made_up()
        with station.store.writing() as connection:
            if accounts.find(connection, ACCOUNT) is None:
                accounts.add(connection, ACCOUNT, Role.SUPERVISOR, "Demo", accounts.COMMAND_LINE, utc_now())
            account = accounts.find(connection, ACCOUNT)
            if account is not None:
                accounts.choose_password(connection, account, password, utc_now())
        return password

    def _ask(self, *arguments: str) -> str:
        """What a short command of the agent prints."""
        done = subprocess.run([*self.agent, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DemoError(f"`sandwatch {' '.join(arguments)}` failed: {done.stderr.strip()}")
        return done.stdout

    def _replay(self, station: Station, device: str, url: str, stop: threading.Event) -> int:
        command = [
            *self.agent,
            *("run", "--replay", str(self.voyage), "--state", str(self._state)),
            *("--station", url, "--station-key", public_text(station.key.public_key()), "--until-delivered"),
        ]
        if not self.once:
            command += ["--speed", str(SPEED)]  # a person watches the events arrive
        self.tell(f"The agent replays {self.voyage.name} into {self.folder}.")
        child = subprocess.Popen(command)
        shown = ""
        try:
            while child.poll() is None and not stop.wait(PROGRESS_S):
                shown = self._progress(station, device, shown)
        finally:
            _end(child)
        if stop.is_set():
            self.tell("Stopped before everything was delivered.")
            return INTERRUPTED
        self._progress(station, device, shown)
        return self._judge(station, device, child.returncode)

    def _progress(self, station: Station, device: str, shown: str) -> str:
        text = f"The station holds {holdings(station, device)}."
        if text != shown:
            self.tell(text)
        return text

    def _judge(self, station: Station, device: str, agent_code: int) -> int:
        """Everything arrived? The agent's word and the station's own count must agree."""
        problems = []
        if agent_code != 0:
            problems.append(f"the agent ended with exit code {agent_code}")
            problems.append("so what it has recorded was not compared")
        else:
            said = json.loads(self._ask("status", "--state", str(self._state), "--json"))
            problems += shortfalls(station, device, said)
        for problem in problems:
            self.tell(f"NOT COMPLETE: {problem}")
        if not problems:
            self.tell("Everything the agent recorded is held by the station, verified and receipted.")
        return 1 if problems else 0


INTERRUPTED = 130


def vessel_of(voyage: Path) -> tuple[str, str]:
    """Device id and vessel's name in the settings of a voyage. Raises DemoError."""
    try:
        journey = tomllib.loads((voyage / "voyage.toml").read_text(encoding="utf-8"))
        settings = tomllib.loads((voyage / journey.get("config", "agent.toml")).read_text(encoding="utf-8"))
        return settings["device"]["id"], settings.get("own_vessel", {}).get("name", "")
    except OSError as error:
        raise DemoError(f"{voyage} is no voyage ({error.strerror}). Give one with --voyage FOLDER.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise DemoError(
            f"the settings of {voyage} cannot be read: {error!r}. Try `sandwatch check`."
        ) from None


def holdings(station: Station, device: str) -> Holdings:
    """Count what is held of a device."""

    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.device == device, *where)
        return connection.execute(query).scalar_one()

    evidence, table = tables.evidence, tables.devices.c
    with station.store.reading() as connection:
        head = connection.execute(sa.select(table.head_hash).where(table.id == device)).scalar_one()
        return Holdings(
            records=count(tables.records),
            head=head,
            events=count(tables.events),
            evidence=count(evidence, evidence.c.held),
            lacking=count(evidence, ~evidence.c.held),
        )


def shortfalls(station: Station, device: str, said: Mapping[str, Any]) -> list[str]:
    """What the station lacks of what the agent says it has; every evidence file is read and hashed again.

    `said` is what `sandwatch status --json` prints: `records`, `head` and `evidence` are compared.
    """
    held = holdings(station, device)
    agent, here = (
        (said["records"], said["head"], said["evidence"]),
        (held.records, held.head, held.evidence),
    )
    problems = []
    if agent != here:
        sides = ("{} records up to {} and {} evidence files".format(*side) for side in (agent, here))
        problems.append("the agent has {}, the station {}".format(*sides))
    if held.records == 0:
        problems.append("the station holds no record at all")
    if held.lacking:
        problems.append(f"{held.lacking} evidence files are not held")
    column = tables.evidence.c
    with station.store.reading() as connection:
        digests = connection.execute(
            sa.select(column.sha256).where(column.device == device, column.held)
        ).scalars()
        for digest in digests:
            path = station.spool.path(digest)
            if not path.is_file() or _digest(path) != digest:
                problems.append(f"evidence {digest} is missing or damaged on the station's disk")
    return problems


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child if it still runs: asked first, then killed; its records survive both."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
