"""Counting and activity on rendered sequences, through the detector, from decoded H.264.

    python benches/bench_sequences.py DIR [DIR ...] [--model FILE] [--images FOLDER] [--half held|tuned]

DIR is what `make sequences` builds; films that are not there yet are left out. What the eyes saw of a film lies in
DIR/looks-…, named by the hash of the detector's file and of the source of eyes and decoder: another model or another
look begins anew, and a bench broken off goes on. Cycles, filter and figures are computed each time.
Even numbers are held out, odd ones are those on which thresholds were chosen.
"""

import argparse
import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Literal

import cv2
import numpy as np

from agent.activity.score import Score, score
from agent.activity.views import View
from agent.event.wire import reading_from_json, reading_to_json
from agent.run.build.rehearsal import LOOK_S, Said, Truth, Watched, judge, look_at, read_truth
from agent.types import ActivityKind, Observation
from models import shipped

Way = Literal["detector", "region"]
WAYS: tuple[Way, ...] = ("detector", "region")
# Drawn once for all films, as wide as a boom reaches on a view from a wheelhouse.
REGION = ((0.2, 0.05), (0.9, 0.05), (0.9, 0.7), (0.2, 0.7))
BY_DAY = ("day", "haze")
CLASSES = ("dredging", "machine_working", "rest", "unknown")
SEEN_AS = {
    ActivityKind.DREDGING: "dredging",
    ActivityKind.MACHINE_WORKING: "machine_working",
    ActivityKind.LOADING: "machine_working",
    ActivityKind.STATIONARY: "rest",
    ActivityKind.MOORED: "rest",
}
# `machine_working` leaves open whether sand is taken: said of a vessel that dredges it is no error of confidence.
HOLDS = {"machine_working": ("machine_working", "dredging")}
TRUE_AS = {"moored": "rest", "stationary": "rest"}
SETTLED_S = 120.0
Test = Callable[["Row"], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One film, watched in one way."""

    name: str
    about: dict[str, Any]
    way: Way
    true: Truth
    made: Watched

    @property
    def counted_s(self) -> list[float]:
        return [cycle.mono_ns / 1e9 for cycle in self.made.counted]

    @property
    def score(self) -> Score:
        return score(self.true.cycles_s, self.counted_s)

    @property
    def by_day(self) -> bool:
        return self.about["condition"] in BY_DAY

    @property
    def works(self) -> bool:
        """Whether a machine goes about in cycles."""
        return bool(self.about["cycles"])

    @property
    def right(self) -> bool:
        """Within the larger of one cycle and a tenth."""
        return abs(self.score.counted - self.score.true) <= max(1.0, 0.1 * self.score.true)

    @property
    def late(self) -> float | None:
        """Cycles from the end of the first whole one in the film until work was told; None where either is lacking."""
        ends = [end for end in self.true.cycles_s if end > 0]
        told = [said.at_s for said in self.made.said if SEEN_AS.get(said.kind) in HOLDS["machine_working"]]
        if len(ends) < 2 or not told:
            return None
        return (told[0] - ends[1]) / median(after - before for before, after in pairwise(ends))

    def moments(self) -> Iterator[tuple[str, str, Said]]:
        """True class, told class, and what was said, from the moment a judgement may be asked for."""
        for said in self.made.said:
            true = self.true.at(said.at_s)
            if said.at_s >= SETTLED_S and true is not None:
                yield TRUE_AS.get(true, true), SEEN_AS.get(said.kind, "unknown"), said


def looks_of(film: Path, way: Way, model: Path, seen_by: str) -> list[Observation]:
    """What the eyes saw, from DIR/looks-… where it lies there whole."""
    kept = film.parent / f"looks-{seen_by}" / f"{film.stem}.{way}.jsonl"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        view = view_of(way)
        lines = [
            json.dumps(reading_to_json(seen))
            for seen in look_at(film, view, model if way == "detector" else None)
        ]
        part = kept.with_suffix(".part")
        part.write_text("\n".join(lines) + "\n", "utf-8")
        part.replace(kept)
    found = [reading_from_json(json.loads(line)) for line in kept.read_text("utf-8").splitlines()]
    return [seen for seen in found if isinstance(seen, Observation)]


def view_of(way: Way) -> View:
    return View("clip", region=None if way == "detector" else REGION)


def eyes_mark(model: Path) -> str:
    """Hash of the detector and of the source that looks."""
    digest = hashlib.sha256(model.read_bytes())
    root = Path(__file__).parent.parent
    for file in (
        "agent/eyes/observe.py",
        "agent/eyes/stir.py",
        "models/detect_onnx.py",
        "hw/camera_stream.py",
    ):
        digest.update((root / file).read_bytes())
    return f"{hashlib.sha256(model.read_bytes()).hexdigest()[:8]}-{digest.hexdigest()[:8]}"


def watched(folders: Sequence[Path], model: Path, half: str, *, fitted: bool = True) -> list[Row]:
    rows = []
    mark = eyes_mark(model)
    for folder in folders:
        for truth in sorted(folder.glob("[0-9]*.csv")):
            film = truth.with_suffix(".mp4")
            number = int(truth.stem.split("-")[0])
            if not film.exists() or (half == "held" and number % 2) or (half == "tuned" and number % 2 == 0):
                continue
            about = json.loads(truth.with_suffix(".json").read_text("utf-8"))
            for way in WAYS:
                looks = looks_of(film, way, model, mark)
                made = judge(looks, view_of(way), detector=way == "detector", fitted=fitted)
                rows.append(Row(truth.stem, about, way, read_truth(truth), made))
            print(f"  {film.name}", file=sys.stderr, flush=True)
    return rows


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────


def films(rows: Sequence[Row]) -> None:
    print(
        "\n| film | family | by | true | counted | matched | not counted | dredging told | work told after |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        told = Counter(SEEN_AS.get(said.kind, "unknown") for said in row.made.said)
        lost = row.made.not_counted_s / row.made.work_s if row.made.work_s else 0.0
        late = "-" if row.late is None else f"{row.late:+.1f} cycles"
        print(
            f"| {row.name} | {row.about['split']} | {row.way} | {row.score.true} | {row.score.counted} | "
            f"{row.score.matched} | {lost:.2f} | {told['dredging'] / max(1, len(row.made.said)):.2f} | {late} |"
        )


def counting(rows: Sequence[Row]) -> None:
    print(
        "\n| counted by | films | true | counted | total off | precision | recall | right film | not counted |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    groups: tuple[tuple[str, Test], ...] = (
        ("by day", lambda row: row.by_day),
        ("dusk, night, infrared, rain", lambda row: not row.by_day),
        ("families never seen", lambda row: row.about["split"] == "test"),
        ("families of the training", lambda row: row.about["split"] == "train"),
    )
    for way in WAYS:
        for name, belongs in groups:
            chosen = [row for row in rows if row.way == way and row.works and belongs(row)]
            if not chosen:
                continue
            whole = sum((row.score for row in chosen), Score(0, 0, 0))
            off = 100 * (whole.counted - whole.true) / max(1, whole.true)
            worked = sum(row.made.work_s for row in chosen)
            lost = sum(row.made.not_counted_s for row in chosen) / worked if worked else 0.0
            print(
                f"| {way}, {name} | {len(chosen)} | {whole.true} | {whole.counted} | {off:+.0f} % | "
                f"{whole.precision:.2f} | {whole.recall:.2f} | {sum(row.right for row in chosen)}/{len(chosen)} | {lost:.2f} |"
            )


def at_most(count: int, hours: float) -> float:
    """The rate an hour that a Poisson count does not exceed with 95 %."""
    low, high = float(count), float(count) + 20.0
    for _ in range(60):
        mean = (low + high) / 2
        below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count + 1))
        low, high = (mean, high) if below > 0.05 else (low, mean)
    return high / hours


def false_friends(rows: Sequence[Row]) -> None:
    print(
        "\n| counted by | hours at rest | false cycles | at most an hour (95 %) | other work told as dredging |"
    )
    print("|---|---|---|---|---|")
    for way in WAYS:
        still = [row for row in rows if row.way == way and row.about["activity"] == "moored"]
        others = [row for row in rows if row.way == way and row.about["activity"] == "working"]
        hours = sum(row.made.length_s for row in still) / 3600
        count = sum(row.score.counted for row in still)
        told = sum(any(said.kind is ActivityKind.DREDGING for said in row.made.said) for row in others)
        bound = f"{at_most(count, hours):.1f}" if hours else "-"
        print(f"| {way} | {hours:.2f} | {count} | {bound} | {told}/{len(others)} films |")


def activity(rows: Sequence[Row]) -> None:
    for way in WAYS:
        table: Counter[tuple[str, str]] = Counter()
        for row in rows:
            if row.way == way:
                table.update((true, told) for true, told, _ in row.moments())
        shares = []
        print(f"\n{way}: looks from {SETTLED_S:.0f} s on; true down, told across")
        print("| | " + " | ".join(CLASSES) + " | F1 |")
        print("|---|" + "---|" * (len(CLASSES) + 1))
        for true in CLASSES[:3]:
            hit = table[(true, true)]
            of_true = sum(table[(true, told)] for told in CLASSES)
            of_told = sum(table[(other, true)] for other in CLASSES)
            shares.append(2 * hit / max(1, of_true + of_told))
            cells = " | ".join(str(table[(true, told)]) for told in CLASSES)
            print(f"| {true} | {cells} | {shares[-1]:.2f} |")
        print(f"macro-F1 {sum(shares) / len(shares):.2f}")


def sayings(rows: Sequence[Row], way: Way) -> Iterator[tuple[str, float, bool, bool]]:
    """Of each look: what was said, how surely, whether it holds, and whether it is the true class itself."""
    for row in rows:
        if row.way != way:
            continue
        for true, told, said in row.moments():
            if said.confidence is not None and told != "unknown":
                yield told, said.confidence, true in HOLDS.get(told, (told,)), true == told


def reliability(rows: Sequence[Row]) -> None:
    print("\n| counted by | confidence told | looks | mean told | holds | the class itself |")
    print("|---|---|---|---|---|---|")
    edges = (0.0, 0.6, 0.8, 0.9, 0.95, 0.99, 1.01)
    for way in WAYS:
        found = list(sayings(rows, way))
        for low, high in pairwise(edges):
            inside = [one for one in found if low <= one[1] < high]
            if inside:
                told = sum(one[1] for one in inside) / len(inside)
                holds, same = (
                    sum(flags) / len(inside) for flags in zip(*(one[2:] for one in inside), strict=True)
                )
                print(
                    f"| {way} | {low:.2f} to {min(1.0, high):.2f} | {len(inside)} | {told:.2f} | {holds:.2f} | {same:.2f} |"
                )
        error = sum(one[1] for one in found) - sum(one[2] for one in found)
        print(f"| {way} | all | {len(found)} | told less right: {error / max(1, len(found)):+.3f} | | |")


def fit(rows: Sequence[Row]) -> None:
    """The map of `agent.activity.trust`: shares that held, never falling, each with one right and one wrong block more.

    Looks that follow one another say the same: those of `SETTLED_S` count as one.
    """
    edges = (0.5, 0.8, 0.95, 0.99, 1.01)
    for way in WAYS:
        for kind in CLASSES[:3]:
            found = [one for one in sayings(rows, way) if one[0] == kind]
            pools: list[tuple[float, float, float]] = []  # middle, blocks, blocks that held
            for low, high in pairwise(edges):
                inside = [one for one in found if (low <= one[1] or low == edges[0]) and one[1] < high]
                blocks = len(inside) * LOOK_S / SETTLED_S
                pools.append(
                    ((low + min(1.0, high)) / 2, blocks, sum(one[2] for one in inside) * LOOK_S / SETTLED_S)
                )
            print(f'    ("{kind}", "{"boxes" if way == "detector" else "region"}"): {rising(pools)},')


def rising(pools: Sequence[tuple[float, float, float]]) -> tuple[tuple[float, float], ...]:
    """Isotonic regression by pooling neighbours, on shares drawn in by one block of each kind spread over all."""
    drawn = 2.0 / len(pools)
    groups = [([middle], blocks + drawn, held + drawn / 2) for middle, blocks, held in pools]
    at = 0
    while at + 1 < len(groups):
        left, right = groups[at], groups[at + 1]
        if left[2] / left[1] <= right[2] / right[1]:
            at += 1
            continue
        groups[at : at + 2] = [(left[0] + right[0], left[1] + right[1], left[2] + right[2])]
        at = max(0, at - 1)
    return tuple(
        (round(middle, 3), round(held / whole, 3)) for group, whole, held in groups for middle in group
    )


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────


def drawn(row: Row, file: Path) -> None:
    """Cycles true (above) and counted (below) over the time, on the colour of what was told."""
    wide, tall = 960, 150
    picture = np.full((tall, wide, 3), 255, np.uint8)
    colour = {"dredging": (110, 170, 90), "machine_working": (90, 190, 235), "rest": (220, 220, 220)}

    def across(at_s: float) -> int:
        return round(20 + (wide - 40) * at_s / max(1.0, row.made.length_s))

    for before, after in pairwise(row.made.said):
        told = SEEN_AS.get(before.kind, "unknown")
        cv2.rectangle(
            picture,
            (across(before.at_s), 70),
            (across(after.at_s), 90),
            colour.get(told, (160, 160, 250)),
            -1,
        )
    for at_s in row.true.cycles_s:
        cv2.line(picture, (across(at_s), 38), (across(at_s), 68), (40, 40, 40), 2)
    for at_s in row.counted_s:
        cv2.line(picture, (across(at_s), 92), (across(at_s), 122), (30, 30, 190), 2)
    text = f"{row.name} by {row.way} (synthetic): {row.score.true} true (above), {row.score.counted} counted (below)"
    legend = f"grey rest, yellow machine working, green dredging, red unknown; 0 to {row.made.length_s:.0f} s"
    for line, at in ((text, 24), (legend, 142)):
        cv2.putText(picture, line, (20, at), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), picture)


def pictures(rows: Sequence[Row], folder: Path) -> None:
    """The film that was counted best and the one counted worst by the detector."""
    ranked = sorted(
        (row for row in rows if row.way == "detector" and row.works),
        key=lambda row: (row.score.precision + row.score.recall, row.score.true),
    )
    if ranked:
        drawn(ranked[-1], folder / "sequence-good.png")
        drawn(ranked[0], folder / "sequence-bad.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="+", metavar="DIR")
    parser.add_argument(
        "--model", type=Path, default=shipped.MODEL, help="default: the detector that is shipped"
    )
    parser.add_argument("--half", choices=("all", "held", "tuned"), default="all")
    parser.add_argument("--images", type=Path, help="draw one good and one bad film into this folder")
    parser.add_argument("--fit", action="store_true", help="print the map of agent/activity/trust.py alone")
    asked = parser.parse_args()
    rows = watched(asked.folder, asked.model, asked.half, fitted=not asked.fit)
    if asked.fit:
        fit(rows)
        return
    print(f"{len(rows) // 2} films, {asked.half}; detector {eyes_mark(asked.model)[:8]}; all synthetic")
    for table in (films, counting, false_friends, activity, reliability):
        table(rows)
    if asked.images:
        pictures(rows, asked.images)


if __name__ == "__main__":
    main()
