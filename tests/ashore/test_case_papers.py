"""The papers of a case: in the official form, as PDF/A by the flag they were set with, and a file that verifies alone."""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from agent.event.chain import public_text
from ashore import scene
from ashore.boat import Boat
from ashore.test_cases import Clerk
from station.accounts import Role
from station.app import Station
from station.papermap import map_svg


@pytest.fixture
def clerk(boat: Boat, station: Station) -> Clerk:
    """A case of the invented evening under verification, with a paper in it."""
    scene.play(boat, boxes=True)
    clerk = Clerk(boat.url, station, Role.SUPERVISOR, "hoa")
    clerk.post("/cases", device="barge-1", event_id="voyage:invented-evening.1")
    clerk.does("moved", stage="verification")
    assert clerk.adds(b"%PDF-1.7 giai trinh") == 201
    return clerk


def got(clerk: Clerk, name: str) -> bytes:
    answer = clerk.visitor.get(f"{clerk.url}/cases/1/{name}", timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.content


@pytest.mark.parametrize("name", ["minutes.pdf", "casefile.pdf"])
def test_a_paper_says_of_itself_that_it_is_pdf_a_2b_and_is_the_same_each_time(
    clerk: Clerk, name: str
) -> None:
    """Set with typst's flag for PDF/A-2b; read back from the file's XMP. No validator has been run."""
    paper = got(clerk, name)
    assert paper.startswith(b"%PDF-1.7")
    xmp = paper[paper.index(b"<x:xmpmeta") : paper.index(b"</x:xmpmeta>")].decode()
    assert re.search(r"<pdfaid:part>\s*2\s*</pdfaid:part>", xmp)
    assert re.search(r"<pdfaid:conformance>\s*B\s*</pdfaid:conformance>", xmp)
    assert b"/OutputIntents" in paper
    assert got(clerk, name) == paper


def test_papers_say_what_the_case_says(clerk: Clerk, station: Station) -> None:
    """What is set is the text of the forms and the data below; typst leaves nothing of them out."""
    packed = unpacked(clerk)
    assert {name.partition("/")[2] for name in packed.namelist()} >= {
        "bienban.pdf",
        "hoso.pdf",
        "nhatky.json",
        "HUONG-DAN.txt",
        "docket.json",
        "boxes/barge-1/records.jsonl",
        "boxes/barge-1/case.json",
    }
    log = json.loads(packed.read("HS-2026-0001/nhatky.json"))
    assert [act["kind"] for act in log["acts"]] == ["opened", "joined", "moved", "attached"]
    steps = packed.read("HS-2026-0001/HUONG-DAN.txt").decode()
    assert public_text(station.key.public_key()) in steps
    assert "sandwatch verify" in steps


def unpacked(clerk: Clerk) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(got(clerk, "casefile.zip")))


def verify(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", "verify", str(folder), *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_case_file_verifies_alone_and_says_what_was_touched(
    clerk: Clerk, station: Station, tmp_path: Path
) -> None:
    unpacked(clerk).extractall(tmp_path)
    folder = tmp_path / "HS-2026-0001"
    key = public_text(station.key.public_key())
    done = verify(folder, f"--station-key={key}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 records, 3 evidence files checked")
    (folder / "bienban.pdf").write_bytes(b"%PDF-1.7 another")
    (folder / "more.txt").write_text("x")
    picture = next((folder / "boxes/barge-1/evidence").iterdir())
    picture.write_bytes(b"another")
    done = verify(folder, f"--station-key={key}")
    assert done.returncode == 1
    for said in (
        "bienban.pdf: is not the file the station put in",
        "more.txt: was added",
        f"boxes/barge-1/evidence/{picture.name}: is not the file the station put in",
        "content has SHA-256",
    ):
        assert said in done.stderr


def test_another_stations_word_is_not_taken(clerk: Clerk, tmp_path: Path) -> None:
    unpacked(clerk).extractall(tmp_path)
    done = verify(tmp_path / "HS-2026-0001", f"--station-key={Boat('').public_key}")
    assert done.returncode == 1
    assert "names another key of the station" in done.stderr


def test_the_map_of_a_paper_has_the_area_the_error_and_the_distance() -> None:
    def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
        return {"geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}

    area = feature("Polygon", [scene.AREA], role="licence", label="01 <GP>")
    here = [scene.BARGE[1], scene.BARGE[0]]
    edge = [scene.EDGE[1], scene.EDGE[0]]
    line = feature("LineString", [here, edge], role="boundary", label="66,4 m ± 8,6 m")
    vessel = feature("Point", here, role="position", error_m=8.6)
    drawing = (map_svg([area, line, vessel]) or b"").decode()
    assert "01 &lt;GP&gt;" in drawing
    assert "66,4 m ± 8,6 m" in drawing
    assert drawing.count("<circle") == 2
    assert map_svg([area]) is None
