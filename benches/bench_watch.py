"""What it costs to watch: this agent beside `YOLO(...).predict(stream=True)`, the same 1080p25 clip, one run.

Run: python benches/bench_watch.py [--model FILE.onnx [--weights FILE.pt]] [--seconds 30] [--width 640 --height 384].
Needs ultralytics (extra `train`). The clip is built from the bundled synthetic film: enlarged to 1920x1080, 25
pictures a second, a keyframe every 2 s, and once more at 640x360 as a camera's second stream. With `--weights` both
sides run the same weights; without, ultralytics runs YOLO26n at the same input. Without `--model` our side runs YOLO26n with
random weights: then the costs are real and the boxes are not.

CPU is that of the whole process (`getrusage`), from the first picture to the last, without imports, loading and the
first five pictures: those cost each side once and not per hour. Ours is the core (watch, rules, store, a fix a second)
and the eyes together. "At equal work" both run the same number of detections a second. Memory is resident at the
end, shared pages once; ours is measured on a live run, core and eyes together. The bench also plays the clip to a live agent
as four network cameras in real time, with a receiver at 10 Hz, and counts the fixes that are lost.
"""

import argparse
import contextlib
import importlib
import importlib.util
import json
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tty
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import cv2

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benches")]
FILM = ROOT / "tests" / "voyages" / "tan-loc-evening" / "film.mp4"
LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"
RATE, KEYFRAME_EACH, SMALL_RATE = 25, 50, 5
IDLE_S, COUNTING_S = 5.0, 0.5
WARM = 5
QUIET = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}
CONFIG = """
[device]
id = "SW-BENCH"
[own_vessel]
kind = "dredger"
[licences]
files = ["{licence}"]
"""


# ── the clip ──────────────────────────────────────────────────────────────────────────────────────────


