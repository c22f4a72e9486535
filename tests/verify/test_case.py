"""A case is changed in one place, and the place is found and named."""

import json
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import builders
from agent.event import chain
from agent.verify import Report, verify_case
from ashore.boat import Boat, evidence
from station import tables
from station.app import Station, open_station
from station.case import export_case, verify_held
from station.ledger import accept, read_batch

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVENTS = 30


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return open_station(tmp_path / "station")


def filled(station: Station, events: int) -> Boat:
    """A boat whose events, each with a still, are held whole."""
    boat = Boat("").enrolled_at(station)
    boat.write("config.applied", {"version": "test"})
    for number in range(events):
        picture = f"picture {number}".encode() * 20
        file = evidence(picture)
        boat.happens(builders.event(event_id=f"e{number}", evidence=(file,)))
        if number % 3 == 0:
            boat.write("track", {"points": []})
        station.spool.append(file.sha256, 0, picture, last=True)
    for start in range(0, len(boat.records), 500):
        batch = [record.raw for record in boat.records[start : start + 500]]
        accept(station.store, boat.device, read_batch(batch, boat.device, boat.key.public_key()), NOW)
    mark_held(station)
    return boat


def mark_held(station: Station) -> None:
    with station.store.writing() as connection:
        connection.execute(tables.evidence.update().values(held=True))


def lines(case: Path) -> list[bytes]:
    return (case / "records.jsonl").read_bytes().splitlines()


def write(case: Path, raws: list[bytes]) -> None:
    (case / "records.jsonl").write_bytes(b"".join(raw + b"\n" for raw in raws))


def flip(data: bytes, chance: random.Random, first: int, last: int) -> bytes:
    at = chance.randrange(first, last)
    turned = data[at] ^ (1 << chance.randrange(8))
    return data[:at] + bytes((turned,)) + data[at + 1 :]


# Each change is made in one place and returns the words one of which a fault must contain.
Change = Callable[[Path, Boat, random.Random], tuple[str, ...]]


