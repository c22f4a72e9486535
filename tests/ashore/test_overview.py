"""What was taken, beside what the licence allows; what rulings say of the boxes; how the boxes are."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import builders
from agent.event import wire
from agent.types import Event, FindingKind, Json
from ashore.boat import NOW, Boat
from ashore.test_review import Inspector
from station import tables
from station.app import Station, open_station
from station.statistics import wilson

pytestmark = pytest.mark.both_databases

EXAMPLE = Path(__file__).parents[2] / "config" / "licences" / "example-ke-sach.geojson"
LICENCE: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
NUMBER = LICENCE["properties"]["number"]


def config(**changes: Any) -> dict[str, Json]:
    licence = {**LICENCE, "properties": {**LICENCE["properties"], **changes}}
    return {"licences": [licence], "own_vessel": {"hull_number": "VD-00009"}}


def produced(at: float, cycles: int = 100, **changes: Any) -> dict[str, Json]:
    """A record of production that began `at` seconds after 10:00 of 20 November 2026."""
    utc = builders.stamp(at).utc
    assert utc is not None
    volume = {"loose_m3": 3.0 * cycles, "loose_error_m3": 0.6 * cycles}
    volume |= {"in_place_m3": 2.5 * cycles, "in_place_error_m3": 0.5 * cycles}
    return {
        "from_utc": wire.utc_text(utc),
        "from_mono_ns": str(int(at * builders.SECOND)),
        "licence": NUMBER,
        "cycles": cycles,
        "active_s": 600.0,
        "volume": volume,
        **changes,
    }


def event(**other: Any) -> Event:
    finding = builders.finding(licence=NUMBER)
    return builders.event(evidence=(), findings=(finding,), **other)


@pytest.fixture
def worked(boat: Boat) -> Boat:
    """Two days of November and one of October, all seen by one box."""
    boat.write("config.applied", config())
    for at, cycles in ((-30 * 86400, 40), (-86400, 200), (0, 100), (700, 260)):
        boat.write("production", produced(max(at, 0), cycles, from_utc=_utc(at)))
    boat.happens(event())
    boat.send()
    return boat


def _utc(at: float) -> str:
    return wire.utc_text(builders.START + timedelta(seconds=at))


def test_the_event_shows_what_the_licence_says_beside_what_was_seen(worked: Boat) -> None:
    text = worked.page("/events/barge-1/voyage:test.1", lang="en").text
    for said in (
        "Licence and what was seen",
        NUMBER,
        "20.0 ± 5.0 m beyond the boundary",
        "-16.0 m (Hòn Dấu)",
        "at least 150 m",
        "VD-00009",
    ):
        assert said in text


def test_production_is_compared_with_the_quota_of_day_month_and_phase(worked: Boat) -> None:
    text = worked.page("/events/barge-1/voyage:test.1", lang="en").text
    assert "900 ± 180 m³ (129 %)" in text  # 360 buckets of 2.5 m³ against 700 a day
    assert "1,400 ± 280 m³ (8 %)" in text  # the day before too, against 17,500 a month
    assert "1,500 ± 300 m³ (1 %)" in text  # and October, against 190,000 of the phase
    assert text.count("quota 700 m³") == 1
    assert 'class="over"' in text  # 900 - 180 is past 700


def test_a_quota_within_the_error_is_not_called_passed(boat: Boat) -> None:
    boat.write("config.applied", config())
    boat.write("production", produced(0, 300))
    boat.happens(event())
    boat.send()
    text = boat.page("/events/barge-1/voyage:test.1", lang="en").text
    assert "750 ± 150 m³ (107 %)" in text
    assert 'class="over"' not in text


def test_licences_show_production_by_month_as_at_least(worked: Boat) -> None:
    text = worked.page("/licences", lang="en").text
    for said in (NUMBER, "11/2026", "1,120", "1,400 ± 280", "17,500", "10/2026", "100 ± 20"):
        assert said in text


def test_boxes_with_different_versions_of_a_licence_are_named(boat: Boat, station: Station) -> None:
    other = Boat(boat.url, "barge-2", number=2).enrolled_at(station)
    boat.write("config.applied", config())
    other.write("config.applied", config(holder="Công ty khác"))
    boat.send()
    other.send()
    assert boat.page("/licences", lang="en").text.count("the boxes have 2 different versions") == 2


def test_production_of_an_unknown_bucket_is_counted_and_not_guessed(boat: Boat) -> None:
    boat.write("config.applied", config())
    boat.write("production", produced(0, 70, volume=None))
    boat.send()
    assert "70 buckets of unknown size" in boat.page("/licences", lang="en").text


@pytest.mark.parametrize(
    "change", [{"cycles": -1}, {"cycles": True}, {"active_s": "long"}, {"from_mono_ns": 7}, {"volume": {}}]
)
def test_production_that_cannot_be_is_held_and_counted_as_a_problem(
    boat: Boat, station: Station, change: dict[str, Any]
) -> None:
    boat.write("production", produced(0, **change))
    boat.send()
    with station.store.reading() as connection:
        assert connection.execute(sa.select(tables.records.c.problem)).scalar_one() is not None


def test_a_database_from_before_there_was_production_is_filled(
    worked: Boat, station: Station, database: str | None
) -> None:
    with station.store.writing() as connection:
        for table in (tables.production, tables.sources, tables.terms, tables.reviews):
            connection.execute(sa.delete(table))
        connection.execute(sa.text("DROP INDEX track_by_time"))
        connection.execute(sa.update(tables.schema).values(version=2))
    again = open_station(station.folder, database)
    try:
        with again.store.reading() as connection:
            counts = [
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in (tables.production, tables.reviews, tables.terms)
            ]
        assert counts == [4, 1, 2]
    finally:
        again.close()


def test_precision_is_what_was_confirmed_of_what_was_ruled_on(boat: Boat, station: Station) -> None:

    lan = Inspector(boat, station)
    for number in range(1, 5):
        at = builders.stamp(60 * number)
        boat.happens(event(event_id=f"voyage:test.{number}", opened=at, updated=at))
    boat.send()
    lan.rules(1, "confirmed", "seen")
    lan.rules(2, "confirmed", "measured")
    lan.rules(3, "false_alarm", "bad_position")
    text = boat.page("/statistics", lang="en").text
    assert f"/queue?kind={FindingKind.OUTSIDE_AREA.value}" in text
    assert "67 % (21–94 %)" in text


def test_an_interval_of_few_is_wide_and_none_is_no_number() -> None:
    assert wilson(0, 0) is None
    few, many = wilson(3, 3), wilson(300, 300)
    assert few is not None
    assert many is not None
    assert few[1] < 0.5
    assert many[1] > 0.98
    assert (few[2], many[2]) == pytest.approx((1.0, 1.0))


def test_a_silent_box_and_a_lost_camera_are_told_without_blame(boat: Boat, station: Station) -> None:
    boat.write("source", {"source": "camera:deck", "state": "silent", "reason": "no frame", "left_out": 0})
    boat.write("source", {"source": "gnss", "state": "healthy", "reason": "", "left_out": 0})
    boat.send()
    text = boat.page("/devices", lang="en").text
    assert "camera:deck: silent" in text
    assert "gnss: healthy" in text
    assert "no contact" not in text
    with station.store.writing() as connection:
        long_ago = wire.utc_text(NOW - timedelta(hours=30))
        connection.execute(sa.update(tables.devices).values(last_seen_utc=long_ago))
    assert "no contact for 30 h; why is not known yet" in boat.page("/devices", lang="en").text
