"""Delivery beside a run: where to, in a thread of its own, until when."""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from threading import Event as Flag

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import ChainError, Mistake, SettingsError, StoreError
from agent.event.chain import public_key
from agent.outbox.allowance import Allowance, Quiet, Terms
from agent.outbox.fetch import Fetcher
from agent.outbox.shore_folder import take_receipts
from agent.outbox.shore_http import HttpShore
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.outbox.view import Counts
from agent.ports import Clock
from agent.run import live
from agent.run.plan import Plan
from agent.run.settings import Delivery

log = logging.getLogger(__name__)

JOIN_S = 5.0
FETCHED = "fetched"  # bundles that came over the link (`agent.outbox.fetch`)
MB = 10**6  # as SIM cards are sold


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to deliver to, and whether a run lasts until everything is delivered."""

    url: str
    station_key: str
    until_delivered: bool = False


def choose_upload(
    plan: Plan, url: str | None, station_key: str | None, *, until_delivered: bool
) -> Upload | None:
    """The station named on the command line, else the config's, else none. Raises SettingsError."""
    held = plan.settings.station
    if url is None and held is not None and held.url is not None:
        url, station_key = held.url, station_key or held.public_key
    if url is None:
        if until_delivered:
            problem = Mistake(
                "--until-delivered",
                "",
                "there is no station to deliver to",
                "give --station and --station-key, or [station] in the config",
            )
            raise SettingsError("command line", [problem])
        return None
    if station_key is None:
        raise SettingsError(
            "command line",
            [Mistake("--station-key", "", "is missing", "`sandwatch-station enrol` prints it")],
        )
    try:
        public_key(station_key)
    except ChainError as error:
        raise SettingsError("command line", [Mistake("--station-key", station_key, str(error))]) from None
    return Upload(url, station_key, until_delivered)


def terms_of(wishes: Delivery) -> Terms:
    """The owner's wishes, as delivery keeps them."""
    quiet = None
    if wishes.quiet_hours:
        begins, ends = (time.fromisoformat(text) for text in wishes.quiet_hours.split("-"))
        quiet = Quiet(begins, ends)
    return Terms(
        metered=wishes.metered_interfaces,
        metered_bytes_a_day=wishes.metered_mb_a_day * MB or None,
        free_bytes_a_day=wishes.free_mb_a_day * MB or None,
        quiet=quiet,
    )


def start_upload(
    plan: Plan,
    upload: Upload,
    store: Store,
    key: Ed25519PrivateKey,
    clock: Clock,
    stack: ExitStack,
    written: datetime,
    beat: Callable[[], None] = lambda: None,
    bundles: tuple[Path, Callable[[], Mapping[str, int]]] | None = None,
) -> None:
    """Deliver in a thread of its own until the stack is left; the store outlives the thread.

    `bundles`: the state folder, where what the station has for this box is put, and which sequences it has had.
    `written` is when this software was: no true time lies before it (`agent.outbox.tls`).
    """
    device = plan.settings.device.id
    allowance = Allowance(terms_of(plan.settings.delivery), store, clock)
    shore = HttpShore(upload.url, device, key, clock, written=written, meter=allowance.spend)
    uploader = Uploader(store, shore, public_key(upload.station_key), device, allowance=allowance)
    stop = Flag()
    fetcher = (
        None
        if bundles is None
        else Fetcher(shore, bundles[0] / FETCHED, bundles[1], lambda: clock.mono_ns() / 1e9)
    )

    def turn() -> None:
        beat()
        if fetcher is not None:
            try:
                fetcher.step()
            except (OSError, StoreError) as error:
                log.error("bundles: %s", error)

    def work() -> None:
        uploader.run(stop, turn)
        allowance.save()

    thread = live.start("upload", work)
    stack.callback(thread.join, JOIN_S)
    stack.callback(stop.set)


def take_carried_receipts(store: Store, state_dir: Path, station_key: Ed25519PublicKey) -> None:
    """What `sandwatch receipts` left for this box while it ran. Raises StoreError where the disk refuses."""
    try:
        taken = take_receipts(store, state_dir, station_key)
    except ChainError as error:
        log.error("a receipt that was carried here does not count: %s", error)
    else:
        if taken:
            log.info("%d receipt(s) that were carried here are taken", taken)


def wait_until_delivered(store: Store, stop: Flag, say: Callable[[Counts], None]) -> None:
    """Until the station holds everything, or `stop`; `say` is told the counts when they change."""
    told: Counts | None = None
    while not stop.is_set():
        counts = store.counts()
        if counts != told:
            say(counts)
            told = counts
        if counts.pending_records == 0 and counts.pending_evidence == 0:
            return
        stop.wait(0.2)
