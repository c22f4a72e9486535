"""Wrong clocks: the order of the numbers stands, and what a boot's anchor can date is right within two seconds."""

from datetime import datetime, timedelta

import sqlalchemy as sa

import builders
from agent.event import wire
from agent.event.chain import Chain, public_text
from agent.types import ClockQuality, Stamp
from ashore.boat import NOW
from builders import SECOND
from station import tables
from station.alarms import alarms_of
from station.app import Station
from station.enrolment import enrol
from station.ledger import accept, read_batch

BOOTS = 25
WEEK = timedelta(weeks=1)
FIRST = NOW - timedelta(days=BOOTS)


def wrong(kind: int, true: datetime, mono_s: int) -> Stamp:
    """What a box without a battery writes before anybody told it the time."""
    mono_ns = mono_s * SECOND
    if kind == 0:  # 1970: no time at all
        return Stamp(mono_ns, None, ClockQuality.NONE)
    if kind == 1:  # a week off: the date of the last shutdown
        return Stamp(mono_ns, true - WEEK, ClockQuality.SAVED)
    if kind == 2:  # the clock steps by an hour and back
        return Stamp(mono_ns, true + timedelta(hours=1 if mono_s % 2 else -1), ClockQuality.SAVED)
    if kind == 3:  # a receiver that counts the weeks wrong
        return Stamp(mono_ns, true + 1024 * WEEK, ClockQuality.GNSS)
    return Stamp(mono_ns, true, ClockQuality.NTP)


def test_a_chain_of_25_boots_without_a_network_keeps_its_order_and_is_dated_by_its_anchors(
    station: Station,
) -> None:
    key = builders.key()
    device = "barge-1"
    with station.store.writing() as connection:
        enrol(connection, device, public_text(key.public_key()), "", FIRST)
    chain_ = Chain(device, "boot-0", key)
    truth: dict[str, datetime] = {}
    anchored: set[str] = set()
    records = []
    for boot in range(BOOTS):
        chain_ = Chain(device, f"boot-{boot}", key, chain_.head)
        for mono_s in (60, 121):
            true = FIRST + timedelta(days=boot, seconds=mono_s)
            opened = wrong(boot % 5, true, mono_s)
            event = builders.event(
                event_id=f"boot-{boot}.{mono_s}", opened=opened, updated=opened, evidence=()
            )
            truth[event.event_id] = true
            records.append(chain_.append(opened, "event.opened", wire.event_body(event)))
        if boot % 4 != 3:  # the satellites come at last, and once they lie by 1,024 weeks before
            true = FIRST + timedelta(days=boot, seconds=300)
            moments = [true + 1024 * WEEK, true] if boot % 5 == 3 else [true]
            for number, utc in enumerate(moments):
                at = Stamp((300 + number) * SECOND, utc, ClockQuality.GNSS)
                body = {"mono_ns": str(300 * SECOND), "utc": wire.utc_text(utc), "source": "gnss"}
                records.append(chain_.append(at, "time.anchor", body))
            anchored |= {f"boot-{boot}.60", f"boot-{boot}.121"}
    raws = [record.raw for record in records]
    accept(station.store, device, read_batch(raws, device, key.public_key()), NOW)
    column = tables.events.c
    with station.store.reading() as connection:
        rows = connection.execute(
            sa.select(column.event_id, column.opened_utc, column.order_utc).order_by(column.first_seq)
        ).all()
        assert alarms_of(connection) == []
    assert [row.event_id for row in rows] == list(truth)
    for row in rows:
        if row.event_id in anchored:
            off = datetime.fromisoformat(row.opened_utc) - truth[row.event_id]
            assert abs(off) <= timedelta(seconds=2), f"{row.event_id} is off by {off}"
        elif int(row.event_id.split("-")[1].split(".")[0]) % 5 == 4:  # the network's time, as it stands
            assert datetime.fromisoformat(row.opened_utc) == truth[row.event_id]
        else:
            assert row.opened_utc is None, "no time is made up"
