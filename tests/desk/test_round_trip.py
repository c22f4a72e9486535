"""Any licence goes through its file and comes out as it went in; its table comes back within a centimetre."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from math import cos, pi, sin
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.desk.conversion import Zone
from agent.desk.export import polygon_csv, table_csv
from agent.desk.importer import import_licence
from agent.licence.conditions import Quota
from agent.licence.corners import MERIDIANS_DEG
from agent.licence.law import Law
from agent.licence.licence import Licence, parse_licences
from agent.licence.terms import FORMAT
from desk.desk_builders import Corners, as_csv, rows_of, written
from desk.test_maps import apart_m, exported

FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
days = st.dates(FIRST, LAST)
texts = st.text("ABCĐÊăơưạ 0123456789/.-", min_size=1, max_size=30).map(str.strip).filter(bool)
minutes = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
volumes = st.floats(1.0, 9e7).map(lambda volume: round(volume, 1))


@st.composite
def span(draw: st.DrawFn, first: date = FIRST, last: date = LAST) -> tuple[str, str]:
    one, other = sorted((draw(st.dates(first, last)), draw(st.dates(first, last))))
    return one.isoformat(), other.isoformat()


@st.composite
def in_force(draw: st.DrawFn) -> dict[str, Any]:
    first, last = draw(span())
    return {"effective_from": first, "effective_to": draw(st.sampled_from([last, None]))}


@st.composite
def phases(draw: st.DrawFn, first: date, last: date) -> list[dict[str, Any]]:
    """Spans of the licence's term one after the other."""
    cuts = sorted(draw(st.sets(st.dates(first, last), max_size=4)) | {first})
    ends = [*(cut - timedelta(days=1) for cut in cuts[1:]), last]
    found = []
    for number, (begin, end) in enumerate(zip(cuts, ends, strict=True), 1):
        caps = sorted(draw(st.lists(volumes, min_size=1, max_size=4)))
        names = ("m3_per_day", "m3_per_month", "m3_per_year", "m3_total")[-len(caps) :]
        row: dict[str, Any] = {
            "name": f"giai đoạn {number}",
            "from": begin.isoformat(),
            "to": end.isoformat(),
        }
        found.append(row | dict(zip(names, caps, strict=True)))
    return found


@st.composite
def vessels(draw: st.DrawFn) -> list[dict[str, Any]]:
    hulls = draw(st.sets(st.integers(0, 99_999), max_size=4))
    return [
        {
            "hull_number": f"VD-{hull:05}",
            "bucket_m3": draw(st.sampled_from([1.5, 2.5, 3.5])),
            "m3_per_day": draw(st.floats(1.0, 5000.0)),
            "valid_to": draw(days).isoformat(),
            "certificate": draw(texts),
        }
        for hull in sorted(hulls)
    ]


@st.composite
def terms(draw: st.DrawFn) -> dict[str, Any]:
    """All terms of a licence, random but such that a file may hold them."""
    valid_from, valid_to = draw(span())
    opens, closes = draw(st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]))
    quota = st.fixed_dictionaries(
        {
            "volume": st.sampled_from(["in_place", "loose", "unstated"]),
            "phases": phases(date.fromisoformat(valid_from), date.fromisoformat(valid_to)),
        },
        optional={"swell": st.floats(1.0, 2.0), "destination": texts},
    )
    notice = st.builds(
        lambda number, days_, reason: {"notice": number, "from": days_[0], "to": days_[1], "reason": reason},
        texts,
        span(),
        texts,
    )
    found: dict[str, Any] = {
        "number": draw(texts),
        "holder": draw(texts),
        "synthetic": draw(st.booleans()),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "hours": [{"from": opens, "to": closes, "effective_from": valid_from, "effective_to": None}],
        "periods": [{"from": first, "to": last} for first, last in draw(st.lists(span(), max_size=3))],
        "suspensions": draw(st.lists(notice, max_size=2)),
        "vessels": draw(vessels()),
        "depth": [
            row | {"bed_elevation_m": draw(st.floats(-60.0, 5.0)), "vertical_datum": "Hòn Dấu"}
            for row in draw(st.lists(in_force(), max_size=2))
        ],
        "bank": [
            row | {"at_least_m": draw(st.floats(1.0, 1000.0))}
            for row in draw(st.lists(in_force(), max_size=2))
        ],
        "mooring": [
            row | {"zone": draw(texts), "when": draw(st.sampled_from(["outside_hours", "always"]))}
            for row in draw(st.lists(in_force(), max_size=2))
        ],
        "province": draw(texts),
    }
    return found if draw(st.booleans()) else found | {"quota": draw(quota)}


