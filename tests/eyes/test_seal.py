"""Stills of an event are durable and named by their content, or it is said why not."""

import hashlib
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.durable import evidence_path
from agent.eyes.observe import observe
from agent.eyes.ring import Ring, Still, encode
from agent.eyes.seal import seal_stills, spread
from agent.types import Frame, Seal, Sealed
from eyes.synthetic_clips import S, WhiteBoxDetector, scene


def still(at_s: float, picture: int | None = None) -> Still:
    frame = Frame(round(at_s * S), "deck", scene(round(at_s * 10) if picture is None else picture))
    return Still(encode(frame), observe(frame, WhiteBoxDetector()))


def ring_of(*at_s: float) -> Ring:
    ring = Ring()
    for at in at_s:
        ring.add(still(at))
    return ring


def order(from_s: float, to_s: float) -> Seal:
    return Seal("box-1.7.1", "deck", round(from_s * S), round(to_s * S))


def stamps_s(stills: tuple[Still, ...]) -> list[float]:
    return [one.mono_ns / S for one in stills]


def seal(order: Seal, ring: Ring, root: Path) -> Sealed:
    looks = ring.between(order.camera, order.from_mono_ns, order.to_mono_ns)
    return seal_stills(order, spread(looks, order.most), root)


@contextmanager
def files_at_most(size_bytes: int) -> Iterator[None]:
    """The kernel refuses to let any file of this process grow beyond `size_bytes`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        pytest.skip(f"a full disk needs the right to mount a tmpfs (run as root): {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_sealed_still_is_on_disk_under_its_own_digest(tmp_path: Path) -> None:
    sealed = seal(order(0, 10), ring_of(1, 5, 9), tmp_path)
    assert sealed.problem is None
    assert [file.mono_ns for file in sealed.files] == [1 * S, 5 * S, 9 * S]
    for file in sealed.files:
        content = evidence_path(tmp_path, file.sha256, file.media_type).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert len(content) == file.size_bytes
        assert (file.kind, file.camera, file.width_px, file.height_px) == ("still", "deck", 320, 180)
        assert file.detections is not None
        assert file.model_hash == WhiteBoxDetector.model_hash


def test_nobody_but_the_owner_may_read_evidence(tmp_path: Path) -> None:
    (file,) = seal(order(0, 10), ring_of(1), tmp_path).files
    path = evidence_path(tmp_path, file.sha256, file.media_type)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_earliest_latest_and_one_between_are_taken_and_the_latest_is_never_left_out() -> None:
    stills = tuple(still(at_s, picture=0) for at_s in (0, 1, 2, 5, 6, 10))
    assert stamps_s(spread(stills, 3)) == [0.0, 5.0, 10.0]
    assert stamps_s(spread(stills, 2)) == [0.0, 10.0]
    assert stamps_s(spread(stills, 1)) == [10.0]
    assert stamps_s(spread(stills, 9)) == [0.0, 1.0, 2.0, 5.0, 6.0, 10.0]
    assert spread((), 3) == ()


def test_sealing_twice_gives_the_same_files_and_writes_them_once(tmp_path: Path) -> None:
    ring = ring_of(1, 5, 9)
    first = seal(order(0, 10), ring, tmp_path)
    written = {path: path.stat().st_ino for path in tmp_path.rglob("*.jpg")}
    assert seal(order(0, 10), ring, tmp_path) == first
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*.jpg")} == written
    assert len(written) == 3


def test_file_damaged_on_disk_is_written_again(tmp_path: Path) -> None:
    ring = ring_of(1)
    (file,) = seal(order(0, 10), ring, tmp_path).files
    path = evidence_path(tmp_path, file.sha256, file.media_type)
    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    seal(order(0, 10), ring, tmp_path)
    assert path.read_bytes() == whole


def test_frozen_camera_is_one_file_named_once(tmp_path: Path) -> None:
    ring = Ring()
    for at_s in (1, 2, 3):
        ring.add(still(at_s, picture=0))
    sealed = seal(order(0, 10), ring, tmp_path)
    assert len(sealed.files) == 1
    assert len(list(tmp_path.rglob("*.jpg"))) == 1


def test_blind_eyes_say_so_instead_of_inventing_a_picture(tmp_path: Path) -> None:
    sealed = seal(order(100, 110), Ring(), tmp_path)
    assert sealed.files == ()
    assert sealed.problem == "camera deck gave no picture in the 10.0 s that were to be kept"
    assert sealed.mono_ns == 110 * S


def test_camera_that_is_not_ours_has_no_picture(tmp_path: Path) -> None:
    sealed = seal(Seal("box-1.7.1", "bow", 0, 10 * S), ring_of(1), tmp_path)
    assert sealed.files == ()
    assert sealed.problem is not None


def test_full_disk_is_an_answer_and_what_fitted_is_named(tiny_disk: Path) -> None:
    ring = ring_of(1, 5, 9)
    (tiny_disk / "ballast").write_bytes(bytes(64 * 1024 - 4096 - 20_480))
    sealed = seal(order(0, 10), ring, tiny_disk)
    assert sealed.problem is not None
    assert "no room" in sealed.problem
    assert len(sealed.files) == 1
    for file in sealed.files:
        assert evidence_path(tiny_disk, file.sha256, file.media_type).stat().st_size == file.size_bytes
    assert [path.name for path in tiny_disk.rglob("*.part")] == []


def test_kernel_that_refuses_to_write_is_an_answer(tmp_path: Path) -> None:
    with files_at_most(1000):
        sealed = seal(order(0, 10), ring_of(1, 5, 9), tmp_path)
    assert sealed.files == ()
    assert sealed.problem == "0 of 3 stills kept, then the evidence disk has no room"
    assert list(tmp_path.rglob("*.part")) == []


def test_file_in_the_place_of_the_evidence_folder_is_an_answer(tmp_path: Path) -> None:
    root = tmp_path / "evidence"
    root.write_text("not a folder", encoding="ascii")
    sealed = seal(order(0, 10), ring_of(1), root)
    assert sealed.files == ()
    assert sealed.problem == f"0 of 1 stills kept, then the evidence disk refused: {os.strerror(20)}"
