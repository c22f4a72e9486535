"""From readings to the inspector's list: the rules, the outbox and the station as they are, the upload over loopback."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.activity.views import View
from agent.event import chain, wire
from agent.event.chain import Chain
from agent.licence.production import ProductionSettings
from agent.licence.quota import Bucket
from agent.licence.rules import Terms
from agent.outbox.progress import Outcome
from agent.outbox.shore_http import HttpShore
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.position.antenna import AntennaSettings
from agent.position.bound import ReceiverClass
from agent.position.place import PlaceSettings
from agent.run.core import Core
from agent.run.law import load_law
from agent.types import ClockQuality, Event, Look, Observation, Origin, Reading, Seal, Sealed, Stamp
from agent.watch import Watch, WatchSettings
from builders import key
from cheats.river import GEAR, HULL, licence, neighbour, places
from cheats.voyage import CAMERA, Voyage, parts
from outbox.outbox_builders import NOON, seal
from station import serving
from station.app import Station, make_app, open_station
from station.choice import Choice
from station.enrolment import enrol
from station.shelf import page_of_events

MODEL = "ab" * 32


class _Clock:
    """The upload's; the voyages have their own time."""

    def mono_ns(self) -> int:
        return 0

    def utc(self) -> tuple[None, ClockQuality]:
        return None, ClockQuality.NONE


@dataclass(frozen=True, slots=True)
class Shore:
    """A station that serves on loopback."""

    station: Station
    url: str

    def queue(self, device: str) -> list[Event]:
        """What the inspector's list holds of a device, oldest first."""
        with self.station.store.reading() as connection:
            page = page_of_events(connection, Choice(device=device))
        return [row.event for row in reversed(page.rows)]


@contextmanager
def shore(folder: Path) -> Iterator[Shore]:
    station = open_station(folder)
    try:
        with serving.running(make_app(station, now=lambda: NOON), serving.listen("127.0.0.1", 0)) as url:
            yield Shore(station, url)
    finally:
        station.close()


class Deck:
    """The eyes of a scripted voyage: it keeps one small picture for each order, grey where there is no film."""

    def __init__(self, store: Store) -> None:
        done, data = cv2.imencode(".jpg", np.full((18, 32, 3), 90, np.uint8))
        assert done
        self._root, self._picture = store.evidence_root, bytes(data)
        self.now_ns = 0

    def look(self, order: Look) -> None:
        """The script says when there is a look."""

    def seal(self, order: Seal) -> Sealed:
        if order.want == "clip":
            return Sealed(self.now_ns, order.event_id, (), None, order.camera, order.want)
        # the number of the order makes the file another one for each event
        data = self._picture + order.event_id.encode() + f"{order.to_mono_ns}{order.want}".encode()
        file = replace(seal(self._root, data), camera=order.camera, mono_ns=self.now_ns)
        return Sealed(self.now_ns, order.event_id, (file,), None, order.camera, order.want)


def settings_of(voyage: Voyage) -> WatchSettings:
    """The box of this voyage: her licence and hull, the neighbour's, the places, the law as shipped."""
    own = licence(ordered=voyage.ordered, day_m3=voyage.day_m3)
    sees = bool(voyage.films or voyage.grabs)
    receiver = ReceiverClass.DUAL_FREQUENCY if voyage.kit.heading else ReceiverClass.SINGLE_FREQUENCY
    return WatchSettings(
        terms=Terms(
            "dredger",
            True,
            (own,),
            hull_number=HULL,
            law=load_law(),
            neighbours=(neighbour(),),
            places=places(),
        ),
        cameras=(CAMERA,) if sees else (),
        views=(View(CAMERA),) if sees else (),
        model_hash=MODEL if sees else None,
        production=ProductionSettings(HULL, Bucket(1.5, 0.85, 0.18, swell=1.2)),
        place=PlaceSettings(receiver, AntennaSettings(gear=GEAR)),
    )


def sail(
    voyage: Voyage, looks: Mapping[str, Sequence[Observation]], ashore: Shore, folder: Path, number: int
) -> list[Event]:
    """The voyage through a box of its own and up to the station; what the inspector's list then holds of it."""
    device, signer = f"SW-CHEAT-{number:03d}", key(number)
    with ashore.station.store.writing() as connection:
        enrol(connection, device, chain.public_text(signer.public_key()), voyage.name, NOON)
    with Store.open(folder / device, device) as store:
        last: Stamp | None = None
        for boot, part in enumerate(parts(voyage, looks), start=1):
            boot_id = f"{device}-{boot}"
            signed = Chain(device, boot_id, signer, store.foothold())
            last = _run(voyage, store, boot_id, signed, part.readings, last)
        upload(store, ashore, device, signer)
    return ashore.queue(device)


def _run(
    voyage: Voyage,
    store: Store,
    boot_id: str,
    signed: Chain,
    readings: Iterator[Reading],
    last: Stamp | None,
) -> Stamp:
    """One boot of the box; gives the stamp of its last commit."""
    origin = Origin("replay", "cheats", synthetic=True)
    watch = Watch(settings_of(voyage), boot_id, origin)
    deck = Deck(store)
    core = Core(watch, signed, store, deck)
    core.restore()
    if last is None:
        own = licence(ordered=voyage.ordered, day_m3=voyage.day_m3)
        core.apply_config(
            watch.stamp,
            {
                "version": "bench",
                "licences": [wire.to_json(own.feature)],
                "own_vessel": {"hull_number": HULL},
            },
        )
    else:
        core.resume(0, last)
    for reading in readings:
        deck.now_ns = reading.mono_ns
        core.take(reading)
    core.commit()
    return watch.stamp


def upload(store: Store, ashore: Shore, device: str, signer: Ed25519PrivateKey) -> None:
    """Everything, or AssertionError."""
    link = HttpShore(ashore.url, device, signer, _Clock())
    uploader = Uploader(store, link, ashore.station.key.public_key(), device, seed=1)
    try:
        for _ in range(2000):
            if uploader.step().outcome is Outcome.IDLE:
                break
        counts = store.counts()
        assert (counts.pending_records, counts.pending_evidence) == (0, 0), f"{device}: {counts}"
    finally:
        link.close()
