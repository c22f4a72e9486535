"""Whether an INT8 copy of the shipped detector earns its place: size, time and accuracy beside the float one.

Run: python benches/bench_int8.py --data PREPARED [--model FILE.onnx] [--calibrate 100] [--frames 400]. The convolutions are quantised by
onnxruntime's own tool (static, QDQ, calibrated on pictures of the validation split); decoder and suppression stay in float.
Accuracy is mAP50 on the first --frames pictures of the test split.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from models import shipped
from models.detect_onnx import OnnxDetector
from models.letterbox import Letterbox
from models.training.evaluate import evaluate_frames
from models.training.frames import image_path, load_image, read_frames

LOOKS, WARM = 60, 5


class Pictures(CalibrationDataReader):  # type: ignore[misc]  # untyped library
    """Pictures of the validation split as the network gets them."""

    def __init__(self, model: Path, data: Path, count: int) -> None:
        card = OnnxDetector(model).manifest
        self._size = (card.input_width_px, card.input_height_px)
        self._name = onnx.load(str(model)).graph.input[0].name
        frames = read_frames(data, "val")
        self._files = iter([image_path(data, frame) for frame in frames[:: max(1, len(frames) // count)]])

    def get_next(self) -> dict[str, Any] | None:
        file = next(self._files, None)
        if file is None:
            return None
        image = load_image(file.read_bytes())
        if image is None:
            raise SystemExit(f"{file} cannot be decoded")
        picture = Letterbox.fit((image.shape[1], image.shape[0]), self._size).picture(image)
        return {self._name: cv2.dnn.blobFromImage(picture, 1 / 255, swapRB=True)}


def looks(model: Path) -> Iterator[float]:
    detector = OnnxDetector(model)
    frame = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    for number in range(WARM + LOOKS):
        began = time.process_time_ns()
        detector.detect(frame)
        if number >= WARM:
            yield (time.process_time_ns() - began) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=shipped.MODEL)
    parser.add_argument("--calibrate", type=int, default=100)
    parser.add_argument("--frames", type=int, default=400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        small = Path(place) / "int8.onnx"
        quantize_static(
            str(given.model),
            str(small),
            Pictures(given.model, given.data, given.calibrate),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
        written = onnx.load(str(small))
        if not written.metadata_props:  # the manifest is not the tool's to drop
            written.metadata_props.extend(onnx.load(str(given.model)).metadata_props)
            small.write_bytes(written.SerializeToString())
        frames = read_frames(given.data, "test")[: given.frames]
        for name, model in (("float32", given.model), ("int8", small)):
            report = evaluate_frames(model, given.data, frames)
            print(
                f"{name}: {model.stat().st_size / 1e6:.2f} MB, {statistics.median(looks(model)):.1f} ms of CPU a look, "
                f"mAP50 {report['map50']:.3f} on {report['frames']} rendered pictures"
            )


if __name__ == "__main__":
    main()
