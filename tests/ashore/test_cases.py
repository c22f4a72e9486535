"""Cases: events of one holder on their way from a lead to a decision, with the clock of the law beside them."""

import re
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from playwright.sync_api import expect

import builders
from agent.types import FindingKind, Json, Verdict, Work
from ashore import scene
from ashore.boat import NOW, Boat, still
from ashore.screens import DESK, PHONE, looking
from ashore.test_people import Clock
from ashore.test_review_browser import serious
from ashore.visitors import csrf_of, signed_in
from station import serving, tables
from station.accounts import Role
from station.app import Station, make_app
from station.procedure import ProcedureError, read_instruments, shipped
from station.proceeding import CaseAct, CaseActKind, CaseStanding, Stage, clock_of, may_move, standing
from station.suggestion import Crime, Ends, suggestion

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[2]

# ── how a case goes on ────────────────────────────────────────────────────────────────────────────────


def moved(*steps: tuple[Stage, str]) -> CaseStanding:
    """Where a case stands after it was moved so, each at a time."""
    return standing(
        [
            CaseAct(n, utc, 1, "Lan", Role.INSPECTOR, "", CaseActKind.MOVED, stage, "12/BB", None, None, None)
            for n, (stage, utc) in enumerate(steps, start=1)
        ]
    )


ACCEPTED = (Stage.VERIFICATION, "2026-11-01T02:00:00.000Z")


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T05:00:00+00:00")


def test_verification_has_thirty_days_from_its_acceptance_by_the_decree_of_that_day() -> None:
    clock = clock_of(moved(ACCEPTED), shipped(), at("2026-11-21"))
    assert clock is not None
    assert (clock.due, clock.left_days, clock.warns) == (date(2026, 12, 1), 10, False)
    assert clock.deadline.source.number == "61/2026/NĐ-CP"
    later = clock_of(moved(ACCEPTED), shipped(), at("2026-11-24"))
    assert later is not None
    assert later.warns


def test_a_complex_case_has_sixty_days() -> None:
    extended = CaseAct(
        9, ACCEPTED[1], 1, "Lan", Role.INSPECTOR, "", CaseActKind.EXTENDED, None, "", None, None, None
    )
    stands = moved(ACCEPTED)
    acts = [
        CaseAct(
            1,
            ACCEPTED[1],
            1,
            "Lan",
            Role.INSPECTOR,
            "",
            CaseActKind.MOVED,
            stands.stage,
            "",
            None,
            None,
            None,
        )
    ]
    clock = clock_of(standing([*acts, extended]), shipped(), at("2026-12-05"))
    assert clock is not None
    assert (clock.due, clock.left_days) == (date(2026, 12, 31), 26)


def test_no_clock_runs_before_the_decree_was_in_force_nor_after_minutes_were_made() -> None:
    assert (
        clock_of(moved((Stage.VERIFICATION, "2026-03-01T02:00:00.000Z")), shipped(), at("2026-11-21")) is None
    )
    done = moved(ACCEPTED, (Stage.MINUTES, "2026-11-20T02:00:00.000Z"))
    assert clock_of(done, shipped(), at("2026-11-21")) is None


def test_hearing_the_holder_does_not_stop_the_clock_and_going_back_does_not_set_it_anew() -> None:
    back = moved(
        ACCEPTED,
        (Stage.EXPLANATION, "2026-11-10T02:00:00.000Z"),
        (Stage.VERIFICATION, "2026-11-20T02:00:00.000Z"),
    )
    clock = clock_of(back, shipped(), at("2026-11-21"))
    assert clock is not None
    assert clock.due == date(2026, 12, 1)


def test_only_a_supervisor_decides_closes_and_opens_again() -> None:
    assert may_move(Stage.LEAD, Stage.VERIFICATION, Role.INSPECTOR)
    assert not may_move(Stage.MINUTES, Stage.DECISION, Role.INSPECTOR)
    assert may_move(Stage.MINUTES, Stage.DECISION, Role.SUPERVISOR)
    assert not may_move(Stage.CLOSED, Stage.VERIFICATION, Role.INSPECTOR)
    assert not may_move(Stage.LEAD, Stage.DECISION, Role.SUPERVISOR)


# ── what the law would suggest ────────────────────────────────────────────────────────────────────────

LAW = shipped().on(date(2026, 11, 20))


