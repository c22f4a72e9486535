"""The account of record: over all boxes of a licence, beside what was declared, and judged again when the law arrives late."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

import builders
from agent.event import wire
from agent.licence.licence import parse_licences
from agent.types import Json, Verdict
from ashore.boat import NOW, Boat
from ashore.test_overview import LICENCE, NUMBER, produced
from ashore.visitors import csrf_of, signed_in
from station import account, declarations, fleet, licence_book, recount
from station.accounting import bring_licences
from station.accounts import Role
from station.app import Station
from station.cli import app as command_line
from station.declarations import DeclarationError
from station.outer_tables import account_findings, account_runs, licence_versions

HULL = "VD-00003"
MIDDLE = (9.83, 106.03)
DAY = date(2026, 11, 20)
BEYOND = (9.835, 106.036)


def changed(**changes: Any) -> str:
    return json.dumps({**LICENCE, "properties": {**LICENCE["properties"], **changes}})


def works(boat: Boat, cycles: int = 100, at: float = 0.0, place: tuple[float, float] = MIDDLE) -> None:
    """Ten minutes of work with a position each minute."""
    points: list[Json] = []
    for minute in range(11):
        stamp = builders.stamp(at + 60 * minute)
        assert stamp.utc is not None
        points.append(
            {
                "mono_ns": str(stamp.mono_ns),
                "utc": wire.utc_text(stamp.utc),
                "lat_deg": place[0],
                "lon_deg": place[1],
            }
        )
    boat.write("track", {"points": points})
    end = str(int((at + 600) * builders.SECOND))
    boat.write("production", produced(at, cycles, to_mono_ns=end))


def configured(boat: Boat, hull: str = HULL) -> Boat:
    boat.write("config.applied", {"licences": [LICENCE], "own_vessel": {"hull_number": hull}})
    return boat


@pytest.fixture
def worked(boat: Boat, station: Station) -> Boat:
    """A hull whose box was replaced at noon: both saw work that day."""
    works(configured(boat), 200)
    boat.send()
    other = Boat(boat.url, "barge-1b", number=2).enrolled_at(station)
    works(configured(other), 140, at=7200)
    other.send()
    return boat


def post(boat: Boat, station: Station, path: str, **form: str) -> str:
    answer = boat.visitor.post(
        f"{boat.url}{path}?lang=en&licence={NUMBER}",
        data={"csrf": csrf_of(station, boat.visitor), **form},
        timeout=30,
    )
    assert answer.status_code in (200, 422), answer.text
    return answer.text


# ── the sum, and who is not in it ─────────────────────────────────────────────────────────────────────


def test_a_licence_is_summed_over_a_replaced_box_and_its_own_quota_applied(worked: Boat) -> None:
    text = worked.page("/production", lang="en").text
    assert "Seen by boxes, at least 680" in text  # 340 buckets of 2.5 m³, less 0.5 m³ each
    assert "850 ± 170" in text
    row = text.split("<tbody>")[1].split("</tr>")[0]
    assert "undetermined" in row  # 850 ± 170 of 700 a day: neither box alone came near it
    assert "700" in row


def test_hulls_of_the_list_without_a_box_are_named(worked: Boat, station: Station) -> None:
    with station.store.reading() as connection:
        licence = licence_book.in_force(connection)[NUMBER]
        ships = fleet.ships(connection)
    assert account.coverage(licence, DAY, ships) == ((HULL,), ())  # the other hull's certificate has ended
    assert account.coverage(licence, date(2026, 11, 1), ships) == ((HULL,), ("VĐ-0209",))
    assert account.coverage(licence, date(2026, 11, 1), []) == ((), (HULL, "VĐ-0209"))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(900.0, Verdict.BREACH), (750.0, Verdict.UNDETERMINED), (650.0, Verdict.PERMITTED)],
)
def test_a_quota_is_passed_for_certain_or_perhaps_or_not(value: float, verdict: Verdict) -> None:
    assert account.verdict_of(value, 150.0, 700.0) is verdict


# ── judged again ──────────────────────────────────────────────────────────────────────────────────────


def test_a_late_suspension_is_judged_over_stored_work_and_both_versions_stay(
    worked: Boat, station: Station
) -> None:
    with station.store.writing() as connection:
        bring_licences(connection, changed(), "lan", NOW)
    notices = LICENCE["properties"]["suspensions"]
    notice = {"notice": "9/TB", "from": "2026-11-19", "to": "2026-11-21", "reason": "lũ"}
    text = post(worked, station, "/licences/versions", text=changed(suspensions=[*notices, notice]))
    assert "Licences new or changed: 1" in text
    with station.store.reading() as connection:
        latest, first = recount.runs_of(connection, NUMBER)
        versions = licence_book.versions_of(connection, NUMBER)
    assert [version.licence.sha256 for version in versions] == [first.sha256, latest.sha256]
    assert latest.first_day == "2026-11-19"
    assert "suspended" not in {one.kind for one in first.found}
    (stopped,) = (one for one in latest.found if one.kind == "suspended")
    assert (stopped.verdict, stopped.vessel, stopped.first_day, stopped.points) == (
        Verdict.BREACH,
        HULL,
        "2026-11-20",
        20,
    )
    page = worked.page("/production", lang="en", licence=NUMBER).text
    assert "new" in page.split("Stored work judged again")[1]


def test_work_beyond_the_boundary_is_found_with_its_distance_and_a_lone_position_is_not(
    boat: Boat, station: Station
) -> None:
    works(configured(boat), 10, place=BEYOND)
    boat.send()
    with station.store.writing() as connection:
        licence = licence_book.in_force(connection)[NUMBER]
        recount.judge(connection, licence, DAY, DAY, "lan", NOW)
        (run,) = recount.runs_of(connection, NUMBER)
    (outside,) = run.found
    assert (outside.kind, outside.verdict, outside.points) == ("outside_area", Verdict.BREACH, 10)
    assert outside.value is not None
    assert outside.value > 500


def test_runs_are_only_ever_added(worked: Boat, station: Station) -> None:
    with station.store.writing() as connection:
        bring_licences(connection, changed(), "lan", NOW)
    for table in (account_runs, account_findings, licence_versions):
        with pytest.raises(sa.exc.DBAPIError, match="only grows"), station.store.writing() as connection:
            connection.execute(sa.delete(table))


def test_a_licence_that_is_wrong_is_refused_with_its_mistake_and_the_same_one_changes_nothing(
    worked: Boat, station: Station
) -> None:
    assert "Licences new or changed: 1" in post(worked, station, "/licences/versions", text=changed())
    assert "Licences new or changed: 0" in post(worked, station, "/licences/versions", text=changed())
    refused = post(worked, station, "/licences/versions", text=changed(valid_to="2025-01-01"))
    assert 'role="alert"' in refused
    assert "valid_to" in refused


def test_what_a_change_touches_is_judged_from_its_first_day() -> None:
    before, after = (parse_licences(text, "x")[0] for text in (changed(), changed(holder="Công ty khác")))
    assert licence_book.affected_from(None, after) == date(2026, 1, 1)
    assert licence_book.affected_from(before, after) == date(2026, 1, 1)
    notices = [{"notice": "9/TB", "from": "2026-11-19", "to": "2026-11-21", "reason": ""}]
    (later,) = parse_licences(changed(suspensions=notices), "x")
    assert licence_book.affected_from(before, later) == date(2026, 7, 20)  # the old notice is gone too


# ── declarations ──────────────────────────────────────────────────────────────────────────────────────

DAILY = f"licence;vessel;day;m3\n{NUMBER};{HULL};20/11/2026;1.234,5\n{NUMBER};;2026-11-21;0\n"


def test_differences_beyond_the_error_are_flagged(worked: Boat, station: Station) -> None:
    lines = f"licence,vessel,day,m3\n{NUMBER},{HULL},2026-11-20,"
    assert "Lines taken: 1." in post(
        worked, station, "/production/imports", kind="daily", text=lines + "500\n"
    )
    page = worked.page("/production", lang="en", licence=NUMBER).text
    assert "less declared than certainly seen" in page
    post(worked, station, "/production/imports", kind="daily", text=lines + "900\n")  # a correction
    page = worked.page("/production", lang="en", licence=NUMBER).text
    assert "less declared" not in page  # 900 lies within 850 ± 170
    papers = f"document,licence,vessel,day,m3\nHĐ-1,{NUMBER},VD-90001,2026-11-20,300\nHĐ-2,{NUMBER},VD-90001,2026-11-20,300\n"
    post(worked, station, "/production/imports", kind="transport", text=papers)
    page = worked.page("/production", lang="en", licence=NUMBER).text
    assert "fewer m³ in transport documents than certainly seen" in page


def test_ais_far_from_the_box_and_ais_of_a_hull_without_one_are_told(worked: Boat, station: Station) -> None:
    lines = ["vessel,utc,lat_deg,lon_deg"]
    for minute in range(5):
        utc = wire.utc_text(builders.START + timedelta(minutes=minute))
        lines.append(f"{HULL.lower()},{utc},{BEYOND[0]},{BEYOND[1]}")
        lines.append(f"VĐ 0209,{utc},{MIDDLE[0]},{MIDDLE[1]}")
    post(worked, station, "/production/imports", kind="ais", text="\n".join(lines))
    page = worked.page("/production", lang="en", licence=NUMBER).text
    assert "compared with the box at 5 positions: 5 far apart" in page
    assert "no box; inside the area by AIS on 1 days" in page


def test_vietnamese_numbers_and_dates_are_read(station: Station) -> None:
    assert declarations.read("daily", DAILY.encode("utf-8-sig")) == [
        {"line": 2, "licence": NUMBER, "vessel": HULL, "day": "2026-11-20", "m3": 1234.5},
        {"line": 3, "licence": NUMBER, "vessel": "", "day": "2026-11-21", "m3": 0.0},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("licence,day,m3\nx,2026-01-01,5\n", "lacks vessel"),
        ("licence,vessel,day,m3\n", "no line"),
        ("licence,vessel,day,m3\n,v,2026-01-01,5\n", "line 2: licence is empty"),
        ("licence,vessel,day,m3\nx,v,2026-13-01,5\n", "line 2: day '2026-13-01' is no day"),
        ("licence,vessel,day,m3\nx,v,31/02/2026,5\n", "is no day"),
        ("licence,vessel,day,m3\nx,v,2026-01-01,-5\n", "not within 0"),
        ("licence,vessel,day,m3\nx,v,2026-01-01,nan\n", "not within 0"),
        ("licence,vessel,day,m3\nx,v,2026-01-01,much\n", "is no number"),
        (f"licence,vessel,day,m3\n{'x' * 300},v,2026-01-01,5\n", "more than 200"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole_and_says_where(text: str, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        declarations.read("daily", text.encode())


def test_the_same_file_is_taken_once(station: Station) -> None:
    with station.store.writing() as connection:
        declarations.bring(connection, "daily", "a.csv", DAILY.encode(), "lan", NOW)
        with pytest.raises(DeclarationError, match="this very file was taken"):
            declarations.bring(connection, "daily", "b.csv", DAILY.encode(), "lan", NOW)
    with pytest.raises(DeclarationError, match="not UTF-8"):
        declarations.read("daily", "é".encode("latin-1"))


def test_only_a_supervisor_brings_licences_and_a_reader_brings_nothing(
    worked: Boat, station: Station
) -> None:
    for role, path in ((Role.INSPECTOR, "/licences/versions"), (Role.READER, "/production/imports")):
        visitor = signed_in(station, role)
        form = {"csrf": csrf_of(station, visitor), "text": changed()}
        assert visitor.post(worked.url + path, data=form, timeout=30).status_code == 403


def test_the_command_takes_licences_and_declarations(worked: Boat, station: Station, tmp_path: Path) -> None:
    licence, daily = tmp_path / "l.geojson", tmp_path / "d.csv"
    licence.write_text(changed(), encoding="utf-8")
    daily.write_text(DAILY, encoding="utf-8")

    def run(*words: str) -> str:
        folder = ["--by", "lan", "--folder", str(station.folder)]
        return CliRunner().invoke(command_line, ["import", *words, *folder]).output

    assert "1 new or changed" in run("licence", str(licence))
    assert "nothing has changed" in run("licence", str(licence))
    assert "2 lines taken as no. 1" in run("daily", str(daily))
