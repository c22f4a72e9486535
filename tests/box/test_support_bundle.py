"""What leaves the box for help holds what helps, and nothing that must stay: `sandwatch support-bundle`."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.event.chain import Chain
from agent.outbox.database import DATABASE
from agent.outbox.store import Store
from agent.run import identity
from agent.run.build.support import masked
from builders import stamp

SECRETS = ("hau-giang-77", "admin:", "t0k3n")
CONFIG = """
[device]
id = "SW-1"
state_dir = "{state}"
[own_vessel]
kind = "dredger"
[[camera]]
name = "deck"
url = "rtsp://admin:hau-giang-77@10.0.0.9/main?token=t0k3n"   # the mast
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The config of a box with a key, a position it recorded, a heartbeat and a picture."""
    state = tmp_path / "state"
    with Store.open(state, "SW-1") as store:
        chain = Chain("SW-1", "b", identity.device_key(state / identity.KEY_FILE))
        records = [
            chain.append(stamp(), "track", {"points": [[10.2576, 105.5794]]}),
            chain.append(stamp(), "heartbeat", {"heat_c": 61.5}),
        ]
        store.commit(records, (), {}, 0)
    (state / "evidence").mkdir(exist_ok=True)
    (state / "evidence" / "still.jpg").write_bytes(b"\xff\xd8 a picture of somebody")
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG.format(state=state), encoding="utf-8")
    return config


def bundle(out: Path, *arguments: object) -> tuple[int, str]:
    words = ["support-bundle", "--lang", "en", "--out", str(out), *map(str, arguments)]
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.output


def parts(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_says_how_the_box_is(box: Path, tmp_path: Path) -> None:
    out = tmp_path / "help.zip"
    code, said = bundle(out, "-c", box)
    assert code == 0, said
    held = parts(out)
    rows = [json.loads(line) for line in held["records.jsonl"].decode().splitlines()]
    assert [row["kind"] for row in rows] == ["track", "heartbeat"]
    assert rows[1]["body"] == {"heat_c": 61.5}
    assert b"device SW-1: 2 records (2 not acknowledged)" in held["status.txt"]
    assert b"# the mast" in held["agent.toml"]
    assert b"evidence/still.jpg" in held["files.txt"]
    assert json.loads(held["about.json"])["python"]
    assert out.stat().st_mode & 0o777 == 0o600


def test_no_key_no_password_no_picture_and_no_position_leaves(box: Path, tmp_path: Path) -> None:
    out = tmp_path / "help.zip"
    bundle(out, "-c", box)
    whole = b"\n".join(parts(out).values())
    key = (tmp_path / "state" / identity.KEY_FILE).read_text("ascii").splitlines()[1]
    for secret in (*SECRETS, key, "PRIVATE KEY", "picture of somebody", "10.2576"):
        assert secret.encode() not in whole, secret
    assert b"rtsp://***@10.0.0.9/main?token=***" in whole


def test_a_box_whose_store_is_broken_still_says_the_rest(box: Path, tmp_path: Path) -> None:
    (tmp_path / "state" / DATABASE).write_bytes(b"no database " * 1000)
    out = tmp_path / "help.zip"
    code, said = bundle(out, "-c", box)
    assert code == 0, said
    assert "Left out: status.txt" in said
    held = parts(out)
    assert held["records.jsonl"].startswith(b"could not be had")
    assert b"[device]" in held["agent.toml"]


def test_nothing_is_written_over(box: Path, tmp_path: Path) -> None:
    out = tmp_path / "help.zip"
    out.write_bytes(b"mine")
    code, said = bundle(out, "-c", box)
    assert code == 2
    assert "give another name" in said
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://a:b@cam/1", "rtsp://***@cam/1"),
        ("http://cam/snap?usr=a&pwd=b%20c&ch=1", "http://cam/snap?usr=***&pwd=***&ch=1"),
        ("rtsp://cam/1 and a@b", "rtsp://cam/1 and a@b"),
    ],
)
def test_what_opens_a_camera_is_blotted_out(text: str, shown: str) -> None:
    assert masked(text) == shown
