"""Every way a station or somebody in between can answer has a defined outcome, and none deletes evidence (9.12)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.outbox.progress import Outcome
from agent.outbox.shore_http import HttpShore, Patience
from agent.outbox.upload import Uploader
from outbox.loopback_station import Fault, LoopbackStation
from outbox.outbox_builders import DEVICE, DEVICE_KEY, STATION_KEY, StoppedClock, keep_event
from outbox.upload_boat import Boat

QUICK = Patience(send_s=0.5, answer_s=0.5, whole_answer_s=0.8, unacknowledged_s=0.5)
# What is listed in 9.12: the station's own words where it has one for the status, then what is no answer at all.
LISTED: list[tuple[str, Fault, Outcome]] = [
    ("400", ("refuse", 400, "malformed", {}), Outcome.MALFORMED),
    ("401", ("refuse", 401, "signature", {}), Outcome.SIGNATURE),
    ("403", ("refuse", 403, "not_enrolled", {}), Outcome.NOT_ENROLLED),
    ("404", ("refuse", 404, "not_named", {}), Outcome.NOT_NAMED),
    ("409", ("refuse", 409, "offset", {"offset": 0}), Outcome.OFFSET),
    ("410", ("refuse", 410, "gone", {}), Outcome.REFUSED),
    ("412", ("refuse", 412, "precondition", {}), Outcome.REFUSED),
    ("413", ("refuse", 413, "too_large", {}), Outcome.TOO_LARGE),
    ("423", ("refuse", 423, "locked", {}), Outcome.LATER),
    ("429", ("refuse", 429, "slow_down", {}), Outcome.LATER),
    ("460", ("refuse", 460, "checksum", {}), Outcome.REFUSED),
    ("500", ("refuse", 500, "station", {}), Outcome.UNREACHABLE),
    ("502", ("page", 502, "", {}), Outcome.UNREACHABLE),
    ("503", ("refuse", 503, "station", {}), Outcome.UNREACHABLE),
    ("half-open", "silent", Outcome.UNREACHABLE),
    ("slow-loris", "dripping", Outcome.UNREACHABLE),
    ("captive portal", "html", Outcome.UNREACHABLE),
]
NAMES = [name for name, _, _ in LISTED]
CASES = [(fault, outcome) for _, fault, outcome in LISTED]


@pytest.fixture
def boat(tmp_path: Path) -> Iterator[Boat]:
    with LoopbackStation() as station:
        boat = Boat(tmp_path / "box", station)
        boat.shore.close()
        boat.shore = HttpShore(station.url, DEVICE, DEVICE_KEY, StoppedClock(), patience=QUICK)
        boat.uploader = Uploader(
            boat.store, boat.shore, STATION_KEY.public_key(), DEVICE, seed=1, mono_s=boat.hours
        )
        yield boat
        boat.stop()


def test_all_seventeen_are_here() -> None:
    assert len(LISTED) == 17


@pytest.mark.parametrize(("fault", "outcome"), CASES, ids=NAMES)
def test_records_keep_and_go_once_the_station_is_itself_again(
    boat: Boat, fault: Fault, outcome: Outcome
) -> None:
    still = boat.seal(b"a still")
    keep_event(boat.store, "e1", still)
    boat.station.faults.append(fault)
    assert boat.uploader.step().outcome is outcome
    assert boat.store.counts().pending_records == 1
    assert boat.path(still).exists()
    boat.outcomes()
    assert boat.arrived()


@pytest.mark.parametrize(("fault", "outcome"), CASES, ids=NAMES)
def test_evidence_keeps_and_goes_once_the_station_is_itself_again(
    boat: Boat, fault: Fault, outcome: Outcome
) -> None:
    still = boat.seal(b"a still")
    keep_event(boat.store, "e1", still)
    boat.uploader.step()
    boat.station.faults.extend(["", fault])
    assert boat.uploader.step().outcome is outcome
    assert boat.store.held_evidence() == ()
    assert boat.path(still).exists()
    boat.outcomes()
    assert boat.arrived()


def test_every_4xx_there_may_ever_be_keeps_everything(boat: Boat) -> None:
    """With words of the station and with a page of somebody in between."""
    still = boat.seal(b"a still")
    keep_event(boat.store, "e1", still)
    for status in range(400, 500):
        boat.station.faults.append(("refuse", status, "a_word_of_next_year", {}))
        expected = Outcome.LATER if status in (408, 423, 425, 429) else Outcome.REFUSED
        assert boat.uploader.step().outcome is expected, status
        boat.station.faults.append(("page", status, "", {}))
        assert boat.uploader.step().outcome is Outcome.UNREACHABLE, status
    assert (boat.store.counts().pending_records, boat.path(still).exists()) == (1, True)
    boat.outcomes()
    assert boat.arrived()
