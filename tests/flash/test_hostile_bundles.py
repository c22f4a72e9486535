"""Sixty sticks and more that must change nothing: each is refused with its reason, and outside of the stage nothing moves."""

import hashlib
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import bundle
from agent.bundle import HEADER, MAGIC, Code
from agent.errors import BundleRefused
from agent.event import wire
from agent.run.flash.apply import Now, opened, take
from agent.run.plan import load_plan
from agent.types import ClockQuality
from flash.flash_builders import (
    ACTIVE,
    DEVICE,
    KEYS,
    OTHER,
    RECOVERY,
    STRANGER,
    TODAY,
    box,
    files,
    framed,
    keys_bundle,
    made,
    manifest_fields,
    sealed,
    settings,
)

GOOD = made()
PAYLOAD = b"".join(files().values())


def named(name: Any, data: bytes = b"x") -> bytes:
    """Signed by the right key, and with a file of that name."""
    return made({**files(), name: data})


def entry(**other: Any) -> bytes:
    """Signed by the right key; the second file's entry says something else."""
    fields = manifest_fields(files())
    fields["files"][1].update(other)
    return sealed(fields, PAYLOAD)


def twice() -> bytes:
    fields = manifest_fields(files())
    fields["files"].append(fields["files"][0])
    return sealed(fields, PAYLOAD + files()["agent.toml"])


def two_models() -> bytes:
    fields = manifest_fields(files())
    for name in ("m1.onnx", "m2.onnx"):
        fields["files"].append({"name": name, "size_bytes": 50 << 20, "sha256": "0" * 64, "devices": []})
    return sealed(fields, PAYLOAD)


def bent(at: int) -> bytes:
    """The good bundle with one bit changed."""
    return GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :]


def uncanonical() -> bytes:
    return framed(wire.canonical(manifest_fields(files())).replace(b'"answer":', b'"answer": '), PAYLOAD)


def double_key() -> bytes:
    return framed(b'{"v":1,' + wire.canonical(manifest_fields(files()))[1:], PAYLOAD)


