"""A few of the scripted voyages of `benches/bench_cheats.py`, up to the inspector's list of a real station.

What camera and detector say in the one with a covered lens is of the bundled film; no film is rendered here.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from agent.types import Observation
from cheats.crossing import Shore, sail, shore
from cheats.lawful import lawful
from cheats.looks import covered, looks_at, pictures
from cheats.offences import BANK, CHEATS, COVERED, STARVED, TRACKER, offences
from cheats.score import result
from cheats.voyage import CAMERA, Voyage
from models.synth.sequences import write_film

FILM = Path(__file__).parents[1] / "voyages" / "tan-loc-evening" / "film.mp4"
OFFENCES, LAWFUL = offences(), lawful()


@pytest.fixture(scope="module")
def ashore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shore]:
    with shore(tmp_path_factory.mktemp("station")) as held:
        yield held


def named(voyages: Sequence[Voyage], name: str) -> tuple[int, Voyage]:
    number, voyage = next((n, one) for n, one in enumerate(voyages, start=1) if one.name == name)
    return number, voyage


@pytest.mark.parametrize(
    ("cheat", "name"),
    [
        (BANK, "16 m beyond, two antennas"),
        (TRACKER, "antenna covered at work"),
        (BANK, "16 m beyond, the plain kit"),
        (STARVED, "few satellites, poor geometry"),
        (STARVED, "jammed: signal and satellites fall"),
    ],
)
def test_a_cheat_that_the_receiver_tells_of_stands_in_the_list(
    cheat: str, name: str, ashore: Shore, tmp_path: Path
) -> None:
    number, voyage = named(OFFENCES, name)
    assert voyage.cheat == cheat
    assert result(voyage, sail(voyage, {}, ashore, tmp_path, number)).found == "right"


def test_a_covered_lens_stands_in_the_list(ashore: Shore, tmp_path: Path) -> None:
    number, voyage = named(OFFENCES, "black tape")
    assert voyage.cheat == COVERED
    plain, tape = tmp_path / "plain.mp4", tmp_path / "tape.mp4"
    write_film(plain, islice(pictures(FILM), 12), 1280, 720, 1.0)
    write_film(tape, (covered(picture, "tape") for picture in pictures(plain)), 1280, 720, 1.0)
    looks: dict[str, list[Observation]] = {
        "day work": looks_at(plain, tmp_path / "eyes", CAMERA),
        "tape": looks_at(tape, tmp_path / "eyes", CAMERA),
    }
    told = result(voyage, sail(voyage, looks, ashore, tmp_path, number))
    assert told.found == "right"
    assert "camera_blind undetermined" in told.told


@pytest.mark.parametrize(
    "name",
    ["a stop of two minutes in the stream", "the power off at the quay", "work 17 m inside, the plain kit"],
)
def test_a_lawful_voyage_brings_nothing_to_the_list(name: str, ashore: Shore, tmp_path: Path) -> None:
    number, voyage = named(LAWFUL, name)
    assert sail(voyage, {}, ashore, tmp_path, 200 + number) == []


def test_there_are_forty_of_each_and_five_of_every_cheat() -> None:
    assert len(LAWFUL) == 40
    assert [sum(one.cheat == cheat for one in OFFENCES) for cheat in CHEATS] == [5] * 8
    assert len({one.seed for one in (*OFFENCES, *LAWFUL)}) == 80