def test_the_band_is_looked_up_at_both_ends_of_the_error() -> None:
    (sure,) = suggestion([builders.event(findings=(builders.finding(value=66.4, error=8.6),))], LAW).bands
    assert sure.low is not None
    assert sure.low is sure.high
    assert sure.low.low_vnd == 120_000_000
    (split,) = suggestion([builders.event(findings=(builders.finding(value=98.0, error=8.6),))], LAW).bands
    assert split.low is not None
    assert split.high is not None
    assert (split.low.low_vnd, split.high.low_vnd) == (120_000_000, None)  # nobody printed the next amount
    assert (split.ends.low, split.ends.high) == pytest.approx((89.4, 106.6))


def test_what_is_not_suspected_suggests_nothing() -> None:
    near = builders.finding(verdict=Verdict.UNDETERMINED)
    assert suggestion([builders.event(findings=(near,))], LAW).bands == ()


def test_volumes_of_a_case_add_with_their_errors_up_to_the_threshold_of_the_penal_code() -> None:
    work = Work(3000, 9e4, 3900.0, 800.0, 3200.0, 700.0, 1.2)
    one = builders.event(findings=(builders.finding(kind=FindingKind.NO_LICENCE),), work=work)
    found = suggestion([one, one, one], LAW)
    assert found.volume_m3 == Ends(7500.0, 11700.0)
    assert found.value_vnd == Ends(450e6, 702e6)
    assert (found.by_value, found.by_gain) == (Crime.POSSIBLE, Crime.ABOVE)
    (band,) = found.bands
    assert band.low is not None
    assert band.low.low_vnd == 100_000_000
    assert (
        suggestion([one], shipped().on(date(2020, 1, 1))).value_vnd is None
    )  # no price of that day is known


def test_a_later_instrument_takes_the_place_of_an_earlier_one_from_its_day_on() -> None:
    text = """format = "sandwatch-procedure/1"
id = "new"
number = "1/2027"
title_vi = "Giá mới"
title_en = "New price"
effective_from = 2027-01-01
[[price]]
vnd_per_m3 = 90_000
"""
    old = (ROOT / "config/rules/cases/sand-price.toml").read_text(encoding="utf-8")
    both = read_instruments([("old", old), ("new", text)])
    prices = [both.on(day).price for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert [price and price.vnd_per_m3 for price in prices] == [60_000, 90_000]
    with pytest.raises(ProcedureError, match=r"wrong\.toml"):
        read_instruments([("wrong.toml", text.replace("vnd_per_m3", "price"))])


# ── the word ──────────────────────────────────────────────────────────────────────────────────────────


def test_before_a_decision_the_word_is_suspected_everywhere() -> None:
    """In every template, page text, paper and phrase; the law's own titles stand in `config/rules`, as data."""
    places = [
        *(ROOT / "station").rglob("*.py"),
        *(ROOT / "station").rglob("*.html"),
        *(ROOT / "station").rglob("*.js"),
        *(ROOT / "station").rglob("*.po"),
        *(ROOT / "station").rglob("*.typ"),
        ROOT / "agent/event/phrases.py",
    ]
    said = re.compile(r"(?<!nghi vấn )vi\s+phạm|(?<!suspected )violation", re.IGNORECASE)
    allowed = "'integrity_constraint_violation'"  # PostgreSQL's own name of an error
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in places
        for match in said.finditer(path.read_text(encoding="utf-8").replace(allowed, ""))
    ]
    assert len(places) > 60
    assert found == []


# ── at the station ────────────────────────────────────────────────────────────────────────────────────


def licences(*pairs: tuple[str, str]) -> dict[str, Json]:
    """A `config.applied` body with licences of these numbers and holders."""
    config = scene.config()
    held = config["licences"]
    assert isinstance(held, list)
    template = held[0]
    assert isinstance(template, dict)
    config["licences"] = [
        {**template, "properties": {"number": number, "holder": holder}} for number, holder in pairs
    ]
    return config


