"""A day of two cameras on a small disk with the link mostly down: nothing grows, and what goes goes in order.

Time is that of the readings. Watch, chain, store, retention, rings, recordings and files are the real ones; the
cameras repeat a short H.264 stream of some 4 Mbit/s, and the evidence lies on a file system of its own in memory.
"""

import gc
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from agent import durable
from agent.event.chain import Chain
from agent.eyes.eyes import Eyes, Keeping
from agent.eyes.packets import PacketRing
from agent.eyes.ring import Ring
from agent.licence.rules import Terms
from agent.outbox.retention import Budget, Floor, retire
from agent.outbox.store import Store
from agent.run.core import Core
from agent.run.replay import merged, with_ticks
from agent.types import CodedPacket, Fix, Frame, Happening, Look, Origin, Seal, Sealed, SourceState
from agent.watch import Watch, WatchSettings
from builders import fix
from eyes.synthetic_clips import S, scene
from outbox.outbox_builders import DEVICE, DEVICE_KEY, signed_receipt

MB = 1 << 20
PICTURES_A_S = 5
LOOK_S = 15
EVENT_EACH_S = 432  # 200 a day
LINK_UP_S = (6 * 3600, 0.1)  # each six hours, for a tenth of them
NOTE_BYTES = 4096  # a block for what lies beside each file
LINK_BYTES_A_S = 48_000  # 384 kbit/s


@dataclass
class Day:
    hours: float
    disk_mb: int
    floor_mb: int


