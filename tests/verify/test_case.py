"""A case is changed in one place, and the place is found and named."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import builders
from agent.event import chain
from agent.verify import verify_case
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


@dataclass(frozen=True, slots=True)
class Found:
    """Words one of which a fault must contain; `{number}` stands for where in the file the record has come to lie."""

    words: tuple[str, ...]
    longer: int = 0  # by how many records the case has become longer


# Each change is made in one place of the records, `at`, and says how it must be told.
Change = Callable[[list[bytes], int, Boat, random.Random], Found]


def in_event(raws: list[bytes], at: int, boat: Boat, chance: random.Random) -> Found:
    spot = raws[at].index(b'"body"')
    changed = flip(raws[at], chance, spot, spot + 60)
    while b"\n" in changed or b"\r" in changed:  # then it would be two records
        changed = flip(raws[at], chance, spot, spot + 60)
    raws[at] = changed
    return Found((f"record seq {at + 1} ",))


def in_signature(raws: list[bytes], at: int, boat: Boat, chance: random.Random) -> Found:
    spot = raws[at].index(b'"sig":"') + 12
    letter = chance.choice([letter for letter in b"ABCDEFGH" if letter != raws[at][spot]])
    raws[at] = raws[at][:spot] + bytes((letter,)) + raws[at][spot + 1 :]
    return Found((f"record seq {at + 1} ",))


def order(raws: list[bytes], at: int, boat: Boat, chance: random.Random) -> Found:
    raws[at], raws[at + 1] = raws[at + 1], raws[at]
    return Found((f"record seq {at + 1} ",))


def removal(raws: list[bytes], at: int, boat: Boat, chance: random.Random) -> Found:
    del raws[at]
    return Found((f"seq {at + 1} to {at + 1} are missing", f"record seq {at + 1}: the case ends there"), -1)


def insertion(raws: list[bytes], at: int, boat: Boat, chance: random.Random) -> Found:
    """An earlier record stands there a second time; one that no other change is about."""
    again = APART * chance.randrange((at + APART - 1) // APART)
    raws.insert(at, raws[again])
    return Found((f"record seq {again + 1} (number {{number}} in the file)",), 1)


def fork(raws: list[bytes], at: int, boat: Boat, chance: random.Random) -> Found:
    """The owner of the key writes one record anew."""
    old = chain.read_record(raws[at])
    forger = chain.Chain(boat.device, "voyage:test", boat.key, chain.Head(at, old.prev))
    raws[at] = forger.append(builders.stamp(at), "gap", {"nothing": "happened"}).raw
    return Found((f"does not link to seq {at + 1} ", f"record seq {at + 1}: the case ends there"))


CHANGES: tuple[Change | None, ...] = (in_event, in_signature, None, order, removal, insertion, fork)
APART = 4  # records from one place to the next; None above is a picture


def change(
    case: Path, raws: list[bytes], kinds: Sequence[Change | None], boat: Boat, chance: random.Random
) -> tuple[list[str], dict[Path, bytes]]:
    """Change the case in as many places; what must be told of each, and the pictures as they were."""
    pictures: dict[Path, bytes] = {}
    for path in chance.sample(sorted((case / "evidence").iterdir()), kinds.count(None)):
        pictures[path] = path.read_bytes()
        path.write_bytes(flip(pictures[path], chance, 0, len(pictures[path])))
    changes = [kind for kind in kinds if kind is not None]
    last = (len(raws) - 2) // APART
    places = sorted((1 + APART * spot for spot in chance.sample(range(last), len(changes))), reverse=True)
    found = [kind(raws, at, boat, chance) for kind, at in zip(changes, places, strict=True)]
    told = [f"evidence {path.name}" for path in pictures]
    for number, (one, at) in enumerate(zip(found, places, strict=True)):
        before = sum(other.longer for other in found[number + 1 :])  # those in earlier places were made later
        told.append("|".join(one.words).format(number=at + 1 + before))
    write(case, raws)
    return told, pictures


def look_for(tmp_path: Path, station: Station, events: int, count: int, at_once: int = 1) -> int:
    """Change a case in `count` places, `at_once` of them in each look; every one must be named."""
    boat = filled(station, events)
    case = tmp_path / "case"
    export_case(station, boat.device, None, case, NOW)
    assert verify_case(case, boat.key.public_key(), station.key.public_key()).faults == []
    whole = lines(case)
    chance = random.Random(25)
    for begin in range(0, count, at_once):
        kinds = [CHANGES[number % len(CHANGES)] for number in range(begin, min(begin + at_once, count))]
        told, pictures = change(case, list(whole), kinds, boat, chance)
        faults = verify_case(case, boat.key.public_key()).faults
        for wanted in told:
            assert any(words in fault for words in wanted.split("|") for fault in faults), (
                f"{wanted} is not named in {faults[:4]}"
            )
        for path, data in pictures.items():
            path.write_bytes(data)
    return count


def test_every_kind_of_change_to_a_case_is_found_and_located(tmp_path: Path, station: Station) -> None:
    assert look_for(tmp_path, station, EVENTS, 10 * len(CHANGES)) == 70


@pytest.mark.parametrize("kind", [in_event, in_signature, removal, fork])
def test_first_and_last_record_are_no_exception(tmp_path: Path, station: Station, kind: Change) -> None:
    boat = filled(station, 3)
    case = tmp_path / "case"
    export_case(station, boat.device, None, case, NOW)
    whole = lines(case)
    for at in (0, len(whole) - 1):
        raws = list(whole)
        wanted = kind(raws, at, boat, random.Random(at)).words
        write(case, raws)
        faults = verify_case(case, boat.key.public_key()).faults
        assert any(words in fault for words in wanted for fault in faults), f"{wanted} not in {faults}"


def test_no_change_hides_another(tmp_path: Path, station: Station) -> None:
    assert look_for(tmp_path, station, 60, 4 * len(CHANGES), at_once=14) == 28


@pytest.mark.soak
def test_case_changed_in_a_thousand_places(tmp_path: Path, station: Station) -> None:
    found = look_for(tmp_path, station, 200, 1000)
    print(f"\na case of 200 events, {found} changes, each alone, each found and located")  # noqa: T201


@pytest.mark.soak
def test_case_of_ten_thousand_events_changed_in_a_thousand_places(tmp_path: Path, station: Station) -> None:
    found = look_for(tmp_path, station, 10_000, 1000, at_once=25)
    print(f"\na case of 10,000 events, {found} changes, 25 at once, each found and located")  # noqa: T201


def test_a_case_of_one_event_has_its_pictures_alone(tmp_path: Path, station: Station) -> None:
    boat = filled(station, 4)
    export_case(station, boat.device, ["e2"], tmp_path / "case", NOW)
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