class Clerk:
    """Somebody who works on cases of `barge-1` as her pages would."""

    def __init__(self, url: str, station: Station, role: Role = Role.INSPECTOR, name: str = "lan") -> None:
        self.url = url
        self.visitor: requests.Session = signed_in(station, role, name)
        self.csrf = csrf_of(station, self.visitor)

    def post(self, path: str, **form: str) -> requests.Response:
        form = {"csrf": self.csrf, "token": secrets.token_hex(8), **form}
        return self.visitor.post(self.url + path, data=form, timeout=30, allow_redirects=False)

    def opens(self, number: int, **form: str) -> requests.Response:
        return self.post("/cases", device="barge-1", event_id=f"voyage:test.{number}", **form)

    def does(self, do: str, case: int = 1, **form: str) -> int:
        return self.post(f"/cases/{case}/acts", do=do, **form).status_code

    def joins(self, number: int, case: int = 1) -> int:
        return self.does("joined", case, device="barge-1", event_id=f"voyage:test.{number}")

    def adds(self, content: bytes, name: str = "giải trình.pdf", csrf: str | None = None) -> int:
        return self.visitor.post(
            self.url + "/cases/1/files",
            params={"token": secrets.token_hex(8), "name": name},
            data=content,
            headers={
                "X-CSRF": self.csrf if csrf is None else csrf,
                "Content-Type": "application/octet-stream",
            },
            timeout=30,
        ).status_code

    def page(self, path: str = "/cases/1", language: str = "en") -> str:
        answer = self.visitor.get(self.url + path, params={"lang": language}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def lan(boat: Boat, station: Station) -> Clerk:
    """Three events: two under one holder's licence, the third under another's."""
    boat.write("config.applied", licences(("01/GP", "Công ty A"), ("02/GP", "Công ty B")))
    for number, licence in ((1, "01/GP"), (2, "01/GP"), (3, "02/GP")):
        stamp = builders.stamp(3600 * number)
        finding = builders.finding(licence=licence)
        boat.happens(
            builders.event(
                event_id=f"voyage:test.{number}",
                opened=stamp,
                updated=stamp,
                evidence=(),
                findings=(finding,),
            )
        )
    boat.send()
    return Clerk(boat.url, station)


def test_events_of_one_holder_are_joined_and_another_holders_are_not(lan: Clerk) -> None:
    answer = lan.opens(1)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cases/1")
    assert lan.joins(2) == 303
    assert lan.joins(3) == 422
    page = lan.page()
    assert "HS-2026-0001" in page
    assert "Công ty A" in page
    assert "Event voyage:test.2 joined" in page
    assert "Event voyage:test.3 joined" not in page
    assert "HS-2026-0001" in lan.page("/events/barge-1/voyage:test.2")
    assert lan.opens(3).headers["Location"] == "/cases/2"


def test_an_event_is_in_one_case_at_a_time(lan: Clerk) -> None:
    lan.opens(1)
    assert lan.opens(1).status_code == 400
    lan.opens(2)
    assert lan.joins(1, case=2) == 422
    assert lan.does("left", device="barge-1", event_id="voyage:test.1") == 422  # it would be left empty
    assert lan.joins(2) == 422


def test_the_same_page_sent_twice_opens_one_case(lan: Clerk, station: Station) -> None:
    first, again = (lan.opens(1, token="token-of-a-page") for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    with station.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.cases)).scalar() == 1


def test_a_paper_is_named_before_minutes_and_only_a_supervisor_decides(lan: Clerk, station: Station) -> None:
    lan.opens(1)
    assert lan.does("moved", stage="minutes", text="12/BB") == 422  # not from a lead
    assert lan.does("moved", stage="verification") == 303
    assert lan.does("moved", stage="minutes") == 422
    assert lan.does("moved", stage="minutes", text="12/BB-TTr ngày 20/11/2026") == 303
    assert "suspected violation" in lan.page()
    assert lan.does("moved", stage="decision", text="7/QĐ") == 422
    chief = Clerk(lan.url, station, Role.SUPERVISOR, "hoa")
    assert chief.does("moved", stage="decision", text="7/QĐ ngày 21/11/2026") == 303
    page = lan.page()
    assert "conduct as stated by decision 7/QĐ ngày 21/11/2026" in page
    assert "Hoa (Supervisor)" in page
    assert chief.does("moved", stage="closed") == 303
    assert lan.does("commented", text="đã lưu") == 303
    assert lan.joins(2) == 422


def test_nothing_of_a_case_is_ever_changed_or_deleted(lan: Clerk, station: Station) -> None:
    lan.opens(1)
    lan.adds(b"%PDF-1.7 x")
    for table in (tables.cases, tables.case_acts, tables.case_files):
        for statement in (sa.delete(table), sa.update(table).values({next(iter(table.c.keys())): 2})):
            with (
                pytest.raises(sa.exc.DatabaseError, match="only grows"),
                station.store.writing() as connection,
            ):
                connection.execute(statement)