def coded_pictures() -> list[tuple[bytes, bool]]:
    """Ten seconds of noise that H.264 cannot make small: some 4 Mbit/s."""
    rng = np.random.default_rng(3)
    codec = VideoCodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = 640, 360, "yuv420p"
    codec.time_base = Fraction(1, PICTURES_A_S)
    codec.gop_size, codec.max_b_frames, codec.thread_count = 10, 0, 1
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "qp": "38"}
    packets = []
    for at in range(10 * PICTURES_A_S):
        noise = rng.integers(0, 256, (360, 640, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(noise, format="bgr24").reformat(format="yuv420p")
        frame.pts = at
        packets += [(bytes(packet), packet.is_keyframe) for packet in codec.encode(frame)]
    return packets


class RepeatingCamera:
    """Packets five times a second into the ring, a picture to look at each 15 s."""

    beats = 0

    def __init__(self, camera: str, ring: PacketRing, coded: list[tuple[bytes, bool]], seconds: int) -> None:
        self.camera = camera
        self._ring = ring
        self._coded = coded
        self._seconds = seconds
        self._scenes = [scene(at) for at in range(16)]

    def __iter__(self) -> Iterator[Frame | SourceState]:
        self._ring.begin("h264")
        coded = cycle(self._coded)
        for number in range(self._seconds * PICTURES_A_S):
            mono_ns = number * S // PICTURES_A_S
            data, keyframe = next(coded)
            ticks = number * 90_000 // PICTURES_A_S
            # A unit of filler with the number in it: no two clips of a day are the same.
            data += b"\0\0\0\1\x0c" + f"{self.camera} {number}".encode() + b"\x80"
            self._ring.add(CodedPacket(mono_ns, ticks, ticks, keyframe, data))
            if number % (LOOK_S * PICTURES_A_S) == 0:
                image = self._scenes[number // 75 % 16].copy()
                image[:4, : len(self.camera) + number // 75 % 300] = 255
                image[4:8, : number // 75 // 300 + 1] = 255
                yield Frame(mono_ns, self.camera, image)

    def look(self, interval_s: float) -> None:
        del interval_s

    def close(self) -> None: ...


@dataclass
class Both:
    """Two cameras as the core sees them."""

    eyes: dict[str, Eyes]

    def look(self, order: Look) -> None:
        self.eyes[order.camera].look(order)

    def seal(self, order: Seal) -> Sealed | None:
        return self.eyes[order.camera].seal(order)


def receiver(seconds: int) -> Iterator[Fix]:
    """Every 432 s a minute in a datum that is not WGS 84: a suspect position, an event."""
    for at in range(seconds):
        yield fix(at, datum="P90" if 200 <= at % EVENT_EACH_S < 260 else "W84")


def resident_mb() -> float:
    gc.collect()
    return (
        int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB
    )


@dataclass
class Floors:
    """The least memory of each twelfth of the day: a clip in the making takes some for half a minute, a leak never goes."""

    part_s: float
    mb: list[float] = field(default_factory=list)

    def note(self, at_s: int) -> None:
        part = int(at_s // self.part_s)
        self.mb += [math.inf] * (part + 1 - len(self.mb))
        self.mb[part] = min(self.mb[part], resident_mb())

    @property
    def grown_mb(self) -> float:
        """From the third twelfth, when all is warm, to the last whole one."""
        return self.mb[11] - self.mb[2]


def written_mb() -> float:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes")) / MB


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system in memory of so many megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={request.param}m"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"a small disk needs the right to mount a tmpfs (run as root): {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def carry(store: Store, room_bytes: int) -> None:
    """Over a link that is up: all records, then files in the order of the outbox, as many as fit."""
    if not (through_seq := store.head().seq):
        return
    store.accept(signed_receipt(store, through_seq))
    arrived: list[str] = []
    while (file := store.next_evidence(arrived)) is not None and file.size_bytes <= room_bytes:
        room_bytes -= file.size_bytes
        arrived.append(file.sha256)
    store.accept(signed_receipt(store, through_seq, *arrived))


def live_through(day: Day, state: Path, disk: Path) -> None:
    seconds = round(day.hours * 3600)
    coded = coded_pictures()
    fsyncs_before, written_before = durable.fsyncs, written_mb()
    with Store.open(state, DEVICE, disk / "evidence") as store:
        eyes = {}
        for name in ("deck", "mast"):
            packets = PacketRing()
            eyes[name] = Eyes(
                RepeatingCamera(name, packets, coded, seconds),
                None,
                Ring(),
                store.evidence_root,
                keeping=Keeping(packets),
            )
        settings = WatchSettings(
            terms=Terms("dredger", has_gear=True, licences=()), cameras=tuple(eyes), filmed=tuple(eyes)
        )
        watch = Watch(settings, "voyage:day", Origin("replay", "day", synthetic=True))
        chain = Chain(DEVICE, "voyage:day", DEVICE_KEY, store.foothold())
        core = Core(watch, chain, store, Both(eyes), floor=Floor(day.floor_mb * MB))
        budget = Budget(still_bytes=20 * MB, clip_bytes=day.disk_mb * MB // 4)
        opened = last_s = head_seq = 0
        floors = Floors(seconds / 12)
        for number, reading in enumerate(with_ticks(merged([receiver(seconds), *eyes.values()]))):
            step = core.take(reading)
            opened += sum(
                change.kind == "event.opened" and change.event.happening is Happening.POSITION
                for change in step.events
            )
            at_s = reading.mono_ns // S
            if store.head().seq != head_seq:
                head_seq = store.head().seq
                if store._row("SELECT kind FROM records WHERE seq = ?", head_seq)[0] == "tombstone":
                    assert not store.held_evidence(), "what the station has goes before what it has not"
            if number % 600 == 0:
                if at_s % LINK_UP_S[0] < LINK_UP_S[0] * LINK_UP_S[1]:
                    carry(store, (at_s - last_s) * LINK_BYTES_A_S)
                last_s = at_s
                retire(store, budget)
                free = os.statvfs(disk)
                assert free.f_bavail * free.f_frsize > 0
                floors.note(at_s)
        core.commit()
        rows = store._rows("SELECT kind, receipt, file, size_bytes FROM evidence ORDER BY seq")
        tombs = [
            json.loads(raw)["body"]["deleted"]
            for (raw,) in store._rows("SELECT raw FROM records WHERE kind = 'tombstone' ORDER BY seq")
        ]
        gone = [file for tomb in tombs for file in tomb]
        buried = sum(1 for kind, receipt, file, _ in rows if file != "kept" and receipt is None)
        still_mb = sum(size for kind, _, _, size in rows if kind == "still") / MB
        clip_mb = sum(size for kind, _, _, size in rows if kind == "clip") / MB
        fsyncs = durable.fsyncs - fsyncs_before + store.transactions
        flash_mb = written_mb() - written_before + still_mb + len(rows) * NOTE_BYTES / MB
    share = day.hours / 24
    sys.stdout.write(
        f"\n{day.hours} h: {opened} events, {len(rows)} files, {clip_mb:.0f} MB of clips through {day.disk_mb} MB, "
        f"{buried} unsent files gone in {len(tombs)} tombstones, memory {floors.grown_mb:+.1f} MB, "
        f"{flash_mb:.0f} MB written without clips, {fsyncs} fsyncs\n"
    )
    assert opened == sum(1 for _ in range(200, seconds, EVENT_EACH_S))
    assert clip_mb > 1.5 * day.disk_mb, "the disk was never short: this proved nothing"
    assert buried == len(gone) > 0, "what went unsent is what the tombstones name"
    assert all(file["kind"] == "clip" for file in gone), "stills go behind clips, and there were clips enough"
    assert [file["seq"] for file in gone] == sorted(file["seq"] for file in gone), "the oldest first"
    assert floors.grown_mb < 5
    assert flash_mb < 200 * share + 20
    assert fsyncs < 20_000 * share + 500


@pytest.mark.parametrize("disk", [200], indirect=True)
def test_two_hours_of_two_cameras_on_a_disk_far_too_small(disk: Path, tmp_path: Path) -> None:
    live_through(Day(2, 200, 60), tmp_path / "state", disk)


@pytest.mark.soak
@pytest.mark.parametrize("disk", [2048], indirect=True)
def test_day_of_two_cameras_and_two_hundred_events(disk: Path, tmp_path: Path) -> None:
    live_through(Day(24, 2048, 200), tmp_path / "state", disk)