HOSTILE: dict[str, tuple[Code, Callable[[], bytes]]] = {
    # who signed
    "nobody signed": (Code.UNSIGNED, lambda: made(signer=None)),
    "signed by a stranger": (Code.UNKNOWN_KEY, lambda: made(signer=STRANGER)),
    "a stranger under our name": (
        Code.BAD_SIGNATURE,
        lambda: GOOD[:8] + GOOD[8:40] + made(signer=STRANGER)[40:],
    ),
    "signature of another bundle": (
        Code.BAD_SIGNATURE,
        lambda: GOOD[:40] + made(sequence=9)[40:104] + GOOD[104:],
    ),
    "signature of zeros": (Code.BAD_SIGNATURE, lambda: GOOD[:40] + bytes(64) + GOOD[104:]),
    "signature of ones": (Code.BAD_SIGNATURE, lambda: GOOD[:40] + b"\xff" * 64 + GOOD[104:]),
    "one bit of the signature": (Code.BAD_SIGNATURE, lambda: bent(50)),
    "one bit of the manifest": (Code.BAD_SIGNATURE, lambda: bent(150)),
    "one bit of the key": (Code.UNKNOWN_KEY, lambda: bent(10)),
    "one bit of a file": (Code.BAD_DIGEST, lambda: bent(len(GOOD) - 1)),
    "config signed by the recovery key": (Code.WRONG_SIGNER, lambda: made(signer=RECOVERY)),
    "keys signed by the active key": (Code.WRONG_SIGNER, lambda: keys_bundle(KEYS, ACTIVE)),
    "keys signed by themselves": (Code.UNKNOWN_KEY, lambda: keys_bundle(KEYS, STRANGER)),
    "a small-order key": (Code.UNKNOWN_KEY, lambda: GOOD[:8] + b"\x01" + bytes(31) + GOOD[40:]),
    # when and for whom
    "an older one": (Code.OLD_SEQUENCE, lambda: made(sequence=1)),
    "the same number on other content": (
        Code.USED_SEQUENCE,
        lambda: made(files(more="# other\n"), sequence=5),
    ),
    "for another box": (Code.WRONG_DEVICE, lambda: made(files(OTHER), devices=[OTHER])),
    "for a box whose name begins alike": (Code.WRONG_DEVICE, lambda: made(devices=[DEVICE + "0"])),
    "for a box in small letters": (Code.WRONG_DEVICE, lambda: made(devices=[DEVICE.lower()])),
    "a look-alike of our name": (Code.BAD_MANIFEST, lambda: made(devices=["SW-CT-\u04120001"])),
    "for nobody": (Code.BAD_MANIFEST, lambda: made(devices=[])),
    "its last day is over": (Code.EXPIRED, lambda: made(sequence=9, not_after="2026-11-24T23:59:59Z")),
    "a last day without a zone": (Code.BAD_MANIFEST, lambda: made(not_after="2027-11-24T23:59:59")),
    "sequence zero": (Code.BAD_MANIFEST, lambda: made(sequence=0)),
    "sequence below zero": (Code.BAD_MANIFEST, lambda: made(sequence=-1)),
    "sequence beyond all numbers": (
        Code.BAD_MANIFEST,
        lambda: framed(
            wire.canonical(manifest_fields(files())).replace(b'"sequence":2', b'"sequence":1e400'), PAYLOAD
        ),
    ),
    "sequence as text": (Code.BAD_MANIFEST, lambda: made(sequence="9")),
    "sequence true": (Code.BAD_MANIFEST, lambda: made(sequence=True)),
    # names
    "a name that climbs": (Code.BAD_MANIFEST, lambda: named("../agent.toml")),
    "a name that climbs inside": (Code.BAD_MANIFEST, lambda: named("a/../../b.toml")),
    "an absolute name": (Code.BAD_MANIFEST, lambda: named("/etc/passwd.toml")),
    "a name with a folder": (Code.BAD_MANIFEST, lambda: named("licences/a.geojson")),
    "a name with a backslash": (Code.BAD_MANIFEST, lambda: named("..\\agent.toml")),
    "a name with NUL": (Code.BAD_MANIFEST, lambda: named("agent.toml\x00.geojson")),
    "a name with a line end": (Code.BAD_MANIFEST, lambda: named("a.toml\n")),
    "a dot name": (Code.BAD_MANIFEST, lambda: named(".toml")),
    "two dots": (Code.BAD_MANIFEST, lambda: named("a..toml")),
    "an empty name": (Code.BAD_MANIFEST, lambda: named("")),
    "a name of 300 letters": (Code.BAD_MANIFEST, lambda: named("a" * 295 + ".toml")),
    "a name that differs by case": (Code.BAD_MANIFEST, lambda: named("Agent.toml")),
    "a look-alike name": (Code.BAD_MANIFEST, lambda: named("\u0430gent.toml")),
    "a name in full width": (Code.BAD_MANIFEST, lambda: named("\uff41gent.toml")),
    "a name written backwards": (Code.BAD_MANIFEST, lambda: named("\u202elmot.toml")),
    "a name with a device": (Code.BAD_MANIFEST, lambda: named("c:agent.toml")),
    "our own manifest's name": (Code.BAD_MANIFEST, lambda: named("manifest.swm")),
    "a program": (Code.BAD_MANIFEST, lambda: named("agent.py")),
    "an archive": (Code.BAD_MANIFEST, lambda: named("agent.tar.gz")),
    "the same name twice": (Code.BAD_MANIFEST, twice),
    "a name that is a number": (Code.BAD_MANIFEST, lambda: entry(name=7)),
    # sizes and form
    "ten gigabytes claimed": (Code.TOO_LARGE, lambda: entry(size_bytes=10 << 30)),
    "a licence of two megabytes": (Code.TOO_LARGE, lambda: entry(size_bytes=2 << 20)),
    "less than nothing": (Code.BAD_MANIFEST, lambda: entry(size_bytes=-1)),
    "half a byte": (Code.BAD_MANIFEST, lambda: entry(size_bytes=0.5)),
    "two models too large together": (Code.TOO_LARGE, two_models),
    "a digest in capitals": (Code.BAD_MANIFEST, lambda: entry(sha256="A" * 64)),
    "a size one too small": (Code.BAD_DIGEST, lambda: entry(size_bytes=len(files()["tan-loc.geojson"]) - 1)),
    "a size one too large": (Code.TRUNCATED, lambda: entry(size_bytes=len(files()["tan-loc.geojson"]) + 1)),
    "an empty file": (Code.TRUNCATED, lambda: b""),
    "cut in the header": (Code.TRUNCATED, lambda: GOOD[:60]),
    "cut in the manifest": (Code.TRUNCATED, lambda: GOOD[:200]),
    "cut in a file": (Code.TRUNCATED, lambda: GOOD[:-10]),
    "one byte behind the end": (Code.TRAILING, lambda: GOOD + b"\0"),
    "a second bundle behind the end": (Code.TRAILING, lambda: GOOD + GOOD),
    "a manifest that claims four gigabytes": (Code.TOO_LARGE, lambda: framed(b"{}", length=0xFFFFFFFF)),
    "a manifest of a megabyte": (Code.TOO_LARGE, lambda: framed(b" " * (1 << 20))),
    "a manifest shorter than it says": (Code.TRUNCATED, lambda: framed(b"{}", length=100)),
    "an empty manifest": (Code.BAD_MANIFEST, lambda: framed(b"")),
    "a list as manifest": (Code.BAD_MANIFEST, lambda: framed(b"[]")),
    "a manifest of brackets": (Code.BAD_MANIFEST, lambda: framed(b"[" * 100_000)),
    "no UTF-8": (Code.BAD_MANIFEST, lambda: framed(b"\xff\xfe")),
    "lone surrogates": (Code.BAD_MANIFEST, lambda: framed(b'{"v":"\\ud800"}')),
    "another form of the same JSON": (Code.BAD_MANIFEST, uncanonical),
    "one key twice": (Code.BAD_MANIFEST, double_key),
    "a key that nobody knows": (Code.BAD_MANIFEST, lambda: made(run="reboot")),
    "another version": (Code.BAD_MANIFEST, lambda: made(v=2)),
    "another kind": (Code.BAD_MANIFEST, lambda: made(kind="firmware")),
    "software that is a config": (Code.BAD_MANIFEST, lambda: made(kind="software")),
    "a config with a wheel in it": (
        Code.BAD_MANIFEST,
        lambda: made({**files(), "x-1-py3-none-any.whl": b"PK"}),
    ),
    "a gzip file": (Code.NOT_A_BUNDLE, lambda: b"\x1f\x8b\x08" + bytes(1 << 16)),
    "a zip bomb": (Code.NOT_A_BUNDLE, lambda: b"PK\x03\x04" + bytes(1 << 20)),
    "a tar file": (Code.NOT_A_BUNDLE, lambda: b"agent.toml".ljust(257, b"\0") + b"ustar" + bytes(512)),
    "copied as text": (Code.NOT_A_BUNDLE, lambda: GOOD.replace(b"\r\n", b"\n")),
    "no magic": (Code.NOT_A_BUNDLE, lambda: GOOD[8:]),
    # what it would do
    "no settings": (Code.BAD_MANIFEST, lambda: made({"tan-loc.geojson": files()["tan-loc.geojson"]})),
    "settings of another box": (Code.BAD_SETTINGS, lambda: made(files(OTHER))),
    "settings that are no TOML": (Code.BAD_SETTINGS, lambda: made({"agent.toml": b"[["})),
    "settings with an unknown key": (Code.BAD_SETTINGS, lambda: made(files(more="[gps]\n"))),
    "settings that name a file that is not there": (
        Code.BAD_SETTINGS,
        lambda: made({"agent.toml": settings()}),
    ),
    "settings that name a file of the system": (
        Code.BAD_SETTINGS,
        lambda: made({"agent.toml": settings().replace(b"tan-loc.geojson", b"/etc/passwd")}),
    ),
    "settings that climb": (
        Code.BAD_SETTINGS,
        lambda: made({"agent.toml": settings().replace(b"tan-loc.geojson", b"../../device.key")}),
    ),
    "a licence with mistakes": (
        Code.BAD_SETTINGS,
        lambda: made({"agent.toml": settings(), "tan-loc.geojson": b"{}"}),
    ),
    "a model that is none": (
        Code.BAD_SETTINGS,
        lambda: made({**files(more='[detector]\nmodel = "m.onnx"\n'), "m.onnx": b"not a model"}),
    ),
    "keys that are no keys": (
        Code.BAD_MANIFEST,
        lambda: sealed(
            manifest_fields({}, kind="keys", keys={"active": "x", "recovery": "y"}), signer=RECOVERY
        ),
    ),
    "both keys the same": (
        Code.BAD_MANIFEST,
        lambda: sealed(
            manifest_fields({}, kind="keys", keys={"active": KEYS.active, "recovery": KEYS.active}),
            signer=RECOVERY,
        ),
    ),
    "keys with a file": (
        Code.BAD_MANIFEST,
        lambda: sealed(manifest_fields(files(), kind="keys", keys=KEYS.model_dump()), PAYLOAD, RECOVERY),
    ),
    "keys with something behind": (Code.TRAILING, lambda: keys_bundle(KEYS, sequence=3) + b"x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_is_refused_with_its_reason_and_touches_nothing(name: str, tmp_path: Path) -> None:
    code, make = HOSTILE[name]
    held = box(tmp_path, sequence=5 if code in (Code.OLD_SEQUENCE, Code.USED_SEQUENCE) else 1)
    before = held.tree()
    assert held.refusal(make()) == code
    assert held.tree() == before
    assert not held.home.stage.exists()


def test_there_are_sixty_and_more() -> None:
    assert len(HOSTILE) >= 60


def link(stick: Path) -> None:
    (stick / "real").write_bytes(GOOD)
    (stick / "x.swb").symlink_to(stick / "real")


def hard_link_to_a_secret(stick: Path) -> None:
    (stick / "secret").write_bytes(b"the device's key")
    (stick / "x.swb").hardlink_to(stick / "secret")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (link, Code.NOT_A_FILE),
        (lambda stick: (stick / "x.swb").mkdir(), Code.NOT_A_FILE),
        (lambda stick: os.mkfifo(stick / "x.swb"), Code.NOT_A_FILE),
        (lambda _: None, Code.UNREADABLE),
        (hard_link_to_a_secret, Code.TRUNCATED),
    ],
)
def test_what_is_no_plain_file_is_not_read(
    make: Callable[[Path], object], code: Code, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    make(stick)
    held = box(tmp_path)
    before = held.tree()
    with pytest.raises(BundleRefused) as refused, opened(stick / "x.swb") as file:
        held.take(file.read())
    assert refused.value.code == code
    assert held.tree() == before


class Changing(io.BytesIO):
    """A stick whose controller gives other bytes at each read of the same place."""

    def seek(self, *_: object) -> int:
        raise AssertionError("the stick was read a second time")


def test_each_byte_of_a_stick_is_read_once(tmp_path: Path) -> None:
    held = box(tmp_path)
    take(held.home, Changing(GOOD), load_plan, held.now)
    assert held.in_force() == settings()


def test_of_an_endless_stick_no_more_is_read_than_header_and_manifest(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return (MAGIC + bytes(range(1, 97)) + struct.pack(">I", 100_000)).ljust(size, b"x")[:size]

    stick = Endless()
    with pytest.raises(BundleRefused):
        bundle.read_head(stick, [ACTIVE.public_key()])  # type: ignore[arg-type]
    assert stick.given <= HEADER.size + bundle.MANIFEST_LIMIT_BYTES


@pytest.mark.parametrize("quality", [ClockQuality.NONE, ClockQuality.SAVED])
def test_a_box_that_does_not_know_the_time_takes_what_may_be_too_old_and_says_so(
    quality: ClockQuality, tmp_path: Path
) -> None:
    held = box(tmp_path)
    held.now = Now(TODAY, quality)
    assert not held.take(made(not_after="2020-01-01T00:00:00Z")).dated


def test_the_digest_of_the_hostile_list_is_that_of_different_bundles() -> None:
    digests = {hashlib.sha256(make()).hexdigest() for _, make in HOSTILE.values()}
    assert len(digests) == len(HOSTILE)
