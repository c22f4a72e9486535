"""The detector on the device: an ONNX file run by onnxruntime, behind `agent.ports.Detector`.

Threads and memory are bounded: one thread unless told otherwise, no waiting in a busy loop, and the runtime's
arena without its memory pattern, which measured least: yolo26n at 640 x 384, whole process on x86, 119 MB; with the
pattern 140 MB, without the arena 142 to 179 MB.
"""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from agent.errors import Mistake, SettingsError
from agent.types import Detection, Image
from models.letterbox import GREY, Letterbox
from models.manifest import Manifest, Model, read_model

COLUMNS = 6  # x0 y0 x1 y1 score label
THREADS = range(1, 65)


class OnnxDetector:
    """Boxes above the model's own thresholds, best first.

    Raises SettingsError where the file is no model of ours or the runtime cannot run it. `floor` replaces
    the model's thresholds by one low score for all labels: for measuring, never for watching.
    """

    def __init__(self, path: Path, *, threads: int = 1, floor: float | None = None) -> None:
        if threads not in THREADS:
            allowed = f"{THREADS[0]} to {THREADS[-1]}"
            raise SettingsError(
                str(path), [Mistake("threads", str(threads), "is no number of threads", allowed)]
            )
        model = read_model(path)
        self._file, self._sha256, self._manifest = model.file, model.sha256, model.manifest
        self._session = _session(model, threads)
        self._input = self._checked_input()
        labels = self._manifest.labels
        self._thresholds = np.array(
            [self._manifest.thresholds[label] if floor is None else floor for label in labels],
            dtype=np.float64,
        )
        self._try_once()

    @property
    def model_hash(self) -> str:
        return self._sha256

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """Boxes in pixels of `image` (height x width x 3, BGR). Rows that are no box of a known label are left out."""
        frame = Letterbox.fit(image.shape[1::-1], self._size())
        return self._decode(self.rows(frame.picture(image)), frame)

    def _size(self) -> tuple[int, int]:
        return self._manifest.input_width_px, self._manifest.input_height_px

    def rows(self, picture: Image) -> NDArray[np.float64]:
        """The graph's rows (N x 6), in input pixels and unfiltered, for a picture of the input's own size."""
        blob = cv2.dnn.blobFromImage(picture, 1 / 255, swapRB=True)
        (rows,) = self._session.run(None, {self._input: blob})
        return np.asarray(rows, dtype=np.float64).reshape(-1, COLUMNS)

    def _decode(self, rows: NDArray[np.float64], frame: Letterbox) -> tuple[Detection, ...]:
        labels = self._manifest.labels
        rows = rows[np.isfinite(rows).all(axis=1)]
        number = rows[:, 5].round().astype(np.int64)
        known = (number >= 0) & (number < len(labels))
        rows, number = rows[known], number[known]
        passed = rows[:, 4] >= self._thresholds[number]
        rows, number = rows[passed], number[passed]
        boxes = frame.to_source(rows[:, :4])
        order = np.argsort(-rows[:, 4], kind="stable")
        return tuple(
            Detection(labels[number[i]], float(min(rows[i, 4], 1.0)), *(float(edge) for edge in boxes[i]))
            for i in order
            if boxes[i, 0] < boxes[i, 2] and boxes[i, 1] < boxes[i, 3]
        )

    def _checked_input(self) -> str:
        """The name of the graph's only input, after its shape was compared with the manifest."""
        mistakes = []
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        width, height = self._size()
        wanted = [1, 3, height, width]
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or list(inputs[0].shape) != wanted:
            found = "; ".join(f"{item.name} {item.type} {item.shape}" for item in inputs)
            mistakes.append(
                Mistake("input", found, "is not what the manifest says", f"one tensor(float) {wanted}")
            )
        if len(outputs) != 1 or outputs[0].type != "tensor(float)" or not _is_rows(outputs[0].shape):
            found = "; ".join(f"{item.name} {item.type} {item.shape}" for item in outputs)
            problem = "is not a list of boxes"
            allowed = "one tensor(float) [1, N, 6] or [N, 6]: export with the decoder inside"
            mistakes.append(Mistake("output", found, problem, allowed))
        if mistakes:
            raise SettingsError(str(self._file), mistakes)
        return str(inputs[0].name)

    def _try_once(self) -> None:
        """One grey picture: a graph that cannot run is refused now and not on the river."""
        width, height = self._size()
        try:
            rows = self.rows(np.full((height, width, 3), GREY, dtype=np.uint8))
        except Exception as error:  # noqa: BLE001  the runtime's errors share no base
            problem = f"cannot be run: {_first_line(error)}"
            raise SettingsError(str(self._file), [Mistake("the graph", "", problem)]) from None
        number = rows[rows[:, 4] > 0, 5]
        labels = len(self._manifest.labels)
        if ((number < 0) | (number >= labels) | (number != number.round())).any():
            found = f"{number.min():g} to {number.max():g}"
            mistake = Mistake("output labels", found, f"do not index the {labels} labels of the manifest")
            raise SettingsError(str(self._file), [mistake])


def _session(model: Model, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(model.data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  the runtime's errors share no base
        problem = f"cannot be loaded: {_first_line(error)}"
        raise SettingsError(str(model.file), [Mistake("the graph", "", problem, "export it again")]) from None
    session._model_bytes = None  # noqa: SLF001  held to begin again with another provider, and there is none
    return session


def _is_rows(shape: list[object]) -> bool:
    return (len(shape) == 3 and shape[0] == 1 and shape[2] == COLUMNS) or (
        len(shape) == 2 and shape[1] == COLUMNS
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
