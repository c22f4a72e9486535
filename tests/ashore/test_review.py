"""What inspectors decide: how acts add up, how the queue stands, and that nothing is ever overwritten."""

import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import sqlalchemy as sa

import builders
from agent.types import Event, FindingKind, Happening, Verdict
from ashore.boat import Boat
from ashore.visitors import csrf_of, signed_in
from station import tables
from station.accounts import Role
from station.app import Station
from station.ruling import Act, ActKind, Ruling, State, last_own, standing
from station.weight import weight_of

pytestmark = pytest.mark.both_databases

# ── how acts add up ───────────────────────────────────────────────────────────────────────────────────

LAN, MINH, CHIEF = (1, Role.INSPECTOR), (2, Role.INSPECTOR), (3, Role.SUPERVISOR)


class Log:
    """Acts, one after the other."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    def add(self, who: tuple[int, Role], kind: ActKind, ruling: Ruling | None = None, **other: Any) -> "Log":
        account, role = who
        values: dict[str, Any] = {
            "number": len(self.acts) + 1,
            "utc": "2026-11-20T11:00:00.000Z",
            "account": account,
            "name": f"person {account}",
            "role": role,
            "address": "127.0.0.1",
            "kind": kind,
            "ruling": ruling,
            "reason": None,
            "text": "",
            "assignee": None,
            "assignee_name": None,
            "undoes": None,
            "weight": 5,
        }
        self.acts.append(Act(**{**values, **other}))
        return self

    def rules(self, who: tuple[int, Role], ruling: Ruling, **other: Any) -> "Log":
        return self.add(who, ActKind.RULED, ruling, **other)

    def state(self, weight: int = 5) -> State:
        return standing(self.acts, weight).state


def test_an_event_nobody_looked_at_waits_if_something_is_suspected() -> None:
    assert (Log().state(5), Log().state(0)) == (State.NEW, State.CLEAR)


@pytest.mark.parametrize(
    ("ruling", "state"),
    [
        (Ruling.CONFIRMED, State.CONFIRMED),
        (Ruling.NO_BREACH, State.NO_BREACH),
        (Ruling.FALSE_ALARM, State.FALSE_ALARM),
        (Ruling.CHECK, State.CHECKING),
    ],
)
def test_the_last_ruling_stands(ruling: Ruling, state: State) -> None:
    assert Log().rules(LAN, Ruling.CHECK).rules(LAN, ruling).state() is state


def test_an_undo_brings_back_what_stood_before() -> None:
    log = Log().rules(LAN, Ruling.CHECK).rules(LAN, Ruling.CONFIRMED)
    log.add(LAN, ActKind.UNDONE, undoes=2)
    assert log.state() is State.CHECKING
    log.add(LAN, ActKind.UNDONE, undoes=1)
    assert log.state() is State.NEW


def test_only_the_own_last_act_can_be_taken_back_and_a_comment_never() -> None:
    log = Log().rules(LAN, Ruling.CONFIRMED).rules(MINH, Ruling.CHECK).add(LAN, ActKind.COMMENTED)
    own = last_own(log.acts, 1)
    assert own is not None
    assert own.number == 1
    assert last_own(log.acts, 3) is None


def test_a_second_opinion_waits_for_somebody_else() -> None:
    log = Log().rules(LAN, Ruling.CONFIRMED).add(LAN, ActKind.SECOND_ASKED)
    assert log.state() is State.SECOND
    assert log.rules(LAN, Ruling.CONFIRMED).state() is State.SECOND
    assert log.rules(MINH, Ruling.CONFIRMED).state() is State.CONFIRMED


def test_two_opinions_that_differ_wait_for_a_supervisor() -> None:
    log = Log().rules(LAN, Ruling.CONFIRMED).add(LAN, ActKind.SECOND_ASKED).rules(MINH, Ruling.FALSE_ALARM)
    assert log.state() is State.DISPUTED
    assert log.rules(LAN, Ruling.FALSE_ALARM).state() is State.DISPUTED
    assert log.rules(CHIEF, Ruling.CONFIRMED).state() is State.CONFIRMED


def test_a_ruling_does_not_cover_what_became_graver_afterwards() -> None:
    log = Log().rules(LAN, Ruling.NO_BREACH, weight=5)
    assert log.state(5) is State.NO_BREACH
    assert log.state(6) is State.CHANGED
    assert log.state(2) is State.NO_BREACH


NEAR = builders.finding(value=12.0, error=5.0)  # less than three times its error


def test_suspicions_weigh_more_the_surer_and_the_more_they_are() -> None:
    near, far = NEAR, builders.finding(value=66.0, error=5.0)
    hours = builders.finding(kind=FindingKind.OUTSIDE_HOURS, value=None, error=None)
    unsure = builders.finding(verdict=Verdict.UNDETERMINED)

    def weight(*findings: Any, **other: Any) -> int:
        return weight_of(builders.event(findings=findings, **other))

    assert weight(near) < weight(far) < weight(far, hours)
    assert weight(unsure) < weight(near)
    assert weight(unsure, happening=Happening.SIGHT) < weight(unsure)
    assert weight(builders.finding(verdict=Verdict.PERMITTED)) == weight() == 0


# ── at the station ────────────────────────────────────────────────────────────────────────────────────


def numbered(number: int, **other: Any) -> Event:
    at = builders.stamp(60 * number)
    return builders.event(event_id=f"voyage:test.{number}", opened=at, updated=at, evidence=(), **other)


class Inspector:
    """A person who acts on events of `barge-1` as her pages would."""

    def __init__(self, boat: Boat, station: Station, role: Role = Role.INSPECTOR, name: str = "lan") -> None:
        self.boat = boat
        self.visitor: requests.Session = signed_in(station, role, name)
        self.csrf = csrf_of(station, self.visitor)

    def acts(self, number: int, do: str, **form: str) -> int:
        form = {"csrf": self.csrf, "token": secrets.token_hex(8), "do": do, **form}
        address = f"{self.boat.url}/events/barge-1/voyage:test.{number}/acts"
        headers = {"Accept": "application/json"}
        return self.visitor.post(address, data=form, headers=headers, timeout=30).status_code

    def rules(self, number: int, ruling: str, reason: str, **form: str) -> int:
        return self.acts(number, "ruled", ruling=ruling, **{f"reason_{ruling}": reason}, **form)

    def queue(self, order: str = "queue", **query: str) -> list[str]:
        """Numbers of the events of a list."""
        asked = {"order": order, **({"state": "waiting"} if order == "queue" else {}), **query}
        answer = self.visitor.get(self.boat.url + "/api/events", params=asked, timeout=30)
        assert answer.status_code == 200, answer.text
        return [row["key"].rpartition(".")[2] for row in answer.json()["rows"]]

    def page(self, number: int) -> str:
        address = f"{self.boat.url}/events/barge-1/voyage:test.{number}"
        return self.visitor.get(address, params={"lang": "en"}, timeout=30).text


@pytest.fixture
def lan(boat: Boat, station: Station) -> Inspector:
    return Inspector(boat, station)


def test_the_queue_is_heaviest_first_and_then_oldest_first(boat: Boat, lan: Inspector) -> None:
    far = builders.finding(value=66.0, error=5.0)
    boat.happens(numbered(1, findings=(builders.finding(verdict=Verdict.UNDETERMINED),)))
    boat.happens(numbered(2, findings=(NEAR,)))
    boat.happens(numbered(3, findings=(far,)))
    boat.happens(numbered(4, findings=(far,)))
    boat.happens(numbered(5, findings=(builders.finding(verdict=Verdict.PERMITTED),)))
    boat.send()
    assert lan.queue() == ["3", "4", "2", "1"]


def test_a_ruling_takes_an_event_out_of_the_queue_and_an_undo_brings_it_back(
    boat: Boat, lan: Inspector
) -> None:
    boat.happens(numbered(1))
    boat.happens(numbered(2))
    boat.send()
    assert lan.rules(1, "no_breach", "repair", text="Neo để sửa máy") == 200
    assert lan.queue() == ["2"]
    assert lan.queue(state="no_breach") == ["1"]
    page = lan.page(1)
    for said in ("Nothing wrong", "repair or mooring", "Neo để sửa máy", "Lan (Inspector)", "127.0.0.1"):
        assert said in page
    assert lan.acts(1, "undone") == 200
    assert lan.queue() == ["1", "2"]
    assert "taken back" in lan.page(1)
    assert lan.acts(1, "undone") == 422


def test_an_act_sent_twice_is_one_act(boat: Boat, station: Station, lan: Inspector) -> None:
    boat.happens(numbered(1))
    boat.send()
    for _ in range(2):
        assert lan.acts(1, "commented", text="một lần", token="the-same-token") == 200
    with station.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.acts)).scalar_one() == 1


def test_acts_cannot_be_changed_or_deleted_in_the_database(
    boat: Boat, station: Station, lan: Inspector
) -> None:
    boat.happens(numbered(1))
    boat.send()
    lan.rules(1, "confirmed", "measured")
    for statement in (sa.update(tables.acts).values(ruling="false_alarm"), sa.delete(tables.acts)):
        with pytest.raises(sa.exc.IntegrityError, match="only grows"), station.store.writing() as connection:
            connection.execute(statement)


@pytest.mark.parametrize(
    "form",
    [
        {"do": "ruled"},
        {"do": "ruled", "ruling": "guilty", "reason_guilty": "seen"},
        {"do": "ruled", "ruling": "confirmed", "reason_confirmed": "repair"},
        {"do": "ruled", "ruling": "confirmed"},
        {"do": "commented", "text": "   "},
        {"do": "commented", "text": "x" * 4001},
        {"do": "commented", "text": "x", "token": "short"},
        {"do": "assigned", "assignee": "one"},
        {"do": "forgotten"},
    ],
)
def test_an_act_without_sense_is_refused_and_leaves_nothing(
    boat: Boat, station: Station, lan: Inspector, form: dict[str, str]
) -> None:
    boat.happens(numbered(1))
    boat.send()
    assert lan.acts(1, **form) == 422
    with station.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.acts)).scalar_one() == 0


@pytest.mark.parametrize(
    "path", ["/events/barge-1/%00", "/events/%00/1", "/api/events/%00/%00/map", "/queue?before=AAAA"]
)
def test_an_address_that_nothing_can_have_is_the_callers_fault(lan: Inspector, path: str) -> None:
    assert lan.visitor.get(lan.boat.url + path, timeout=30).status_code in {400, 404}


def test_an_act_on_an_event_that_is_not_there_is_not_found(lan: Inspector) -> None:
    assert lan.acts(7, "commented", text="x") == 404


def test_an_inspector_takes_work_and_only_a_supervisor_gives_it(
    boat: Boat, station: Station, lan: Inspector
) -> None:
    boat.happens(numbered(1))
    boat.send()
    chief = Inspector(boat, station, Role.SUPERVISOR, "chief")
    reader = signed_in(station, Role.READER)
    with station.store.reading() as connection:
        rows = connection.execute(sa.select(tables.accounts.c.name, tables.accounts.c.number))
        numbers = {row.name: row.number for row in rows}
    assert reader.cookies
    assert lan.acts(1, "assigned", assignee=str(numbers["chief"])) == 422
    assert lan.acts(1, "assigned", assignee=str(numbers["lan"])) == 200
    assert lan.queue(assignee=str(numbers["lan"])) == ["1"]
    assert chief.acts(1, "assigned", assignee=str(numbers["read-only"])) == 422
    assert chief.acts(1, "assigned", assignee=str(numbers["chief"])) == 200
    assert lan.queue(assignee=str(numbers["lan"])) == []


def test_what_became_graver_after_a_ruling_comes_back(boat: Boat, lan: Inspector) -> None:
    boat.happens(numbered(1, findings=(NEAR,)))
    boat.send()
    lan.rules(1, "no_breach", "passing")
    assert lan.queue() == []
    boat.happens(numbered(1, findings=(builders.finding(value=300.0, error=5.0),)))
    boat.send()
    assert lan.queue() == ["1"]
    assert "graver since the ruling" in lan.page(1)


def test_filters_choose_by_kind_licence_vessel_period_and_place(boat: Boat, lan: Inspector) -> None:
    boat.write("config.applied", {"own_vessel": {"hull_number": "CT-00001"}})
    boat.happens(numbered(1))
    boat.write("config.applied", {"own_vessel": {"hull_number": "CT-00002"}})
    boat.happens(numbered(2, findings=(builders.finding(kind=FindingKind.WRONG_MINE, licence="02/GP"),)))
    boat.happens(numbered(3, fix=builders.fix(lat_deg=9.8, lon_deg=106.0)))
    boat.send()
    assert lan.queue(kind="wrong_mine") == ["2"]
    assert lan.queue(licence="02/GP") == ["2"]
    assert lan.queue(vessel="CT-00001") == ["1"]
    assert lan.queue(box="105.9,9.7,106.1,9.9") == ["3"]
    assert lan.queue(since="2026-11-20", until="2026-11-20") == ["1", "2", "3"]
    assert lan.queue(until="2026-11-19") == []
    assert lan.queue(vessel="CT-00002", kind="outside_area", licence="VÍ DỤ-01/GP") == ["3"]


@pytest.mark.parametrize(
    "query",
    [
        "kind=theft",
        "state=guilty",
        "since=yesterday",
        "box=1,2,3",
        "box=a,b,c,d",
        "assignee=x",
        "assignee=99999999999999999999",
        "vessel=%00",
        "vessel=" + "x" * 201,
    ],
)
def test_a_filter_that_cannot_be_is_a_wrong_address(boat: Boat, query: str) -> None:
    assert boat.page(f"/queue?{query}").status_code == 400


def test_the_way_leads_through_the_queue_with_its_filters_and_past_what_was_ruled(
    boat: Boat, lan: Inspector
) -> None:
    for number in range(1, 5):
        findings = (builders.finding(kind=FindingKind.WRONG_MINE),) if number == 3 else (builders.finding(),)
        boat.happens(numbered(number, findings=findings))
    boat.send()
    first = lan.visitor.get(boat.url + "/review?kind=outside_area", timeout=30)
    assert first.url.endswith("/events/barge-1/voyage:test.1?kind=outside_area&order=queue")
    assert 'rel="next" href="/events/barge-1/voyage:test.2?kind=outside_area&amp;order=queue"' in first.text
    lan.rules(2, "confirmed", "seen")
    again = lan.visitor.get(first.url, timeout=30).text
    assert 'rel="next" href="/events/barge-1/voyage:test.4?kind=outside_area&amp;order=queue"' in again
    ruled = lan.visitor.get(boat.url + "/events/barge-1/voyage:test.2?order=queue", timeout=30).text
    assert 'rel="prev" href="/events/barge-1/voyage:test.1?order=queue"' in ruled
    assert 'rel="next" href="/events/barge-1/voyage:test.3?order=queue"' in ruled


def test_pages_of_the_queue_have_no_gap(boat: Boat, lan: Inspector) -> None:
    for number in range(1, 121):
        findings = (builders.finding(verdict=(Verdict.BREACH, Verdict.UNDETERMINED)[number % 2]),)
        boat.happens(numbered(number, findings=findings))
    boat.send()
    seen: list[str] = []
    query = {"order": "queue", "state": "waiting"}
    while True:
        answer = lan.visitor.get(boat.url + "/api/events", params=query, timeout=30).json()
        seen += [row["key"].rpartition(".")[2] for row in answer["rows"]]
        if answer["after"] is None:
            break
        query["before"] = answer["after"]
    assert seen == [str(number) for number in [*range(2, 121, 2), *range(1, 121, 2)]]


def test_without_a_script_a_form_does_the_same_and_goes_on(
    boat: Boat, station: Station, lan: Inspector
) -> None:
    boat.happens(numbered(1))
    boat.send()
    form = {
        "csrf": lan.csrf,
        "token": "a-token-of-a-page",
        "do": "ruled",
        "ruling": "false_alarm",
        "reason_false_alarm": "bad_picture",
        "next": "/queue",
    }
    address = boat.url + "/events/barge-1/voyage:test.1/acts"
    answer = lan.visitor.post(address, data=form, timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queue")
    assert lan.queue() == []


def test_a_ruling_never_says_that_the_law_was_broken(boat: Boat, lan: Inspector) -> None:
    boat.happens(numbered(1))
    boat.send()
    lan.rules(1, "confirmed", "seen_and_measured")
    text = lan.visitor.get(boat.url + "/events/barge-1/voyage:test.1?lang=vi", timeout=30).text
    assert "Xác nhận nghi vấn" in text
    assert "vi phạm" not in text.replace("nghi vấn vi phạm", "")


def test_an_event_dated_later_moves_in_the_queue_too(boat: Boat, lan: Inspector, station: Station) -> None:
    """Its box learns the time after it was opened; the queue's order follows."""
    from agent.types import ClockQuality  # noqa: PLC0415 - beside its only use

    boat.happens(numbered(5))
    unknown = builders.stamp(60, ClockQuality.NONE)
    boat.happens(builders.event(event_id="voyage:test.1", opened=unknown, updated=unknown, evidence=()))
    boat.send()
    assert lan.queue() == ["5", "1"]
    known = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    boat.write(
        "time.anchor",
        {
            "mono_ns": str(60 * builders.SECOND),
            "utc": known.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "source": "gnss",
        },
    )
    boat.send()
    assert lan.queue() == ["1", "5"]
