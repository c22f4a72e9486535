"""What one look costs: our detector beside ultralytics, OpenCV's DNN and OpenVINO, on the same weights and input.

Run: python benches/bench_detect.py [--model FILE.onnx [--weights FILE.pt]] [--random 640x384]. Without arguments the shipped
model; ultralytics, which cannot load it, then runs YOLO26n at the same input. --random gives all runtimes the same YOLO26n
with random weights, which costs the same and finds nothing. Each runtime runs alone in processes of its own, in turn, one
thread, on the same 1280 x 720 frame of noise; a look is frame in, boxes out. Prints, for each: milliseconds a look (median
wall clock and CPU), peak memory of the process, time of its imports. What is not installed is skipped.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from models import shipped
from models.manifest import read_model

Look: TypeAlias = Callable[[Any], object]
LOOKS, WARM, ROUNDS = 30, 3, 2
QUIET = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false", "OMP_NUM_THREADS": "1"}
RUNTIMES = {  # name: (what must be installed, what it is run from)
    "sandwatch (onnxruntime)": ("onnxruntime", "onnx"),
    "ultralytics (torch)": ("ultralytics", "pt"),
    "OpenCV DNN": ("cv2", "onnx"),
    "OpenVINO": ("openvino", "onnx"),
}


def ours(model: Path) -> Look:
    from models.detect_onnx import OnnxDetector  # noqa: PLC0415

    return OnnxDetector(model).detect


def theirs(model: Path) -> Look:
    import torch  # noqa: PLC0415
    from ultralytics import YOLO  # noqa: PLC0415

    torch.set_num_threads(1)
    yolo, size = YOLO(str(model)), json.loads(os.environ["BENCH_SIZE"])

    def look(frame: Any) -> object:
        torch.set_num_threads(1)  # it sets its own number when it chooses the device
        return yolo.predict(frame, imgsz=size, verbose=False, device="cpu")

    return look


def opencv(model: Path) -> Look:
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)
    net, blob = cv2.dnn.readNetFromONNX(str(model)), blob_maker()

    def look(frame: Any) -> object:
        net.setInput(blob(frame))
        return net.forward()

    return look


def openvino(model: Path) -> Look:
    import openvino as ov  # noqa: PLC0415

    compiled = ov.Core().compile_model(str(model), "CPU", {"INFERENCE_NUM_THREADS": 1})
    blob = blob_maker()
    return lambda frame: compiled(blob(frame))


def blob_maker() -> Callable[[Any], Any]:
    import cv2  # noqa: PLC0415

    from models.letterbox import Letterbox  # noqa: PLC0415

    height, width = json.loads(os.environ["BENCH_SIZE"])

    def blob(frame: Any) -> Any:
        box = Letterbox.fit((frame.shape[1], frame.shape[0]), (width, height))
        return cv2.dnn.blobFromImage(box.picture(frame), 1 / 255, swapRB=True)

    return blob


OPENERS: dict[str, Callable[[Path], Look]] = dict(
    zip(RUNTIMES, (ours, theirs, opencv, openvino), strict=True)
)
IMPORTS = {
    "sandwatch (onnxruntime)": "models.detect_onnx",
    "ultralytics (torch)": "ultralytics.models",
    "OpenCV DNN": "cv2",
    "OpenVINO": "openvino",
}


def child(name: str, model: Path) -> None:
    """One runtime in this process; prints its figures as JSON."""
    started = time.perf_counter_ns()
    importlib.import_module(IMPORTS[name])
    import_ms = (time.perf_counter_ns() - started) / 1e6
    look = OPENERS[name](model)
    frame = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    wall, cpu = [], []
    for number in range(WARM + LOOKS):
        wall_ns, cpu_ns = time.perf_counter_ns(), time.process_time_ns()
        look(frame)
        if number >= WARM:
            wall.append((time.perf_counter_ns() - wall_ns) / 1e6)
            cpu.append((time.process_time_ns() - cpu_ns) / 1e6)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_kb = int(status.split("VmHWM:")[1].split()[0])
    print(json.dumps({"import_ms": import_ms, "wall_ms": wall, "cpu_ms": cpu, "peak_mb": peak_kb / 1024}))


def random_model(folder: Path, width: int, height: int) -> tuple[Path, Path]:
    """A YOLO26n of nine labels that learnt nothing, as .onnx with our manifest and as .pt."""
    script = (
        "import sys; from ultralytics import YOLO; import torch\n"
        "from ultralytics.nn.tasks import DetectionModel\n"
        "model = YOLO('yolo26n.yaml'); model.model = DetectionModel('yolo26n.yaml', nc=9, verbose=False)\n"
        f"model.save('{folder}/random.pt')\n"
        f"YOLO('{folder}/random.pt').export(format='onnx', imgsz=({height}, {width}), opset=17, nms=False,"
        " simplify=False, verbose=False)\n"
    )
    environment = os.environ | QUIET | {"YOLO_CONFIG_DIR": str(folder)}
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=environment)
    import onnx  # noqa: PLC0415
    from onnx import helper  # noqa: PLC0415

    from models.manifest import KEY, LABELS, Manifest  # noqa: PLC0415

    graph = onnx.load(str(folder / "random.onnx"))
    card = Manifest(
        name="random",
        labels=LABELS,
        input_width_px=width,
        input_height_px=height,
        thresholds=dict.fromkeys(LABELS, 0.5),
        dataset_sha256="none",
        git_commit="none",
        weights_licence="none: random numbers",
        started_from="nothing: random weights",
        seen="nothing",
    )
    del graph.metadata_props[:]
    helper.set_model_props(graph, {KEY: json.dumps(card.to_json())})
    (folder / "random.onnx").write_bytes(graph.SerializeToString())
    return folder / "random.onnx", folder / "random.pt"


def measure(files: dict[str, Path | None], size: tuple[int, int], folder: Path) -> dict[str, dict[str, Any]]:
    """Every runtime in turn, `ROUNDS` times; figures pooled."""
    found: dict[str, dict[str, Any]] = {}
    environment = os.environ | QUIET | {"BENCH_SIZE": json.dumps(size[::-1]), "YOLO_CONFIG_DIR": str(folder)}
    for turn in range(ROUNDS):
        for name, (package, kind) in RUNTIMES.items():
            model = files[kind]
            if importlib.util.find_spec(package) is None or model is None:
                if turn == 0:
                    why = "not installed" if model else f"needs the same weights as .{kind}: --weights"
                    print(f"{name}: skipped: {why}")
                continue
            command = [sys.executable, __file__, "--child", name, "--model", str(model)]
            result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
            if result.returncode:
                last = (result.stderr.strip().splitlines() or ["no word"])[-1]
                if turn == 0:
                    print(f"{name}: could not run this model: {last[:160]}")
                continue
            figures = json.loads(result.stdout.strip().splitlines()[-1])
            pooled = found.setdefault(name, {"import_ms": [], "wall_ms": [], "cpu_ms": [], "peak_mb": []})
            for key, value in figures.items():
                pooled[key] += value if isinstance(value, list) else [value]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="default: the shipped one")
    parser.add_argument("--weights", type=Path, help="the same weights as .pt, for ultralytics")
    parser.add_argument(
        "--random", metavar="WxH", help="YOLO26n with random weights in all runtimes, e.g. 640x384"
    )
    parser.add_argument("--child", choices=RUNTIMES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    model = given.model or shipped.MODEL
    if given.child:
        child(given.child, model)
        return
    has_ultralytics = importlib.util.find_spec("ultralytics") is not None
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files: dict[str, Path | None]
        if given.random:
            if not has_ultralytics:
                print("nothing measured: --random needs ultralytics (extra train) to make the model")
                return
            width, height = (int(side) for side in given.random.split("x"))
            size = (width, height)
            files = dict(zip(("onnx", "pt"), random_model(folder, *size), strict=True))
            print("YOLO26n with RANDOM weights everywhere: costs are real, boxes are not")
        else:
            card = read_model(model).manifest
            size = (card.input_width_px, card.input_height_px)
            files = {"onnx": model, "pt": given.weights}
            print(f"{card.name}, {model.stat().st_size / 1e6:.1f} MB, started from {card.started_from}")
            if given.weights is None and has_ultralytics:
                files["pt"] = random_model(folder, *size)[1]
                print(
                    "ultralytics cannot load it and runs YOLO26n (random weights) at the same input instead"
                )
        print(f"input {size[0]} x {size[1]} px, frame 1280 x 720, one thread, {ROUNDS} x {LOOKS} looks")
        report(measure(files, size, folder))
        print("ncnn: skipped: it reads no ONNX, and its exporter does not take the end-to-end head")


def report(found: dict[str, dict[str, Any]]) -> None:
    print(f"{'':26}{'ms':>8}{'CPU ms':>8}{'peak MB':>9}{'import ms':>11}")
    middle = {
        name: {key: statistics.median(values) for key, values in item.items()} for name, item in found.items()
    }
    for name, item in middle.items():
        print(
            f"{name:26}{item['wall_ms']:8.1f}{item['cpu_ms']:8.1f}{item['peak_mb']:9.0f}{item['import_ms']:11.0f}"
        )
    our, their = (middle.get(name) for name in list(RUNTIMES)[:2])
    if our and their:
        print(
            f"ours against ultralytics: {our['cpu_ms'] / their['cpu_ms']:.2f} of the CPU time, "
            f"{our['peak_mb'] / their['peak_mb']:.2f} of the memory"
        )


if __name__ == "__main__":
    main()