@st.composite
def areas(draw: st.DrawFn) -> list[list[Corners]]:
    """One to three polygons beside each other, each a star around its middle, with or without a hole."""
    found: list[list[Corners]] = []
    for number in range(draw(st.integers(1, 3))):
        x = draw(st.floats(1_000_000.0, 1_200_000.0)) if not found else found[0][0][0][0]
        y = 450_000.0 + 6_000.0 * number
        radii = draw(st.lists(st.floats(300.0, 2_000.0), min_size=3, max_size=12))
        star = [
            (round(x + r * cos(2 * pi * k / len(radii)), 2), round(y + r * sin(2 * pi * k / len(radii)), 2))
            for k, r in enumerate(radii)
        ]
        hole = [
            (round(x + 20.0, 2), round(y, 2)),
            (round(x - 20.0, 2), round(y + 20.0, 2)),
            (round(x - 20.0, 2), round(y - 20.0, 2)),
        ]
        rings: list[Corners] = [star]
        if len(radii) > 5 and draw(st.booleans()):
            rings.append(hole)
        found.append(rings)
    return found


def check_round_trip(properties: dict[str, Any], polygons: list[list[Corners]], zone: Zone) -> None:
    rows: list[list[str]] = [["Điểm", "X (m)", "Y (m)"]]
    for number, rings in enumerate(polygons, 1):
        for index, ring in enumerate(rings):
            rows += [[f"Khu {number}" if index == 0 else f"Trừ khu {number}", "", ""], *rows_of(ring)]
    with TemporaryDirectory() as folder:
        path = written(Path(folder), as_csv(rows))
        done = import_licence(path, zone, properties, law=Law())
    (licence,) = parse_licences(done.text, "licence.geojson")
    corners = [corner for rings in polygons for ring in rings for corner in ring]
    assert [len(polygon) for polygon in licence.polygons] == [len(rings) for rings in polygons]
    assert exported(table_csv(licence)) == corners
    assert apart_m(exported(polygon_csv(licence)), corners) < 0.01
    assert said(licence) == json.loads(json.dumps(properties)) | {"format": FORMAT}
    assert parse_licences(json.dumps(licence.feature), "again.geojson") == (licence,)


def said(licence: Licence) -> dict[str, Any]:
    """The terms as the box has them, written out as the file has them."""

    def row(term: Any, **names: str) -> dict[str, Any]:
        values = {names.get(name, name): getattr(term, name) for name in term.__dataclass_fields__}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
            if value is not None or name in ("to", "effective_to")
        }

    def clock(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    def quota(held: Quota) -> dict[str, Any]:
        found: dict[str, Any] = {"volume": held.volume}
        found["phases"] = [row(phase, first="from", last="to") for phase in held.phases]
        optional = (("swell", held.swell), ("destination", held.destination))
        return found | {name: value for name, value in optional if value}

    found: dict[str, Any] = {
        "format": FORMAT,
        "number": licence.number,
        "holder": licence.holder,
        "synthetic": licence.synthetic,
        "valid_from": licence.valid_from.isoformat(),
        "valid_to": licence.valid_to.isoformat(),
        "hours": [
            {"from": clock(hours.opens_min), "to": clock(hours.closes_min)}
            | {"effective_from": hours.effective_from.isoformat(), "effective_to": None}
            for hours in licence.hours
        ],
        "periods": [row(period, first="from", last="to") for period in licence.periods],
        "suspensions": [row(notice, first="from", last="to") for notice in licence.suspensions],
        "vessels": [{k: v for k, v in row(vessel).items() if k != "kind"} for vessel in licence.vessels],
        "depth": [row(limit) for limit in licence.depth],
        "bank": [row(limit) for limit in licence.bank],
        "mooring": [row(order) for order in licence.mooring],
        "province": licence.province,
    }
    return found if licence.quota is None else found | {"quota": quota(licence.quota)}


def examples(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        given_all = given(terms(), areas(), st.sampled_from(MERIDIANS_DEG), st.sampled_from([3, 6]))
        quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
        return settings(max_examples=count, deadline=None, suppress_health_check=quiet)(given_all(test))

    return decorate


@examples(60)
def test_any_licence_comes_back_as_it_went_in(
    properties: dict[str, Any], polygons: list[list[Corners]], meridian_deg: float, width_deg: int
) -> None:
    check_round_trip(properties, polygons, Zone(meridian_deg, width_deg))


@pytest.mark.soak
@examples(1000)
def test_a_thousand_licences_come_back_as_they_went_in(
    properties: dict[str, Any], polygons: list[list[Corners]], meridian_deg: float, width_deg: int
) -> None:
    check_round_trip(properties, polygons, Zone(meridian_deg, width_deg))
