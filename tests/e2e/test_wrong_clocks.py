"""The live watch through wrong clocks: 25 boots without a network, then everything comes ashore (9.24 of reliability.md).

The loop, the core and the store are those of a live run, the settings too; the clocks are given. A box without
a battery wakes in 1970 or a week late, its clock steps by hours, its receiver counts the weeks wrong.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import builders
from agent.event import chain, wire
from agent.outbox.store import Store
from agent.run import live
from agent.run.build.runs import watch_settings
from agent.run.core import Core
from agent.run.inbox import Inbox
from agent.run.plan import load_plan
from agent.types import Origin, Stamp
from agent.watch import Watch
from e2e.boat_and_shore import ROOT
from hw.clock import WRITTEN, judged
from hw.fakes import FakeClock
from station import tables
from station.alarms import alarms_of
from station.app import Station, open_station
from station.enrolment import enrol
from station.ledger import accept, read_batch

DEVICE = "SW-CLOCK"
KEY = builders.key()
LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"
CONFIG = f'[device]\nid = "{DEVICE}"\n[own_vessel]\nkind = "dredger"\n[licences]\nfiles = ["{LICENCE}"]\n'
FIRST = datetime(2026, 11, 2, 3, tzinfo=UTC)
BOOTS = 25
BOOT_S = 330
TOLD_S = 300  # when somebody who knows the time says it
NETWORK_S = 310
WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
ROLLOVER = 1024 * WEEK
WITHIN = timedelta(seconds=2)


def system_clock(kind: str, true: datetime, second: int) -> tuple[datetime, bool]:
    """What the machine believes, and whether a network disciplines it."""
    match kind:
        case "week-late":
            return true - WEEK, False
        case "steps":  # by an hour to and fro, in the middle of an event too
            return true + (second // 40 % 3 - 1) * HOUR, False
        case "rollover":
            return (true, True) if second >= NETWORK_S else (true - WEEK, False)
        case _:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second), False


def receiver_date(kind: str, true: datetime, second: int) -> datetime | None:
    """What the receiver believes; it has a position before it has a date."""
    match kind:
        case "never":
            return None
        case "rollover":  # counts the weeks wrong from its first sentence to its last
            return true - ROLLOVER
        case "rolls-over":  # under way, and back: time is known from before
            return true - ROLLOVER if 100 <= second < 200 else true
        case _:
            return true if second >= TOLD_S else None


KINDS = ("1970", "week-late", "steps", "rollover", "rolls-over", "never")


def boot(folder: Path, config: Path, number: int) -> None:
    """One boot of the box: five minutes beyond the boundary, and then the plug is pulled."""
    kind = KINDS[number % len(KINDS)]
    plan = load_plan(config)
    clock = FakeClock(None, mono_ns=(7 + number) * builders.SECOND)
    with Store.open(folder, DEVICE) as store:
        inbox = Inbox()
        watch = Watch(watch_settings(plan, earliest=WRITTEN), f"boot-{number}", Origin("live"))
        core = Core(watch, chain.Chain(DEVICE, f"boot-{number}", KEY, store.foothold()), store)
        before = core.last_stamp()
        core.restore()
        core.apply_config(Stamp(clock.mono_ns(), *clock.utc()), {"version": "test"})
        if before is not None:
            core.resume(clock.mono_ns(), before[1])
        loop = live.Loop(core, inbox, clock)
        for second in range(BOOT_S):
            true = booted(number) + timedelta(seconds=second)
            now, synchronised = system_clock(kind, true, second)
            clock.set_utc(*judged(now, synchronised=synchronised))
            at = clock.mono_ns() / builders.SECOND
            date = receiver_date(kind, true, second)
            inbox.put(builders.fix(at, utc=date, lat_deg=10.2500, lon_deg=105.5900))
            loop.step()  # a tick, by the system's clock
            loop.step()  # the fix
            clock.advance(1.0)


def booted(number: int) -> datetime:
    return FIRST + timedelta(hours=5 * number)


def true_time(boot_id: str, mono_ns: int) -> datetime:
    number = int(boot_id.removeprefix("boot-"))
    return booted(number) + timedelta(microseconds=(mono_ns - (7 + number) * builders.SECOND) // 1000)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    opened = open_station(tmp_path / "station")
    with opened.store.writing() as connection:
        enrol(connection, DEVICE, chain.public_text(KEY.public_key()), "", FIRST)
    yield opened
    opened.close()


def test_live_watch_through_25_boots_of_wrong_clocks_keeps_its_order_and_is_dated_by_its_anchors(
    tmp_path: Path, station: Station
) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG, encoding="utf-8")
    for number in range(BOOTS):
        boot(tmp_path / "box", config, number)
    with Store.open(tmp_path / "box", DEVICE) as store:
        raws = list(store.records())
    assert list(chain.faults(raws, KEY.public_key(), chain.Head())) == []
    records = [chain.read_record(raw) for raw in raws]
    order = [(int(record.boot_id.removeprefix("boot-")), record.mono_ns) for record in records]
    assert order == sorted(order), "the chain does not stand in the order in which it happened"

    accept(station.store, DEVICE, read_batch(raws, DEVICE, KEY.public_key()), booted(BOOTS))
    opened = {
        str(record.body["event_id"]): wire.event_from_body(dict(record.body)).opened
        for record in records
        if record.kind == "event.opened"
    }
    column = tables.events.c
    with station.store.reading() as connection:
        rows = connection.execute(
            sa.select(column.event_id, column.boot_id, column.opened_utc).order_by(column.first_seq)
        ).all()
        assert alarms_of(connection) == []
    assert [row.event_id for row in rows] == list(opened)
    dated = 0
    for row in rows:
        if KINDS[int(row.boot_id.removeprefix("boot-")) % len(KINDS)] == "never":
            assert row.opened_utc is None, "no time is made up"
            continue
        off = datetime.fromisoformat(row.opened_utc) - true_time(row.boot_id, opened[row.event_id].mono_ns)
        assert abs(off) <= WITHIN, f"{row.event_id} is off by {off}"
        dated += 1
    assert dated >= BOOTS * 5 // 6
    assert {int(row.boot_id.removeprefix("boot-")) for row in rows} == set(range(BOOTS))
