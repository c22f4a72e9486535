"""People at the station: who gets in, for how long, and who may open what."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from typer.testing import CliRunner

from ashore import scene
from ashore.boat import NOW, Boat
from ashore.visitors import account, csrf_of, signed_in
from station import accounts, serving, tables
from station.access import BOXES, EVERYONE, RULES
from station.accounts import Role
from station.app import Station, make_app, open_station
from station.cli import app as command_line

pytestmark = pytest.mark.both_databases

GOOD = "song hau inspector"


class Clock:
    """The station's clock in the hands of the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(station: Station, clock: Clock) -> Iterator[str]:
    """The address of a station whose clock the test moves, with one inspector."""
    account(station, Role.INSPECTOR)
    with serving.running(make_app(station, now=clock), serving.listen("127.0.0.1", 0)) as address:
        yield address


def log_in(url: str, password: str = GOOD, name: str = "inspector", **more: str) -> requests.Response:
    return requests.post(
        url + "/login", data={"name": name, "password": password, **more}, timeout=30, allow_redirects=False
    )


# ── every route and every role ────────────────────────────────────────────────────────────────────────

VALUES = {
    "{device}": "barge-1",
    "{event_id}": "voyage:invented-evening.1",
    "{sha256:path}": "ab" * 32,
    "{sha256}": "ab" * 32,
    "{name}": "reader",
    "{file}": "events.csv",
    "{collection}": "events",
    "{feature}": "barge-1~voyage:invented-evening.1",
    "{number}": "1",
    "{offset}": "0",
}


def filled(path: str) -> str:
    for name, value in VALUES.items():
        path = path.replace(name, value)
    assert "{" not in path, f"give {path} a value in VALUES"
    return path


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_every_route_opens_for_whom_its_rule_names_and_for_nobody_else(
    boat: Boat, station: Station, role: Role | None
) -> None:
    """`make_app` refuses to start with a route that has no rule, so RULES is every route there is."""
    scene.play(boat)
    visitor = requests.Session() if role is None else signed_in(station, role)
    csrf = "" if role is None else csrf_of(station, visitor)
    for (method, path), allowed in RULES.items():
        if path == "/logout":
            continue  # it would end the session of the test
        answer = visitor.request(
            method,
            boat.url + filled(path),
            data={"csrf": csrf} if method == "POST" else None,
            headers={"X-CSRF": csrf} if method == "POST" else None,
            timeout=30,
            allow_redirects=False,
        )
        refused = answer.status_code in (401, 403) or answer.headers.get("Location", "").startswith("/login?")
        if allowed == BOXES:
            assert answer.status_code == 401, (method, path)  # no person's session opens what is for boxes
        elif allowed == EVERYONE:
            assert answer.status_code != 403, (method, path)
        else:
            assert refused == (role not in allowed), (method, path, answer.status_code)


def test_a_route_without_a_rule_stops_the_station_at_start(station: Station) -> None:
    application = make_app(station)
    application.add_api_route("/new", lambda: None)
    from station.access import check_routes  # noqa: PLC0415 - beside its only use

    with pytest.raises(RuntimeError, match="/new"):
        check_routes(application.routes)