def build_clip(folder: Path, seconds: int) -> tuple[Path, Path]:
    """The film's minutes of crane work as 1080p25 and as its 360p5 second stream, in MPEG-TS."""
    large, small = folder / "main.ts", folder / "second.ts"
    with (
        av.open(str(FILM)) as film,
        _writing(large, 1920, 1080, RATE) as main,
        _writing(small, 640, 360, SMALL_RATE) as second,
    ):
        film.seek(600_000_000)  # ten minutes in: the crane is at work
        pictures = (frame.to_ndarray(format="bgr24") for frame in film.decode(video=0))
        for at, picture in zip(range(seconds * 2), pictures, strict=False):
            big = cv2.resize(picture, (1920, 1080), interpolation=cv2.INTER_LINEAR)
            for step in range(at * RATE // 2, (at + 1) * RATE // 2):
                big[-8:, (step * 7) % 1900 :][:, :16] = (
                    step % 256
                )  # a spot that moves, so that no picture is a copy
                main(big)
                if step % (RATE // SMALL_RATE) == 0:
                    second(picture)
    return large, small


@contextlib.contextmanager
def _writing(path: Path, width: int, height: int, rate: int) -> Iterator[Any]:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.options = {"preset": "ultrafast", "crf": "26", "bf": "0"}
        stream.codec_context.gop_size = KEYFRAME_EACH * rate // RATE
        count = 0

        def write(picture: Any) -> None:
            nonlocal count
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = count
            count += 1
            container.mux(stream.encode(frame))

        yield write
        container.mux(stream.encode(None))


# ── one side in a process of its own ──────────────────────────────────────────────────────────────────


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def group_mb(*pids: int) -> float:
    """Memory of these processes as if they were alone on the machine: what they share counts once.

    The proportional set size would also credit what other programs happen to share (a second torch, say).
    """
    private, shared = 0, dict[tuple[str, str], int]()
    for pid in pids:
        key, resident = ("", ""), 0
        for line in Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                key = (words[2], words[5] if len(words) > 5 else "")
            elif words[0] == "Rss:":
                resident = int(words[1])
            elif words[0] == "Anonymous:":
                private += int(words[1])
                if key[1]:
                    shared[key] = max(shared.get(key, 0), resident - int(words[1]))
    return (private + sum(shared.values())) / 1024


def ours(clip: Path, second: Path | None, model: Path, every_s: float) -> dict[str, Any]:
    """The agent over the clip: eyes that look each `every_s`, a core that takes what they say and a fix a second."""
    from agent.event.chain import Chain  # noqa: PLC0415
    from agent.eyes.child import share_memory  # noqa: PLC0415
    from agent.eyes.eyes import Eyes, Keeping  # noqa: PLC0415
    from agent.eyes.packets import PacketRing  # noqa: PLC0415
    from agent.eyes.ring import Ring  # noqa: PLC0415
    from agent.eyes.schedule import Schedule  # noqa: PLC0415
    from agent.eyes.stir import Stir  # noqa: PLC0415
    from agent.outbox.store import Store  # noqa: PLC0415
    from agent.run import identity  # noqa: PLC0415
    from agent.run.build.eyes import MB, STILLS_MB  # noqa: PLC0415
    from agent.run.build.runs import watch_settings  # noqa: PLC0415
    from agent.run.core import Core  # noqa: PLC0415
    from agent.run.plan import load_plan  # noqa: PLC0415
    from agent.run.replay import merged, with_ticks  # noqa: PLC0415
    from agent.types import Fix, FixQuality, Observation, Origin  # noqa: PLC0415
    from agent.watch import Watch  # noqa: PLC0415
    from hw.camera_stamps import RecordedStamps  # noqa: PLC0415
    from hw.camera_stream import VideoSource  # noqa: PLC0415
    from models.detect_onnx import OnnxDetector  # noqa: PLC0415

    share_memory()
    with tempfile.TemporaryDirectory() as place, Store.open(Path(place) / "state", "SW-BENCH") as store:
        config = Path(place) / "agent.toml"
        config.write_text(CONFIG.format(licence=LICENCE), encoding="utf-8")
        packets = PacketRing()
        main = VideoSource(str(clip), "deck", Schedule(30.0), RecordedStamps(0), keep=packets)
        source = main
        if second is not None:
            source = VideoSource(str(second), "deck", Schedule(every_s), RecordedStamps(0))
        ring = Ring(20.0, STILLS_MB * MB)
        stir = Stir(on_own_hull=True)
        eyes = Eyes(
            source, OnnxDetector(model), ring, store.evidence_root, stir=stir, keeping=Keeping(packets)
        )
        source.look(every_s)
        watch = Watch(watch_settings(load_plan(config)), "bench", Origin("replay", "bench", synthetic=True))
        core = Core(
            watch, Chain("SW-BENCH", "bench", identity.device_key(Path(place) / identity.KEY_FILE)), store
        )
        start = datetime(2026, 11, 20, 3, tzinfo=UTC)
        fixes = (
            Fix(
                at * 10**9,
                start + timedelta(seconds=at),
                10.2576,
                105.5794,
                FixQuality.GNSS,
                0.1,
                error_m=5.0,
            )
            for at in range(10**6)
        )
        begun = looks = 0.0
        labels: dict[str, int] = {}
        for reading in with_ticks(merged([eyes, fixes])):
            core.take(reading)
            if isinstance(reading, Observation):
                looks += 1
                for found in reading.detections or ():
                    labels[found.label] = labels.get(found.label, 0) + 1
                begun = begun or cpu_s()
            elif getattr(reading, "state", None) == "ended":
                break
        if second is not None:
            for _ in main:  # its packets are read and kept beside, by a thread of its own in a live run
                pass
        core.commit()
        return {
            "cpu_s": cpu_s() - begun,
            "looks": looks,
            "labels": labels,
            "memory_mb": group_mb(os.getpid()),
        }


def theirs(clip: Path, weights: str, size: list[int], stride: int) -> dict[str, Any]:
    from ultralytics import YOLO  # noqa: PLC0415

    yolo = YOLO(weights)
    begun, looks = 0.0, 0
    for looks, _ in enumerate(
        yolo.predict(str(clip), stream=True, imgsz=size, vid_stride=stride, verbose=False, device="cpu"),
        start=1,
    ):
        if looks == (WARM if stride == 1 else 1):
            begun = cpu_s()
    return {"cpu_s": cpu_s() - begun, "looks": looks, "memory_mb": group_mb(os.getpid())}


def child(task: dict[str, Any]) -> None:
    side: Callable[..., dict[str, Any]] = ours if task.pop("side") == "ours" else theirs
    paths = {
        key: Path(value) if key in ("clip", "second", "model") and value else value
        for key, value in task.items()
    }
    print(json.dumps(side(**paths)))


def run(folder: Path, **task: Any) -> dict[str, Any]:
    environment = os.environ | QUIET | {"YOLO_CONFIG_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    words = json.dumps({key: str(value) if isinstance(value, Path) else value for key, value in task.items()})
    done = subprocess.run(
        [sys.executable, __file__, "--child", words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=folder,
    )
    if done.returncode:
        raise SystemExit(f"{task}: {done.stderr[-800:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


# ── a live agent ──────────────────────────────────────────────────────────────────────────────────────


def serve_in_real_time(clip: Path, seconds: float) -> int:
    """The clip over TCP, at its own pace, to whoever connects; gives the port."""
    content = clip.read_bytes()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            visitor, _ = server.accept()
            piece, begun = len(content) // round(seconds * 10) + 1, time.monotonic()
            for number in range(round(seconds * 10)):
                time.sleep(max(0.0, begun + number / 10 - time.monotonic()))
                visitor.sendall(content[number * piece : (number + 1) * piece])

    threading.Thread(target=serve, daemon=True).start()
    return int(server.getsockname()[1])


def sentence(body: str) -> bytes:
    checksum = 0
    for byte in body.encode():
        checksum ^= byte
    return f"${body}*{checksum:02X}\r\n".encode()


def speak(line: int, seconds: float) -> None:
    """A receiver at 10 Hz."""
    begun, utc = time.monotonic(), datetime.now(UTC)  # noqa: TID251 - the receiver's own clock
    for number in range(round(seconds * 10)):
        time.sleep(max(0.0, begun + number / 10 - time.monotonic()))
        at = utc + timedelta(seconds=number / 10)
        clock, day = at.strftime("%H%M%S.") + f"{at.microsecond // 10_000:02}", at.strftime("%d%m%y")
        os.write(line, sentence(f"GPRMC,{clock},A,1015.4549,N,10534.7666,E,0.1,,{day},,,A"))
        os.write(line, sentence(f"GPGGA,{clock},1015.4549,N,10534.7666,E,1,09,0.9,4.0,M,0.0,M,,"))


def live(folder: Path, clip: Path, second: Path, model: Path, seconds: int, cameras: int) -> dict[str, Any]:
    """A recorded live run: CPU and memory of its processes, fixes sent and fixes seen."""
    ours_end, theirs_end = pty.openpty()
    tty.setraw(theirs_end)
    tables = "".join(
        f'[[camera]]\nname = "cam-{number}"\nurl = "tcp://127.0.0.1:{serve_in_real_time(clip, seconds)}"\n'
        f'second_url = "tcp://127.0.0.1:{serve_in_real_time(second, seconds)}"\n'
        for number in range(cameras)
    )
    config = folder / f"live-{cameras}.toml"
    config.write_text(
        CONFIG.format(licence=LICENCE)
        + f'[gnss]\nsource = "{os.ttyname(theirs_end)}"\n[detector]\nmodel = "{model}"\n{tables}',
        encoding="utf-8",
    )
    recording, state = folder / f"recording-{cameras}", folder / f"state-{cameras}"
    command = [
        sys.executable,
        "-m",
        "agent",
        "record",
        str(recording),
        "--config",
        str(config),
        "--state",
        str(state),
    ]
    box = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    speaker = threading.Thread(target=speak, args=(ours_end, seconds), daemon=True)
    time.sleep(8)  # until it listens: what was sent before nobody could lose
    speaker.start()
    speaker.join()
    time.sleep(2)
    pids = [
        box.pid,
        *(pid for pid in children(box.pid) if b"agent.eyes" in Path(f"/proc/{pid}/cmdline").read_bytes()),
    ]
    memory, used = group_mb(*pids), sum(process_cpu_s(pid) for pid in pids)
    box.send_signal(signal.SIGINT)
    box.wait(60)
    lines = [
        json.loads(line) for line in (recording / "readings.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    fixes = sorted({line["utc"] for line in lines if line["type"] == "Fix" and line["lat_deg"] is not None})
    # From the first to the last that was seen: before, the agent was still starting.
    first, last = (datetime.fromisoformat(fixes[at]) for at in (0, -1))
    due = round((last - first).total_seconds() * 10) + 1
    looks = sum(line["type"] == "Observation" for line in lines)
    return {"memory_mb": memory, "cpu_s": used, "due": due, "seen": len(fixes), "looks": looks}


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]


def process_cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path)
    parser.add_argument("--weights", type=Path, help="the same weights as .pt, for ultralytics")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=384)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(json.loads(given.child))
        return
    if importlib.util.find_spec("ultralytics") is None:
        print(
            "nothing measured: ultralytics (extra train) is what this is compared with, and it is not installed"
        )
        return
    with tempfile.TemporaryDirectory() as place:
        compare(Path(place), given)


def compare(folder: Path, given: argparse.Namespace) -> None:
    size = (given.width, given.height)
    weights = "yolo26n.yaml" if given.weights is None else str(given.weights.resolve())
    if given.model is None:
        given.model, made = importlib.import_module("bench_detect").random_model(folder, *size)
        weights = str(made)
        print(
            "our weights: YOLO26n with RANDOM weights, the same on both sides; costs are real, boxes are not"
        )
    else:
        from models.manifest import read_model  # noqa: PLC0415

        card = read_model(given.model).manifest
        size = (card.input_width_px, card.input_height_px)
        same = "the same weights" if given.weights else "YOLO26n at the same input: it cannot load ours"
        print(f"our weights: {card.name}; ultralytics runs {same}")
    print(f"clip: {given.seconds} s of 1920x1080 at {RATE}/s, input {size[0]}x{size[1]}")
    clip, second = build_clip(folder, given.seconds)
    model, imgsz = given.model.resolve(), [size[1], size[0]]
    hour = 3600 / given.seconds
    seen: dict[str, dict[str, Any]] = {}

    def measure(name: str, **task: Any) -> dict[str, Any]:
        seen[name] = run(folder, **task)
        print(f"{name:52}{seen[name]['cpu_s'] * hour:8.0f} CPU-s an hour, {seen[name]['looks']:.0f} looks")
        return seen[name]

    watching = measure(
        "ours, nothing out: main stream, keyframes",
        side="ours",
        clip=clip,
        second=None,
        model=model,
        every_s=IDLE_S,
    )
    counting = measure(
        "ours, counting: second stream, 2 looks a second",
        side="ours",
        clip=clip,
        second=second,
        model=model,
        every_s=COUNTING_S,
    )
    alone = measure(
        "ours, counting without a second stream",
        side="ours",
        clip=clip,
        second=None,
        model=model,
        every_s=COUNTING_S,
    )
    plain = measure(
        "YOLO.predict(stream=True), every frame",
        side="theirs",
        clip=clip,
        weights=weights,
        size=imgsz,
        stride=1,
    )
    strided = measure(
        "YOLO.predict(vid_stride=12), 2 looks a second",
        side="theirs",
        clip=clip,
        weights=weights,
        size=imgsz,
        stride=12,
    )
    whole = plain["cpu_s"] * plain["looks"] / (plain["looks"] - WARM)
    one = live(folder, clip, second, model, given.seconds, 1)
    four = live(folder, clip, second, model, given.seconds, 4)
    print(f"memory: ours, core and eyes, live {one['memory_mb']:.0f} MB; theirs {plain['memory_mb']:.0f} MB")
    print(
        f"four cameras, live: {four['due'] - four['seen']} of {four['due']} fixes lost, {four['looks']} looks, "
        f"{four['cpu_s'] / given.seconds:.2f} cores, {four['memory_mb']:.0f} MB"
    )
    print(
        f"found in the clip by ours: {counting['labels'] or 'nothing'} (2 looks a second), {watching['labels'] or 'nothing'} (one in 5 s)"
    )
    equal = [each["cpu_s"] / each["looks"] for each in (counting, alone, strided)]
    print(f"equal-work without a second stream {equal[1] / equal[2]:.2f}")
    print(f"watching 1/{whole / watching['cpu_s']:.0f}")
    print(f"counting 1/{whole / counting['cpu_s']:.0f}")
    print(f"equal-work {equal[0] / equal[2]:.2f}")
    print(f"memory {one['memory_mb'] / plain['memory_mb']:.2f}")


if __name__ == "__main__":
    main()
