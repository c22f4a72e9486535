"""What the link may cost: a day's budget, quiet hours, and what goes all the same."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from agent.outbox.allowance import KEEP_BYTES, Allowance, Quiet, Terms, default_interface
from agent.outbox.progress import Outcome
from agent.outbox.store import Store
from agent.types import ClockQuality
from outbox.loopback_station import LoopbackStation
from outbox.outbox_builders import DEVICE, NOON, fill, keep_event
from outbox.upload_boat import Boat

METERED = Terms(metered=("wwan*",), metered_bytes_a_day=1_000_000)


class SetClock:
    """A clock that a test sets."""

    def __init__(self, utc: datetime | None = NOON) -> None:
        self.now = utc
        self.ns = 0

    def mono_ns(self) -> int:
        return self.ns

    def utc(self) -> tuple[datetime | None, ClockQuality]:
        return self.now, ClockQuality.NONE if self.now is None else ClockQuality.NTP


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, DEVICE) as opened:
        yield opened


@pytest.fixture
def boat(tmp_path: Path) -> Iterator[Boat]:
    with LoopbackStation() as station:
        boat = Boat(tmp_path / "box", station)
        yield boat
        boat.stop()


def over(store: Store, terms: Terms, clock: SetClock, interface: str | None = "wwan0") -> Allowance:
    return Allowance(terms, store, clock, lambda: interface)


def test_budget_of_a_sim_ends_and_begins_again_at_midnight_on_the_river(store: Store) -> None:
    clock = SetClock(datetime(2026, 11, 23, 16, 59, tzinfo=UTC))
    allowance = over(store, METERED, clock)
    allowance.spend(999_999)
    assert allowance.waits_for() is None
    allowance.spend(1)
    assert allowance.waits_for() == "the day's 1 MB of the metered link are spent"
    clock.now = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert allowance.waits_for() is None


def test_budget_survives_a_restart(store: Store) -> None:
    allowance = over(store, METERED, SetClock())
    allowance.spend(2_000_000)
    assert over(store, METERED, SetClock()).waits_for() is not None


def test_power_cut_forgets_little_of_what_was_spent(store: Store) -> None:
    allowance = over(store, METERED, SetClock())
    for _ in range(1000):
        allowance.spend(1000)
    assert store.spent("2026-11-23", "metered") > 1_000_000 - KEEP_BYTES


def test_cable_at_the_quay_costs_nothing(store: Store) -> None:
    clock = SetClock()
    over(store, METERED, clock).spend(5_000_000)
    assert over(store, METERED, clock, "eth0").waits_for() is None
    assert over(store, METERED, clock, None).waits_for() is None


def test_bytes_are_counted_for_the_link_they_went_over(store: Store) -> None:
    name = ["wwan0"]
    allowance = Allowance(METERED, store, SetClock(), lambda: name[0])
    allowance.spend(100)
    name[0] = "eth0"
    allowance.spend(7)
    allowance.save()
    assert (store.spent("2026-11-23", "metered"), store.spent("2026-11-23", "free")) == (100, 7)


def test_without_a_clock_a_day_is_twenty_four_hours_of_the_run(store: Store) -> None:
    clock = SetClock(None)
    allowance = over(store, METERED, clock)
    allowance.spend(1_000_000)
    assert allowance.waits_for() is not None
    clock.ns = 24 * 3600 * 10**9
    assert allowance.waits_for() is None


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        (("22:00", "05:00"), "21:59", False),
        (("22:00", "05:00"), "22:00", True),
        (("22:00", "05:00"), "04:59", True),
        (("22:00", "05:00"), "05:00", False),
        (("12:00", "13:00"), "12:30", True),
        (("12:00", "13:00"), "13:00", False),
    ],
)
def test_quiet_hours_are_those_of_the_river(
    store: Store, hours: tuple[str, str], at: str, *, quiet: bool
) -> None:
    begins, ends = (time.fromisoformat(text) for text in hours)
    local = datetime.combine(NOON.date(), time.fromisoformat(at), UTC) - timedelta(hours=7)
    waits_for = over(store, Terms(quiet=Quiet(begins, ends)), SetClock(local)).waits_for()
    assert (waits_for is not None) is quiet


def test_without_a_clock_there_are_no_quiet_hours(store: Store) -> None:
    all_day = Terms(quiet=Quiet(time(0, 0), time(23, 59)))
    assert over(store, all_day, SetClock(None)).waits_for() is None


def test_terms_are_said_in_a_line() -> None:
    terms = Terms(("wwan*", "ppp*"), 200_000_000, None, Quiet(time(22), time(5)))
    assert str(terms) == "200 MB a day over wwan*, ppp*; no limit elsewhere; quiet hours 22:00-05:00"


def spent_out(boat: Boat) -> None:
    boat.allowance = Allowance(METERED, boat.store, SetClock(), lambda: "wwan0")
    boat.allowance.spend(1_000_000)
    boat.uploader._allowance = boat.allowance


def test_spent_budget_holds_back_routine_and_pictures_but_not_the_head(boat: Boat) -> None:
    spent_out(boat)
    fill(boat.store, 3)
    progress = boat.uploader.step()
    assert (progress.outcome, boat.station.log) == (Outcome.WAITS, [])
    assert len(boat.station.heads) == 1


def test_spent_budget_lets_a_new_event_through_with_what_stands_before_it(boat: Boat) -> None:
    spent_out(boat)
    fill(boat.store, 3)
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    fill(boat.store, 2)
    assert boat.uploader.step().outcome is Outcome.RECORDS
    assert boat.uploader.step().outcome is Outcome.WAITS
    assert boat.station.log == ["POST 1-4"]
    assert boat.store.counts().pending_evidence == 1


def test_waiting_is_said_once_and_not_once_a_second(boat: Boat, caplog: pytest.LogCaptureFixture) -> None:
    spent_out(boat)
    fill(boat.store, 3)
    with caplog.at_level(logging.WARNING):
        for _ in range(60):
            assert boat.uploader.step().outcome is Outcome.WAITS
    assert sum("are spent" in message for message in caplog.messages) == 1


def test_next_day_everything_goes(boat: Boat) -> None:
    spent_out(boat)
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    fill(boat.store, 2)
    boat.uploader.step()
    clock = SetClock(NOON + timedelta(days=1))
    boat.uploader._allowance = Allowance(METERED, boat.store, clock, lambda: "wwan0")
    boat.outcomes()
    assert boat.arrived()


ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wwan0\t00000000\t0100000A\t0003\t0\t0\t700\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""
V6 = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} 000000{{metric}} 00000001 00000000 00000003 {{name}}\n"


def test_interface_is_that_of_the_default_route_with_the_least_metric(tmp_path: Path) -> None:
    (tmp_path / "v4").write_text(ROUTES)
    (tmp_path / "v6").write_text(V6.format(metric="10", name="wwan0") + V6.format(metric="00", name="lo"))
    assert default_interface(tmp_path / "v4", tmp_path / "none") == "eth0"
    assert default_interface(tmp_path / "v4", tmp_path / "v6") == "wwan0"
    assert default_interface(tmp_path / "none", tmp_path / "none") is None
