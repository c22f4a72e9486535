"""What watching the gear costs beside the detector: `python benches/bench_activity.py [MODEL]`.

Looks at 320 x 180 noise-free pictures with a moving bar; processor time of one thread a look, the median of five runs.
"""

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from agent.activity.recogniser import Recogniser, RecogniserSettings
from agent.activity.views import View, Views
from agent.eyes.observe import observe
from agent.eyes.stir import Stir
from agent.position.track import Motion
from agent.types import Detection, Fix, FixQuality, Frame, Image

LOOKS = 600
REGION = ((0.2, 0.05), (0.9, 0.05), (0.9, 0.7), (0.2, 0.7))


def pictures() -> list[Image]:
    made = []
    for index in range(40):
        picture = np.full((180, 320, 3), 120, dtype=np.uint8)
        left = 70 + int(70 * (1 + np.cos(index / 40 * 2 * np.pi)))
        picture[30:90, left : left + 24] = 30
        made.append(picture)
    return made


def cost_s(*, watched: bool) -> float:
    views = Views((View("deck", region=REGION),), detector=False)
    recogniser, stir = Recogniser(RecogniserSettings(sees_gear=True)), Stir(REGION)
    lying = Motion(Fix(0, None, 0.0, 0.0, FixQuality.GNSS), 0.0, 3600.0, 0.0, 0.0)
    shown = pictures()
    began = time.process_time()
    for index in range(LOOKS):
        frame = Frame(index * 500_000_000, "deck", shown[index % len(shown)])
        seen = observe(frame, None, stir if watched else None)
        if watched:
            views.step(seen)
            recogniser.step(lying, seen.mono_ns, views.evidence(seen.mono_ns), views.blind())
    return (time.process_time() - began) / LOOKS


def detector_s(model: Path) -> float:
    from models.detect_onnx import OnnxDetector  # noqa: PLC0415  (only where a model is given)

    detector = OnnxDetector(model)
    shown = pictures()
    found: tuple[Detection, ...] = ()
    began = time.process_time()
    for index in range(60):
        found = detector.detect(shown[index % len(shown)])
    del found
    return (time.process_time() - began) / 60


def main() -> None:
    added = median(cost_s(watched=True) for _ in range(5)) - median(cost_s(watched=False) for _ in range(5))
    print(f"stabilising, region, cycles and filter: {1000 * added:.2f} ms a look")
    if len(sys.argv) > 1:
        looked = detector_s(Path(sys.argv[1]))
        print(f"detector: {1000 * looked:.2f} ms a look; added {100 * added / looked:.0f} % of it")


if __name__ == "__main__":
    main()
