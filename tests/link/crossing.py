"""A real store, a real uploader, a real link and a real station; hours pass by an injected clock.

`haste` makes the link and the box's sense of time faster by the same factor, so that a link drops after the
same bytes and chunks have the same size as on 384 kbit/s, and an hour takes minutes.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import builders
from agent.event import wire
from agent.event.chain import public_text
from agent.outbox.shore_http import HttpShore, Patience
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.types import EvidenceFile
from link.network import MOBILE_BIT_S, SHORE_ADDRESS, Cable
from link.tap import Tap
from outbox.outbox_builders import DEVICE, DEVICE_KEY, NOON, StoppedClock, seal, signer
from station import serving, tables
from station.app import Station, make_app, open_station
from station.enrolment import enrol

PORT = 8080
DROP_BYTES = 2_880_000  # what 384 kbit/s carry in a minute


class Counted:
    """Counts the bytes of evidence that reach the station, those of broken requests too."""

    def __init__(self, app: ASGIApp, tally: list[int]) -> None:
        self._app = app
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        evidence = scope["type"] == "http" and scope["method"] == "PATCH"

        async def counted() -> Message:
            message = await receive()
            if evidence:
                self._tally[0] += len(message.get("body", b""))
            return message

        await self._app(scope, counted, send)


@dataclass
class Crossing:
    """Both sides and what lies between them."""

    store: Store
    station: Station
    uploader: Uploader
    tap: Tap
    haste: float
    tally: list[int]
    stop: threading.Event
    random: random.Random

    def keep(self, event_id: str, *sizes: int) -> int:
        """One event with clips of these sizes (under 100 kB: stills); its record's number."""
        files = []
        for size in sizes:
            data = self.random.randbytes(size)
            files.append(seal(self.store.evidence_root, data, "clip" if size > 100_000 else "still"))
        return self.keep_files(event_id, *files)

    def keep_files(self, event_id: str, *files: EvidenceFile) -> int:
        body = wire.event_body(builders.event(event_id=event_id, evidence=files))
        record = signer(self.store).append(builders.stamp(), "event.opened", body)
        self.store.commit([record], files, None, 0)
        return record.seq

    def delivered(self) -> bool:
        counts = self.store.counts()
        return counts.pending_records == 0 and counts.pending_evidence == 0

    def wait_for(self, what: str, within_s: float = 120.0) -> float:
        """Until everything is delivered (`all`) or the station has a record (`#7`); how long it took."""
        began = time.monotonic()
        while True:
            done = self.delivered() if what == "all" else self.store.acked_through() >= int(what[1:])
            now = time.monotonic()
            if done:
                return now - began
            if now - began > within_s:
                raise AssertionError(f"{what} not delivered after {within_s} s: {self.store.counts()}")
            time.sleep(0.005)

    def holdings(self) -> tuple[list[bytes], dict[str, bool]]:
        """The station's records in order, and digest -> whether the file there has it."""
        records, evidence = tables.records.c, tables.evidence.c
        with self.station.store.reading() as connection:
            raws = connection.execute(sa.select(records.raw).order_by(records.seq)).scalars().all()
            digests = connection.execute(sa.select(evidence.sha256).where(evidence.held)).scalars().all()
        sound = {}
        for digest in digests:
            with self.station.spool.path(digest).open("rb") as file:
                sound[digest] = hashlib.file_digest(file, "sha256").hexdigest() == digest
        return list(raws), sound

    def check_nothing_lost_or_doubled(self) -> None:
        raws, sound = self.holdings()
        assert raws == list(self.store.records())
        assert all(sound.values())
        assert len(sound) == self.store.counts().evidence

    def resent_bytes(self) -> int:
        """Bytes of evidence that reached the station more than once."""
        return self.tally[0] - self.store.counts().evidence_bytes


@contextmanager
def crossing(folder: Path, haste: float, line: Cable | None = None, seed: int = 1) -> Iterator[Crossing]:
    """The uploader runs until the block is left. Without a `line` all is on loopback."""
    with ExitStack() as stack:
        station = open_station(folder / "station")
        stack.callback(station.close)
        with station.store.writing() as connection:
            enrol(connection, DEVICE, public_text(DEVICE_KEY.public_key()), "", NOON)
        tally = [0]
        application: FastAPI = make_app(station)
        application.add_middleware(Counted, tally=tally)
        if line is None:
            inner, outer = (serving.listen("127.0.0.1", 0) for _ in range(2))
            ashore: Callable[[], AbstractContextManager[None]] = nullcontext
        else:
            with line.ashore():
                inner, outer = serving.listen("127.0.0.1", 0), serving.listen(SHORE_ADDRESS, PORT)
            ashore = line.ashore
        stack.enter_context(serving.running(application, inner))
        tap = stack.enter_context(Tap(outer, inner.getsockname()[:2], ashore))
        store = stack.enter_context(Store.open(folder / "box", DEVICE))
        stop = threading.Event()
        url = "http://{}:{}".format(*outer.getsockname()[:2])
        uploader = make_uploader(store, station, url, haste, seed)

        def work() -> None:
            with nullcontext() if line is None else line.aboard():
                uploader.run(stop)

        thread = threading.Thread(target=work, name="upload")
        thread.start()
        stack.callback(thread.join)
        stack.callback(tap.end_all)
        stack.callback(stop.set)
        yield Crossing(store, station, uploader, tap, haste, tally, stop, random.Random(seed))


def make_uploader(store: Store, station: Station, url: str, haste: float, seed: int) -> Uploader:
    """An uploader whose seconds are shorter; no time limit is under three of ours, this machine may be busy."""
    usual = Patience()
    patience = Patience(
        send_s=max(3.0, usual.send_s / haste),
        answer_s=max(5.0, usual.answer_s / haste),
        whole_answer_s=max(10.0, usual.whole_answer_s / haste),
        unacknowledged_s=max(3.0, usual.unacknowledged_s / haste),
    )
    shore = HttpShore(url, DEVICE, DEVICE_KEY, StoppedClock(), patience=patience)
    return Uploader(
        store,
        shore,
        station.key.public_key(),
        DEVICE,
        seed=seed,
        mono_s=lambda: time.monotonic() * haste,
        wait=lambda stop, seconds: stop.wait(seconds / haste),
    )


def mobile(haste: float) -> int:
    """The rate of the link, in bits a second."""
    return int(MOBILE_BIT_S * haste)
