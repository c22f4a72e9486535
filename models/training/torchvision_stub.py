"""A stand-in for torchvision where no build of it fits the installed torch.

    python -m models.training.torchvision_stub

ultralytics and onnx2torch import torchvision at start and ask for little of it: its version, `ops.nms`, and
names of transforms that detection never calls. A CPU build of torch has no torchvision wheel beside it; this
writes a distribution of that name with just those parts into the environment that runs it. Where the real
torchvision installs, install that instead: the command refuses to touch one that is there.
"""

import importlib.metadata
import re
import sysconfig
from pathlib import Path

INIT = '''"""Stand-in for torchvision, written by models.training.torchvision_stub."""

from . import ops, transforms

__version__ = "{version}"
'''

OPS = '''"""`nms` in plain torch: boxes x0 y0 x1 y1, the best score first; `box_convert` for cxcywh."""

import torch


def nms(boxes, scores, iou_threshold):
    order = scores.argsort(descending=True)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    keep = []
    while order.numel():
        best, rest = order[0], order[1:]
        keep.append(best)
        low = torch.maximum(boxes[best, :2], boxes[rest, :2])
        high = torch.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = (high - low).clamp(min=0).prod(dim=1)
        order = rest[shared <= iou_threshold * (area[best] + area[rest] - shared)]
    return torch.stack(keep) if keep else torch.empty(0, dtype=torch.long, device=boxes.device)


def roi_align(*arguments, **options):
    raise NotImplementedError("the stand-in for torchvision has no roi_align")


def box_convert(boxes, in_fmt, out_fmt):
    if (in_fmt, out_fmt) != ("cxcywh", "xyxy"):
        raise NotImplementedError(f"the stand-in for torchvision has no {in_fmt} to {out_fmt}")
    half = boxes[..., 2:] / 2
    return torch.cat((boxes[..., :2] - half, boxes[..., :2] + half), dim=-1)
'''

TRANSFORMS = '''"""Names that are imported and never called by detection."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})
'''


def main() -> None:
    try:
        there = importlib.metadata.version("torchvision")
    except importlib.metadata.PackageNotFoundError:
        there = None
    if there is not None:
        raise SystemExit(f"torchvision {there} is installed here already: nothing was written")
    torch_version = importlib.metadata.version("torch")
    parts = re.match(r"2\.(\d+)", torch_version)
    if parts is None:
        raise SystemExit(
            f"torch {torch_version} is not a version 2: which torchvision goes with it is not known"
        )
    version = f"0.{int(parts[1]) + 15}.0"  # the release numbers of the two run in parallel
    site = Path(sysconfig.get_path("purelib"))
    package, dist = site / "torchvision", site / f"torchvision-{version}.dist-info"
    files = {
        package / "__init__.py": INIT.format(version=version),
        package / "ops" / "__init__.py": OPS,
        package / "ops" / "roi_align.py": "class RoIAlign:\n    pass\n",
        package / "transforms" / "__init__.py": TRANSFORMS,
        package / "transforms" / "functional.py": TRANSFORMS,
        dist / "METADATA": f"Metadata-Version: 2.1\nName: torchvision\nVersion: {version}\n",
        dist / "INSTALLER": "models.training.torchvision_stub\n",
    }
    files[dist / "RECORD"] = "".join(f"{path.relative_to(site)},,\n" for path in [*files, dist / "RECORD"])
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"a stand-in for torchvision {version} lies in {site}; remove it with: pip uninstall torchvision")


if __name__ == "__main__":
    main()