def in_event(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    raws = lines(case)
    at = chance.randrange(len(raws))
    spot = raws[at].index(b'"body"')
    changed = flip(raws[at], chance, spot, spot + 60)
    while b"\n" in changed or b"\r" in changed:  # then it would be two records
        changed = flip(raws[at], chance, spot, spot + 60)
    raws[at] = changed
    write(case, raws)
    return (f"record seq {at + 1} ",)


def in_signature(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    raws = lines(case)
    at = chance.randrange(len(raws))
    spot = raws[at].index(b'"sig":"') + 7
    letter = chance.choice([letter for letter in b"ABCDEFGH" if letter != raws[at][spot + 5]])
    raws[at] = raws[at][: spot + 5] + bytes((letter,)) + raws[at][spot + 6 :]
    write(case, raws)
    return (f"record seq {at + 1} ",)


def in_frame(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice(sorted((case / "evidence").iterdir()))
    path.write_bytes(flip(path.read_bytes(), chance, 0, path.stat().st_size))
    return (f"evidence {path.name}",)


def order(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    raws = lines(case)
    at = chance.randrange(len(raws) - 1)
    raws[at], raws[at + 1] = raws[at + 1], raws[at]
    write(case, raws)
    return (f"record seq {at + 1} ",)


def removal(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    raws = lines(case)
    at = chance.randrange(len(raws))
    del raws[at]
    write(case, raws)
    return (f"seq {at + 1} to {at + 1} are missing", f"record seq {at + 1}: the case ends there")


def insertion(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    raws = lines(case)
    at, again = chance.randrange(1, len(raws)), chance.randrange(len(raws))
    raws.insert(at, raws[again])
    write(case, raws)
    # A copy of a record right before itself: the second of the two is the repeated one.
    number = at + 2 if again == at else at + 1
    return (f"record seq {again + 1} (number {number} in the file)",)


def fork(case: Path, boat: Boat, chance: random.Random) -> tuple[str, ...]:
    """The owner of the key writes one record anew."""
    raws = lines(case)
    at = chance.randrange(len(raws))
    old = chance_record(raws, at)
    forger = chain.Chain(boat.device, "voyage:test", boat.key, chain.Head(at, old.prev))
    raws[at] = forger.append(builders.stamp(at), "gap", {"nothing": "happened"}).raw
    write(case, raws)
    return (f"does not link to seq {at + 1} ", f"record seq {at + 1}: the case ends there")


def chance_record(raws: list[bytes], at: int) -> chain.Record:
    return chain.read_record(raws[at])


CHANGES: tuple[Change, ...] = (in_event, in_signature, in_frame, order, removal, insertion, fork)


def changed(
    case: Path, work: Path, change: Change, boat: Boat, chance: random.Random
) -> tuple[Report, tuple[str, ...]]:
    """Change a copy of the case in one place and check it."""
    shutil.copytree(case, work, copy_function=shutil.copyfile)
    wanted = change(work, boat, chance)
    report = verify_case(work, boat.key.public_key())
    shutil.rmtree(work)
    return report, wanted


def look_for(tmp_path: Path, station: Station, events: int, count: int) -> int:
    boat = filled(station, events)
    case = tmp_path / "case"
    export_case(station, boat.device, None, case, NOW)
    assert verify_case(case, boat.key.public_key(), station.key.public_key()).faults == []
    chance = random.Random(25)
    for number in range(count):
        change = CHANGES[number % len(CHANGES)]
        report, wanted = changed(case, tmp_path / "work", change, boat, chance)
        assert any(words in fault for words in wanted for fault in report.faults), (
            f"{change.__name__} {number}: {wanted} is not named in {report.faults[:4]}"
        )
    return count


def test_every_kind_of_change_to_a_case_is_found_and_located(tmp_path: Path, station: Station) -> None:
    assert look_for(tmp_path, station, EVENTS, 10 * len(CHANGES)) == 70


@pytest.mark.soak
def test_case_changed_in_a_thousand_places(tmp_path: Path, station: Station) -> None:
    found = look_for(tmp_path, station, 200, 1000)
    print(f"\na case of 200 events, {found} changes, each found and located")  # noqa: T201


def test_a_case_of_one_event_has_its_pictures_alone(tmp_path: Path, station: Station) -> None:
    boat = filled(station, 4)
    export_case(station, boat.device, "e2", tmp_path / "case", NOW)
    report = verify_case(tmp_path / "case", boat.key.public_key(), station.key.public_key())
    assert (report.faults, report.files, report.absent) == ([], 1, 3)


def test_what_is_added_to_a_case_or_taken_away_is_named(tmp_path: Path, station: Station) -> None:
    boat = filled(station, 3)
    case = tmp_path / "case"
    export_case(station, boat.device, None, case, NOW)
    (case / "evidence" / "more.jpg").write_bytes(b"planted")
    (case / "heads.json").unlink()
    faults = verify_case(case).faults
    assert any(fault.startswith("evidence/more.jpg: was added") for fault in faults)
    assert any(fault.startswith("heads.json: is missing") for fault in faults)


def test_a_case_by_another_station_or_of_another_box_is_named(tmp_path: Path, station: Station) -> None:
    boat = filled(station, 2)
    case = tmp_path / "case"
    export_case(station, boat.device, None, case, NOW)
    faults = verify_case(case, builders.key(8).public_key(), builders.key(9).public_key()).faults
    assert sum("names another key of the" in fault for fault in faults) == 2
    fields = json.loads((case / "case.json").read_bytes())
    (case / "case.json").write_bytes(json.dumps({**fields, "through_seq": 1}).encode())
    assert any("case.json: bytes are not canonical" in fault for fault in verify_case(case).faults)


def test_what_a_station_holds_is_checked_from_its_bytes(tmp_path: Path, station: Station) -> None:
    boat = filled(station, 3)
    assert verify_held(station)[boat.device].faults == []
    file = evidence(b"picture 1" * 20)
    station.spool.path(file.sha256).write_bytes(b"another picture")
    (fault,) = verify_held(station)[boat.device].faults
    assert fault.startswith(f"evidence {file.sha256}")
