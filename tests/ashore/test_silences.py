"""Silence has kinds, and a place, an hour and a fleet to be compared with; what was announced stands beside it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from agent.event import wire
from agent.types import Json
from ashore.boat import NOW, Boat
from ashore.test_account import HULL, MIDDLE, configured, works
from ashore.visitors import csrf_of, signed_in
from station import fleet, licence_book, patterns, silences, tables
from station.accounts import Role
from station.app import Station, open_station
from station.outer_tables import announced, gaps
from station.silences import SilenceKind, hours_by_day, hours_by_hour, kind_of, merged

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def gap(source: str | None, begin: str, end: str, why: str = "") -> dict[str, Json]:
    body: dict[str, Json] = {
        "from_utc": f"2026-11-20T{begin}:00.000Z",
        "to_utc": f"2026-11-20T{end}:00.000Z",
        "from_mono_ns": "0",
        "to_mono_ns": "0",
        "why": why,
    }
    return body if source is None else {"source": source, **body}


def found(station: Station) -> list[silences.Silence]:
    with station.store.reading() as connection:
        return silences.silences(connection, SINCE, NOW, NOW)


@pytest.mark.parametrize(
    ("source", "kind"),
    [("", "off"), ("camera:deck", "blind"), ("eyes", "blind"), ("gnss", "lost"), ("echo", "deaf")],
)
def test_what_was_away_says_of_which_kind_a_silence_is(source: str, kind: str) -> None:
    assert kind_of(source) is SilenceKind(kind)


def test_no_link_is_provisional_and_dissolves_when_the_records_come(boat: Boat, station: Station) -> None:
    boat.write("gap", gap(None, "02:00", "05:00", "the agent was not running"))
    boat.send()
    with station.store.writing() as connection:
        long_ago = wire.utc_text(NOW - timedelta(hours=7))
        connection.execute(sa.update(tables.devices).values(last_seen_utc=long_ago))
    told, provisional = found(station)
    assert (told.kind, told.known, told.why) == (SilenceKind.OFF, True, "the agent was not running")
    assert (provisional.kind, provisional.known) == (SilenceKind.NO_LINK, False)
    assert "no contact for 7 h, provisional" in boat.page("/silences", lang="en").text
    boat.write("track", {"points": []})
    boat.send()
    assert [one.kind for one in found(station)] == [SilenceKind.OFF]
    assert "provisional" not in boat.page("/silences", lang="en").text.split("<table")[2]
    with station.store.reading() as connection:  # nothing of it was ever written down, and it made no event
        assert connection.execute(sa.select(sa.func.count()).select_from(gaps)).scalar_one() == 1
        assert connection.execute(sa.select(tables.events.c.device)).first() is None


def test_two_cameras_blind_at_once_are_one_hour_of_blindness_cut_at_local_hours() -> None:
    begin = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # 23:30 on the river
    spans = [(begin, begin + timedelta(hours=1)), (begin + timedelta(minutes=15), begin + timedelta(hours=1))]
    assert merged(spans) == [spans[0]]
    until = begin + timedelta(days=1)
    assert hours_by_day(spans, SINCE, until) == {TODAY: 0.5, date(2026, 11, 21): 0.5}
    by_hour = hours_by_hour(spans, SINCE, until)
    assert (by_hour[23], by_hour[0], sum(by_hour)) == (0.5, 0.5, 1.0)


def test_a_box_that_goes_blind_in_its_area_and_hours_stands_out_of_the_fleet(
    boat: Boat, station: Station
) -> None:
    works(configured(boat), 10, place=MIDDLE)
    boat.write("gap", gap("camera:deck", "03:30", "11:30"))  # 10:30 to 18:30, permitted until 17:00
    boat.send()
    for number in (2, 3):
        other = Boat(boat.url, f"barge-{number}", number=number).enrolled_at(station)
        other.write("gap", gap("gnss", "03:00", "03:30"))
        other.send()
    with station.store.reading() as connection:
        ships, held = fleet.ships(connection), licence_book.in_force(connection)
        until = NOW + timedelta(hours=1)
        all_of = silences.silences(connection, SINCE, until, NOW)
        first, *others = patterns.patterns(connection, ships, all_of, [], held, SINCE, until)
    assert (first.ship.vessel, first.hours[SilenceKind.BLIND], first.beyond_fleet) == (HULL, 8.0, True)
    assert (first.permitted_h, first.in_area, first.placed) == (6.5, 1, 1)
    assert [one.hours[SilenceKind.LOST] for one in others] == [0.5, 0.5]
    assert not any(one.beyond_fleet for one in others)
    assert patterns.fleet_middle([first, *others]) == 0.5
    assert "far beyond the fleet" in boat.page("/silences", lang="en").text


def test_announced_silence_is_told_apart_and_a_withdrawal_leaves_a_trace(
    boat: Boat, station: Station
) -> None:
    boat.write("gap", gap(None, "01:00", "11:00"))
    boat.send()
    technician = signed_in(station, Role.TECHNICIAN)
    csrf = csrf_of(station, technician)

    def post(**form: str) -> int:
        answer = technician.post(f"{boat.url}/silences", data={"csrf": csrf, **form}, timeout=30)
        return answer.status_code

    day = {"first": "2026-11-20", "last": "2026-11-21"}
    assert post(device="barge-1", kind="visit", text="thay camera <b>", **day) == 200
    page = boat.page("/silences", lang="en").text
    assert "technician&#39;s visit · thay camera &lt;b&gt;" in page
    assert "announced" in page.split("<tbody>")[1].split("</tr>")[0]
    assert post(device="barge-1", kind="visit", first="2026-11-21", last="2026-11-20") == 422
    assert post(device="barge-1", kind="holiday", **day) == 422
    assert post(device="nobody", kind="visit", **day) == 404
    assert post(do="withdraw", number="1") == 200
    assert post(do="withdraw", number="99") == 404
    with station.store.reading() as connection:
        assert silences.announcements(connection, TODAY, TODAY) == []
        assert connection.execute(sa.select(sa.func.count()).select_from(announced)).scalar_one() == 2


@pytest.mark.parametrize("change", [{"from_mono_ns": 7}, {"to_mono_ns": "x"}])
def test_a_gap_that_cannot_be_is_held_and_counted_as_a_problem(
    boat: Boat, station: Station, change: dict[str, Json]
) -> None:
    boat.write("gap", {**gap("gnss", "01:00", "02:00"), **change})
    boat.send()
    assert found(station) == []
    with station.store.reading() as connection:
        assert connection.execute(sa.select(tables.records.c.problem)).scalar_one() is not None


def test_gaps_from_before_there_was_a_table_for_them_are_found_again(boat: Boat, station: Station) -> None:
    boat.write("gap", gap("gnss", "01:00", "02:00"))
    boat.send()
    with station.store.writing() as connection:
        connection.execute(sa.delete(gaps))
        connection.execute(sa.update(tables.schema).values(version=4))
    again = open_station(station.folder)
    try:
        assert [one.kind for one in found(again)] == [SilenceKind.LOST]
    finally:
        again.close()


# ── the fleet ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_fleet_map_has_every_vessel_where_it_was_last_and_every_area_once(
    boat: Boat, station: Station
) -> None:
    works(configured(boat), 10)
    boat.send()
    other = Boat(boat.url, "barge-2", number=2).enrolled_at(station)
    configured(other, "VĐ-0209").send()
    features = boat.page("/api/fleet", lang="en").json()["features"]
    assert [feature["properties"]["role"] for feature in features] == ["licence", "ship"]
    ship = features[1]
    assert ship["geometry"]["coordinates"] == [MIDDLE[1], MIDDLE[0]]
    assert (ship["properties"]["label"], ship["properties"]["state"]) == (HULL, "heard")
    text = boat.page("/fleet", lang="en").text
    assert "VĐ-0209" in text  # not on the map: it has told no position; in the list it stands
    technician = signed_in(station, Role.TECHNICIAN)
    assert "/queue" not in technician.get(f"{boat.url}/fleet", timeout=30).text.split("<tbody>")[1]
