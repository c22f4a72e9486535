"""What a detector says of itself: it travels inside the ONNX file and is read without a runtime.

One metadata entry, `sandwatch`, holds JSON with the fields of `Manifest`. A file without it, or whose labels,
opset or input are none this version can use, is refused with every mistake at once.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.errors import Mistake, SettingsError
from agent.types import Json
from models.onnx_header import Header, read_header

LABELS = (
    "grab_crane",
    "excavator",
    "suction_dredger",
    "bucket",
    "discharge",
    "sand_load",
    "barge",
    "boat",
    "person",
)
KEY = "sandwatch"
FORMAT = "sandwatch-detector/1"
OPSETS = range(13, 18)  # 13 is the first with what the decoders use; 17 is what export writes
SIDES_PX = range(64, 1281)
STRIDE_PX = 32  # the coarsest grid of both architectures
TEXTS = ("name", "dataset_sha256", "git_commit", "weights_licence", "started_from", "seen")


@dataclass(frozen=True, slots=True)
class Manifest:
    """`thresholds` is the least score reported, for each label. Texts are never empty; "unknown" is one.

    The input is float32 (1, 3, input_height_px, input_width_px), RGB, 0 to 1; the output float32 (1, N, 6)
    or (N, 6): x0 y0 x1 y1 in input pixels, score, index into `labels`.
    """

    name: str
    labels: tuple[str, ...]
    input_width_px: int
    input_height_px: int
    thresholds: dict[str, float]
    dataset_sha256: str
    git_commit: str
    weights_licence: str
    started_from: str  # whose weights it started from, or "nothing: random weights"
    seen: str  # what it was trained on: rendered, real, both

    def to_json(self) -> dict[str, Json]:
        """The entry as it stands in the file."""
        table = asdict(self)
        return {"format": FORMAT, **table, "labels": list(self.labels)}


@dataclass(frozen=True, slots=True)
class Model:
    """A model file that was read and found usable by its header. `sha256` is of the whole file."""

    file: Path
    sha256: str
    manifest: Manifest
    data: bytes


def read_model(path: Path) -> Model:
    """Read and check a model file; raises SettingsError with every mistake in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = (
            "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        )
        raise SettingsError(str(path), [Mistake("the file", "", problem, "give an ONNX file")]) from None
    try:
        header = read_header(data)
    except ValueError as error:
        mistake = Mistake(
            "the file", "", f"is no ONNX model: {error}", "give a model made by models.training.export"
        )
        raise SettingsError(str(path), [mistake]) from None
    manifest, mistakes = _manifest(header)
    if manifest is None:
        raise SettingsError(str(path), mistakes)
    return Model(path, hashlib.sha256(data).hexdigest(), manifest, data)


def _manifest(header: Header) -> tuple[Manifest | None, list[Mistake]]:
    mistakes = _opset_mistakes(header)
    text = header.metadata.get(KEY)
    if text is None:
        keys = ", ".join(sorted(header.metadata)) or "none"
        problem = f"is missing; metadata keys in the file: {keys}"
        mistakes.append(
            Mistake(f"metadata {KEY}", "", problem, "export the model with models.training.export")
        )
        return None, mistakes
    try:
        table = json.loads(text)
    except ValueError as error:
        return None, [*mistakes, Mistake(f"metadata {KEY}", text[:40], f"is not JSON: {error}")]
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        found = repr(table.get("format")) if isinstance(table, dict) else text[:40]
        return None, [*mistakes, Mistake("format", found, "is not known to this version", FORMAT)]
    mistakes += _label_mistakes(table.get("labels"))
    mistakes += _threshold_mistakes(table.get("thresholds"), table.get("labels"))
    for key in ("input_width_px", "input_height_px"):
        side = table.get(key)
        if not isinstance(side, int) or side not in SIDES_PX or side % STRIDE_PX:
            allowed = f"a multiple of {STRIDE_PX} from {SIDES_PX[0]} to {SIDES_PX[-1]}"
            mistakes.append(Mistake(key, repr(side), "is no usable input size", allowed))
    for key in TEXTS:
        if not isinstance(table.get(key), str) or not table[key].strip():
            mistakes.append(Mistake(key, repr(table.get(key)), "is no text", 'required; "unknown" if it is'))
    if mistakes:
        return None, mistakes
    labels = tuple(table["labels"])
    return (
        Manifest(
            labels=labels,
            thresholds={label: float(table["thresholds"][label]) for label in labels},
            input_width_px=table["input_width_px"],
            input_height_px=table["input_height_px"],
            **{key: table[key] for key in TEXTS},
        ),
        [],
    )


def _opset_mistakes(header: Header) -> list[Mistake]:
    mistakes = [
        Mistake("opset domain", domain, "holds operators of a vendor", "standard operators only")
        for domain in header.opsets
        if domain not in ("", "ai.onnx")
    ]
    opset = header.opsets.get("", header.opsets.get("ai.onnx"))
    if opset not in OPSETS:
        allowed = f"{OPSETS[0]} to {OPSETS[-1]}; export it again"
        mistakes.append(Mistake("opset", repr(opset), "is none this version runs", allowed))
    return mistakes


def _label_mistakes(labels: object) -> list[Mistake]:
    if not isinstance(labels, list) or not labels:
        return [Mistake("labels", repr(labels), "is no list of labels", ", ".join(LABELS))]
    mistakes = [
        Mistake("labels", repr(label), "is no label of this version", ", ".join(LABELS))
        for label in labels
        if label not in LABELS
    ]
    names = [label for label in labels if isinstance(label, str)]
    mistakes += [
        Mistake("labels", name, "stands there twice") for name in sorted(set(names)) if names.count(name) > 1
    ]
    return mistakes


def _threshold_mistakes(thresholds: object, labels: object) -> list[Mistake]:
    if not isinstance(thresholds, dict):
        return [Mistake("thresholds", repr(thresholds), "is no table of scores", "one for each label")]
    known = [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []
    mistakes = [
        Mistake(f"thresholds.{name}", repr(thresholds[name]), "is for no label of this model")
        for name in thresholds
        if name not in known
    ]
    for name in known:
        score = thresholds.get(name)
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score < 1:
            mistakes.append(Mistake(f"thresholds.{name}", repr(score), "is no threshold", "between 0 and 1"))
    return mistakes