def test_papers_are_kept_with_their_digest_if_their_bytes_are_of_a_kind_that_is_taken(lan: Clerk) -> None:
    lan.opens(1)
    picture = still()
    assert lan.adds(b"%PDF-1.7 giai trinh") == 201
    assert lan.adds(picture, "../../anh <b>.jpg") == 201
    assert lan.adds(picture) == 422  # it is there already
    assert lan.adds(b"<html><script>alert(1)</script>", "x.pdf") == 422
    assert lan.adds(b"%PDF-" + bytes(8 << 20)) == 413
    assert lan.adds(b"%PDF-1.4 other", csrf="wrong") == 403
    page = lan.page()
    assert "giải trình.pdf" in page
    assert ".. .. anh &lt;b&gt;.jpg" in page
    href = re.findall(r'href="(/cases/1/files/[0-9a-f]{64})"', page)[0]
    answer = lan.visitor.get(lan.url + href, timeout=30)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content in (b"%PDF-1.7 giai trinh", picture)


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999"])
def test_a_case_that_cannot_be_is_no_server_error(lan: Clerk, number: str) -> None:
    for answer in (
        lan.visitor.get(f"{lan.url}/cases/{number}", timeout=30),
        lan.post(f"/cases/{number}/acts", do="commented", text="?"),
    ):
        assert answer.status_code == 422
    assert lan.visitor.get(f"{lan.url}/cases/77", timeout=30).status_code == 404
    lan.opens(1)
    assert lan.does("opened") == 400
    assert lan.does("attached", text="x") == 400
    assert lan.does("joined", device="nobody", event_id="nothing") == 404


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later(station: Station, clock: Clock) -> Iterator[str]:
    with serving.running(make_app(station, now=clock), serving.listen("127.0.0.1", 0)) as address:
        yield address


def test_the_queue_warns_before_the_time_of_verification_runs_out(
    lan: Clerk, later: str, clock: Clock, station: Station
) -> None:
    lan.opens(1)
    lan.does("moved", stage="verification")
    clerk = Clerk(later, station, Role.INSPECTOR, "lan")
    assert "HS-2026-0001" not in clerk.page("/queue")
    for days, said in ((24, "6 days of verification left"), (31, "verification 1 days overdue")):
        clock.now = NOW + timedelta(days=days)
        clerk = Clerk(later, station, Role.INSPECTOR, "lan")
        with station.store.writing() as connection:
            connection.execute(
                sa.update(tables.sessions).values(
                    opened_utc="2099-01-01T00:00:00.000Z", seen_utc="2099-01-01T00:00:00.000Z"
                )
            )
        assert said in clerk.page("/queue")
        assert said in clerk.page("/cases")
    clerk.does("extended", text="nhiều phương tiện")
    assert "HS-2026-0001" not in clerk.page("/queue")
    assert "29 days of verification left" in clerk.page("/cases")


# ── in a browser ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.browser
def test_a_case_is_opened_and_led_in_a_browser(boat: Boat, tmp_path: Path) -> None:
    scene.play(boat)
    event = f"{boat.url}/events/barge-1/voyage:invented-evening.1"
    with looking(event, visitor=boat.visitor) as seen:
        page = seen.page
        page.get_by_role("button", name="Mở hồ sơ mới").click()
        page.wait_for_url("**/cases/1")
        expect(page.locator("h1")).to_have_text("HS-2026-0001")
        page.get_by_role("button", name="Chuyển giai đoạn").click()
        expect(page.locator(".heading .badge")).to_have_text("còn 30 ngày xác minh")
        file = tmp_path / "giải trình.pdf"
        file.write_bytes(b"%PDF-1.7 giai trinh")
        page.locator("#attach input").set_input_files(file)
        page.get_by_role("button", name="Thêm", exact=True).click()
        expect(page.get_by_role("region", name="Tài liệu kèm theo").locator(".papers a")).to_have_text(
            "giải trình.pdf"
        )
        expect(page.locator(".suggested")).to_contain_text("120.000.000 đồng đối với tổ chức")
        assert seen.errors == []
        assert seen.foreign == []
    for viewport, scheme in ((DESK, "light"), (PHONE, "dark")):
        for path in ("/cases", "/cases/1"):
            with looking(
                boat.url + path, viewport, "dark" if scheme == "dark" else "light", boat.visitor
            ) as seen:
                assert seen.page.evaluate("document.documentElement.scrollWidth") <= viewport[0]
                assert serious(seen.page) == []
                seen.page.screenshot(path=tmp_path / f"{path.replace('/', '-')}-{scheme}.png", full_page=True)
