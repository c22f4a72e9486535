"""Bundles over the link: a box fetches what waits for it, and takes it exactly as from a stick."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import ShoreUnreachable
from agent.outbox.fetch import ASK_S, READY, RETRY_S, Fetcher, Offer, Stock
from agent.outbox.shore_http import HttpShore
from agent.run.flash.trial import confirm, roll_back
from agent.run.plan import load_plan
from ashore.boat import Boat
from flash.flash_builders import DEVICE, LICENCE, OTHER, RECOVERY, Box, box, files, made
from hw.fakes import FakeClock
from station.app import Station
from station.bundle_cli import app as bundle_app

HOUR_S = 3600.0
WITHIN_S = 15 * 60.0


class Mast:
    """A link that is there at times; `least_bytes` cuts each answer, as a link that drops does."""

    def __init__(self, stock: Stock, clock: FakeClock, *, least_bytes: int = 1 << 20) -> None:
        self._stock, self._clock = stock, clock
        self._up_s, self._least_bytes = 0.0, least_bytes
        self.pieces = 0

    def comes_back_at(self, at_s: float) -> None:
        self._up_s = at_s

    def _there(self) -> None:
        if self._clock.mono_ns() / 1e9 < self._up_s:
            raise ShoreUnreachable("no link")

    def offers(self) -> tuple[Offer, ...]:
        self._there()
        return self._stock.offers()

    def piece(self, sha256: str, offset: int) -> bytes:
        self._there()
        self.pieces += 1
        return self._stock.piece(sha256, offset)[: self._least_bytes]


def suspended() -> bytes:
    licence = json.loads(LICENCE.read_bytes())
    feature = licence["features"][0] if "features" in licence else licence
    feature["properties"]["suspensions"] = [
        {"notice": "12/TB-STNMT", "from": "2026-11-26", "to": None, "reason": "sạt lở bờ"}
    ]
    return json.dumps(licence, ensure_ascii=False).encode()


class Afloat:
    """A box, its clock, and the fetcher that its upload thread turns."""

    def __init__(self, folder: Path, boat: Boat, **link: Any) -> None:
        self.clock = FakeClock()
        self.held: Box = box(folder, first=made(files()))
        self.shore = HttpShore(boat.url, boat.device, boat.key, self.clock)
        self.mast = Mast(self.shore, self.clock, **link)
        self.fetched = self.held.home.folder.parent / "fetched"
        self.fetcher = Fetcher(self.mast, self.fetched, self.held.home.sequences, self.now_s)

    def now_s(self) -> float:
        return self.clock.mono_ns() / 1e9

    def passes(self, seconds: float) -> list[str]:
        """Time passes; the upload thread turns once a second, and what was fetched is applied as its unit does it."""
        done = []
        end = self.now_s() + seconds
        while self.now_s() < end:
            if word := self.fetcher.step():
                done.append(word)
            if word == "handed over":
                CliRunner().invoke(
                    app, ["config", "apply", str(self.fetched / READY), "--home", str(self.held.home.folder)]
                )
                (self.fetched / READY).unlink()
                return done
            self.clock.advance(1.0)
        return done


@pytest.fixture
def afloat(tmp_path: Path, station: Station, url: str) -> Iterator[Afloat]:
    boat = Boat(url, DEVICE).enrolled_at(station)
    held = Afloat(tmp_path, boat)
    yield held
    held.shore.close()


def offered(station: Station, folder: Path, raw: bytes) -> str:
    path = folder / "offered.swb"
    path.write_bytes(raw)
    return station.bundles.add(path).sha256


def test_a_suspension_is_in_force_within_a_quarter_of_an_hour_of_a_link(
    afloat: Afloat, station: Station, tmp_path: Path
) -> None:
    offered(station, tmp_path, made({**files(), "tan-loc.geojson": suspended()}, sequence=7))
    up_s = afloat.now_s() + 26 * HOUR_S
    afloat.mast.comes_back_at(up_s)
    assert set(afloat.passes(26 * HOUR_S - 1)) == {"failed"}
    assert afloat.passes(WITHIN_S)[-1] == "handed over"
    assert afloat.now_s() - up_s <= RETRY_S + 5
    plan = load_plan(afloat.held.home.settings_file())
    assert [one.notice for one in plan.licences[0].suspensions] == ["12/TB-STNMT"]
    trial = afloat.held.home.state().trial
    assert trial is not None
    assert trial.sequence == 7


def test_a_box_that_always_has_a_link_asks_every_five_minutes_and_takes_nothing_twice(
    afloat: Afloat, station: Station, tmp_path: Path
) -> None:
    assert afloat.passes(HOUR_S) == ["asked"] * 12
    offered(station, tmp_path, made(sequence=7))
    assert afloat.passes(ASK_S + 5)[-1] == "handed over"
    roll_back(afloat.held.home, "the test says so")
    assert "handed over" not in afloat.passes(HOUR_S)
    offered(station, tmp_path, made(sequence=8))
    assert afloat.passes(ASK_S + 5)[-1] == "handed over"
    confirm(afloat.held.home)
    assert afloat.held.home.state().sequence == 8


def test_what_comes_over_the_link_is_believed_no_more_than_a_stick(
    afloat: Afloat, station: Station, tmp_path: Path
) -> None:
    before = afloat.held.in_force()
    offered(station, tmp_path, made(files(more="# by the wrong key\n"), RECOVERY, sequence=7))
    assert afloat.passes(ASK_S + 5)[-1] == "handed over"
    assert afloat.held.in_force() == before
    assert [refusal.what for refusal in afloat.held.home.state().refused] == ["wrong_signer"]
    assert "handed over" not in afloat.passes(HOUR_S)


def test_a_link_that_drops_costs_no_byte_twice(tmp_path: Path, station: Station, url: str) -> None:
    raw = made(files(more="# long\n" * 200), sequence=7)
    held = Afloat(tmp_path, Boat(url, DEVICE).enrolled_at(station), least_bytes=1000)
    offered(station, tmp_path, raw)
    assert held.passes(WITHIN_S)[-1] == "handed over"
    assert held.mast.pieces == -(-len(raw) // 1000)
    held.shore.close()


def test_a_box_sees_only_what_waits_for_it_and_the_newest_of_each_kind(
    station: Station, url: str, tmp_path: Path
) -> None:
    mine, other = Boat(url, DEVICE).enrolled_at(station), Boat(url, OTHER, 2).enrolled_at(station)
    old, new = (offered(station, tmp_path, made(sequence=number)) for number in (3, 4))
    listed = mine.request("GET", "/v1/bundles").json()["bundles"]
    assert [(row["kind"], row["sequence"], row["sha256"]) for row in listed] == [("config", 4, new)]
    assert other.request("GET", "/v1/bundles").json() == {"bundles": []}
    assert mine.request("GET", f"/v1/bundles/{new}/0").content.startswith(b"SWB1")
    for boat, digest in ((mine, old), (other, new), (mine, "0" * 64)):
        assert boat.request("GET", f"/v1/bundles/{digest}/0").status_code == 404
    assert mine.request("GET", f"/v1/bundles/{new}/-1").status_code == 400
    stranger = Boat(url, "nobody", 3)
    assert stranger.request("GET", "/v1/bundles").status_code == 403


def test_the_station_shelves_whole_signed_bundles_only(station: Station, tmp_path: Path) -> None:
    folder = ["--folder", str(station.folder)]
    path = tmp_path / "x.swb"
    for raw in (made()[:-1], made() + b"x", made(signer=None), b"text"):
        path.write_bytes(raw)
        assert CliRunner().invoke(bundle_app, ["add", str(path), *folder]).exit_code != 0
    path.write_bytes(made())
    digest = CliRunner().invoke(bundle_app, ["add", str(path), *folder]).output.split()[0]
    assert digest in CliRunner().invoke(bundle_app, ["list", *folder]).output
    assert CliRunner().invoke(bundle_app, ["remove", digest, *folder]).exit_code == 0
    assert CliRunner().invoke(bundle_app, ["remove", digest, *folder]).exit_code == 1
    assert station.bundles.held() == []


def test_the_page_of_devices_says_what_each_runs_by_and_what_waits(
    boat: Boat, station: Station, tmp_path: Path
) -> None:
    boat.write("config.applied", {"bundles": {"config": 5, "software": 0}})
    boat.send()
    offered(station, tmp_path, made({**files(boat.device)}, sequence=9, devices=[boat.device]))
    page = boat.page("/devices", lang="en").text
    assert "config 5, 9 waits" in page