# ── signing in ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_asked_for_comes_after_signing_in(door: str) -> None:
    first = requests.get(door + "/?device=barge-1", timeout=30, allow_redirects=False)
    assert first.headers["Location"] == "/login?next=%2F%3Fdevice%3Dbarge-1"
    answer = log_in(door, next="/?device=barge-1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?device=barge-1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "x"])
def test_nobody_is_sent_elsewhere_after_signing_in(door: str, address: str) -> None:
    assert log_in(door, next=address).headers["Location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("inspector", "wrong"), ("nobody", GOOD), ("", "")])
def test_wrong_name_and_wrong_password_get_the_same_answer(door: str, name: str, password: str) -> None:
    answer = log_in(door, password, name)
    assert answer.status_code == 401
    assert "Sai tên đăng nhập hoặc mật khẩu" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(
    door: str, clock: Clock
) -> None:
    for _ in range(5):
        assert log_in(door, "wrong").status_code == 401
    assert log_in(door).status_code == 429
    clock.now += timedelta(minutes=16)
    assert log_in(door).status_code == 303


def test_who_signs_in_rightly_is_never_slowed_down(door: str) -> None:
    assert [log_in(door).status_code for _ in range(7)] == [303] * 7


def test_many_names_from_one_address_are_limited_too(door: str) -> None:
    answers = [log_in(door, "wrong", f"name{number}").status_code for number in range(21)]
    assert answers == [401] * 20 + [429]


def test_attempts_are_kept_and_cannot_be_changed_or_deleted(door: str, station: Station) -> None:
    log_in(door, "wrong")
    log_in(door)
    with station.store.reading() as connection:
        column = tables.attempts.c
        rows = connection.execute(sa.select(column.name, column.address, column.succeeded)).all()
    assert [tuple(row) for row in rows] == [("inspector", "127.0.0.1", ok) for ok in (False, False, True)]
    for table in (tables.attempts, tables.account_changes):
        first = sa.select(sa.func.min(table.c.number)).scalar_subquery()
        for statement in (
            sa.update(table).values(utc="2000-01-01T00:00:00.000Z"),
            sa.delete(table).where(table.c.number == first),
        ):
            with pytest.raises(sa.exc.IntegrityError, match="only grows"), station.store.writing() as writing:
                writing.execute(statement)


# ── sessions ──────────────────────────────────────────────────────────────────────────────────────────


def opens(url: str, visitor: requests.Session) -> bool:
    return visitor.get(url + "/devices", timeout=30, allow_redirects=False).status_code == 200


def test_a_session_ends_an_hour_after_the_last_page(door: str, station: Station, clock: Clock) -> None:
    visitor = signed_in(station, Role.INSPECTOR)
    clock.now += timedelta(minutes=59)
    assert opens(door, visitor)
    clock.now += timedelta(minutes=59)
    assert opens(door, visitor)
    clock.now += timedelta(minutes=61)
    assert not opens(door, visitor)


def test_a_session_ends_after_twelve_hours_however_busy(door: str, station: Station, clock: Clock) -> None:
    visitor = signed_in(station, Role.INSPECTOR)
    for _ in range(23):
        clock.now += timedelta(minutes=30)
        assert opens(door, visitor)
    clock.now += timedelta(minutes=31)
    assert not opens(door, visitor)


def test_a_page_left_open_does_not_keep_its_session_alive(door: str, station: Station, clock: Clock) -> None:
    visitor = signed_in(station, Role.INSPECTOR)
    for _ in range(7):
        clock.now += timedelta(minutes=10)
        answer = visitor.get(door + "/api/events", timeout=30)
    assert answer.status_code == 401


def test_signing_out_ends_the_session_on_the_station_too(boat: Boat, station: Station) -> None:
    kept = boat.visitor.cookies["session"]
    answer = boat.visitor.post(
        boat.url + "/logout",
        data={"csrf": csrf_of(station, boat.visitor)},
        timeout=30,
        allow_redirects=False,
    )
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    stolen = requests.get(boat.url + "/", cookies={"session": kept}, timeout=30, allow_redirects=False)
    assert stolen.status_code == 303


def test_what_changes_something_needs_the_word_of_the_page_and_comes_from_here(
    boat: Boat, station: Station
) -> None:
    csrf = csrf_of(station, boat.visitor)
    form = {"name": "moi", "role": "inspector"}

    def post(data: dict[str, str], **headers: str) -> int:
        return boat.visitor.post(boat.url + "/accounts", data=data, headers=headers, timeout=30).status_code

    assert post(form) == 403
    assert post(form | {"csrf": "guessed"}) == 403
    assert post(form | {"csrf": csrf}, Origin="https://evil.example") == 403
    assert post(form | {"csrf": csrf}, Origin=boat.url) == 200


def test_a_form_is_read_up_to_its_limit_and_in_one_form_only(door: str) -> None:
    long = requests.post(door + "/login", data={"name": "x" * 70_000}, timeout=30)
    assert long.status_code == 413
    assert requests.post(door + "/login", json={"name": "x"}, timeout=30).status_code == 415


# ── passwords and accounts ────────────────────────────────────────────────────────────────────────────


def change(url: str, station: Station, visitor: requests.Session, **form: str) -> requests.Response:
    form["csrf"] = csrf_of(station, visitor)
    return visitor.post(url + "/password", data=form, timeout=30, allow_redirects=False)


def test_a_given_password_opens_nothing_until_another_is_chosen(door: str, station: Station) -> None:
    with station.store.writing() as connection:
        given = accounts.add(connection, "moi", Role.INSPECTOR, "Người Mới", "", NOW)
    visitor = requests.Session()
    visitor.post(door + "/login", data={"name": "moi", "password": given}, timeout=30)
    answer = visitor.get(door + "/", timeout=30, allow_redirects=False)
    assert answer.headers["Location"] == "/password"
    for new, again in (("ngắn", "ngắn"), ("moi", "moi"), ("phù sa sông Hậu", "phù sa sông Tiền")):
        assert change(door, station, visitor, old=given, new=new, again=again).status_code == 422
    chosen = "phù sa sông Hậu"
    assert change(door, station, visitor, old="wrong", new=chosen, again=chosen).status_code == 422
    assert change(door, station, visitor, old=given, new=chosen, again=chosen).status_code == 303
    assert visitor.get(door + "/", timeout=30, allow_redirects=False).status_code == 200
    assert log_in(door, given, "moi").status_code == 401
    assert log_in(door, chosen, "moi").status_code == 303


def test_choosing_a_password_signs_out_everywhere_else(door: str, station: Station) -> None:
    here = signed_in(station, Role.INSPECTOR)
    there = signed_in(station, Role.INSPECTOR, name="inspector")
    here = signed_in(station, Role.INSPECTOR)  # `signed_in` chooses a password itself: `there` is out
    assert not opens(door, there)
    assert opens(door, here)


def test_a_supervisor_adds_demotes_and_closes_accounts(boat: Boat, station: Station) -> None:
    def post(path: str, **form: str) -> requests.Response:
        form["csrf"] = csrf_of(station, boat.visitor)
        return boat.visitor.post(boat.url + path, data=form, timeout=30)

    added = post("/accounts?lang=en", name="Lan", full_name="Nguyễn Thị Lan", role="inspector")
    password = re.search(r"<code>([a-z0-9-]{23})</code>", added.text)
    assert password is not None
    assert post("/accounts", name="lan", role="inspector").status_code == 422
    assert post("/accounts", name="lan", role="king").status_code == 400
    assert log_in(boat.url, password.group(1), "lan").status_code == 303
    lan = signed_in(station, Role.INSPECTOR, name="lan")
    assert lan.get(boat.url + "/", timeout=30).status_code == 200
    post("/accounts/lan", do="role", role="technician")
    assert lan.get(boat.url + "/", timeout=30).status_code == 403
    post("/accounts/lan", do="close")
    assert not opens(boat.url, lan)
    assert log_in(boat.url, "song hau lan", "lan").status_code == 401
    post("/accounts/lan", do="open")
    assert log_in(boat.url, "song hau lan", "lan").status_code == 303
    assert post("/accounts/supervisor", do="close").status_code == 403
    assert post("/accounts/nobody", do="close").status_code == 404
    with station.store.reading() as connection:
        column = tables.account_changes.c
        changes = connection.execute(sa.select(column.change).where(column.by == "supervisor")).scalars()
        assert [change for change in changes if change != "password"] == ["added", "role", "closed", "opened"]


def test_passwords_are_stored_as_argon2id_and_tokens_as_digests(station: Station) -> None:
    visitor = signed_in(station)
    with station.store.reading() as connection:
        stored = connection.execute(sa.select(tables.accounts.c.password_hash)).scalar_one()
        tokens = connection.execute(sa.select(tables.sessions.c.token_sha256)).scalars().all()
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert visitor.cookies["session"] not in tokens


def test_the_command_line_makes_the_first_account_and_helps_who_forgot(tmp_path: Path) -> None:
    folder = ["--folder", str(tmp_path)]

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command_line, ["account", *arguments, *folder])
        assert done.exit_code == 0, done.output
        return done.output

    assert "There is no account" in run("list")
    assert "Password of lan, shown once: " in run("add", "lan", "--role", "supervisor", "--full-name", "Lan")
    assert run("list") == "lan  supervisor  Lan\n"
    first = run("password", "lan").splitlines()[0].rpartition(" ")[2]
    run("role", "lan", "--role", "inspector")
    run("close", "lan")
    assert run("list") == "lan  inspector  Lan  closed\n"
    assert len(first) == 23


def test_a_database_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    open_station(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'station.sqlite'}")
    with engine.begin() as connection:
        for table in ("account_changes", "attempts", "sessions", "accounts"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("UPDATE station_schema SET version = 1"))
    engine.dispose()
    station = open_station(tmp_path)
    try:
        assert signed_in(station, Role.READER).cookies["session"]
    finally:
        station.close()
