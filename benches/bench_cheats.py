"""Forty cheats and forty lawful voyages through the rules, the outbox and the station: what reaches the inspector?

    LP_NUM_THREADS=0 python benches/bench_cheats.py [--films FOLDER] [--part offences|lawful] [--only WORDS] [--every N] [--seed N]

Readings of the receiver are scripted; rules, chain, store, upload and station are the product's, the station on loopback.
Three ways of knowing what the gear does, named in every row:

- *camera*: the real eyes and the shipped detector on films of two and a half minutes, rendered by `models.synth` (extra
  `train`; about 2 minutes of processor time, kept in FOLDER), a look every five seconds, the film played over and over;
  before it `sandwatch site landmarks` took down the deck from three such films of their own;
- *activity scripted*: the looks are made from numbers at the border `Observation`; they say nothing of the detector;
- *position alone*.

Found: while the offence lasts, or within 15 minutes of its end, an event stands in the list with a finding that names the
offence ("right") or leads to it ("lead"). Determined: the part of the offence's time in which such an event with a
breach was open; undetermined: the part in which one without a breach was. A wrong flag is any event of a lawful voyage.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from time import process_time

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests")]

from agent.types import Observation  # noqa: E402
from cheats.crossing import sail, shore  # noqa: E402
from cheats.films import COMMISSIONING, films  # noqa: E402
from cheats.lawful import lawful  # noqa: E402
from cheats.looks import commissioned, looks_at  # noqa: E402
from cheats.offences import BANK, CHEATS, NIGHT, OVER, offences  # noqa: E402
from cheats.river import Path as Way  # noqa: E402
from cheats.score import Result, result  # noqa: E402
from cheats.voyage import CAMERA, Voyage  # noqa: E402

JUDGED = (
    BANK,
    NIGHT,
    OVER,
)  # offences a rule may call a breach; of the others no rule does: silence accuses nobody


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--films", type=Path, help="where rendered films are kept")
    asked.add_argument("--part", choices=("offences", "lawful"), help="one half alone")
    asked.add_argument("--only", default="", help="voyages whose kind or name holds these words")
    asked.add_argument("--every", type=int, default=1, help="one voyage in so many")
    asked.add_argument("--seed", type=int, default=0, help="added to the seed of every voyage")
    chosen = asked.parse_args()
    begun = process_time()
    voyages = [
        (number, replace(voyage, seed=voyage.seed + chosen.seed))
        for number, voyage in enumerate([*offences(), *lawful()], start=1)
        if chosen.part in (None, "lawful" if voyage.offence is None else "offences")
        and chosen.only in f"{voyage.cheat}: {voyage.name}"
        and number % chosen.every == 0
    ]
    with tempfile.TemporaryDirectory() as folder:
        looks = _looks(chosen.films or Path(folder) / "films", Path(folder), [v for _, v in voyages])
        results = []
        with shore(Path(folder) / "station") as ashore:
            for number, voyage in voyages:
                results.append(result(voyage, sail(voyage, looks, ashore, Path(folder), number)))
                print(row(results[-1]), flush=True)
    for line in summary(results):
        print(line)
    print(f"processor time: {process_time() - begun:.0f} s")


def _looks(store: Path, folder: Path, voyages: Sequence[Voyage]) -> dict[str, list[Observation]]:
    wanted = {name for voyage in voyages for _, name in voyage.films}
    if not wanted:
        return {}
    rendered = films(store)
    marks = commissioned([rendered[name] for name in COMMISSIONING], folder, CAMERA)
    return {name: looks_at(rendered[name], folder / "eyes", CAMERA, marks) for name in sorted(wanted)}


def row(one: Result) -> str:
    """One voyage as a line."""
    voyage = one.voyage
    if voyage.offence is None:
        said = f"{one.breaches} breaches, {one.leads} leads"
    else:
        said = f"{one.found or 'MISSED'}, determined {one.breach_share:.0%}, undetermined {one.undetermined_share:.0%}"
        said += "" if one.after_s is None else f", after {one.after_s:.0f} s"
    return f"{voyage.cheat}: {voyage.name} [{voyage.activity}]: {said}; {', '.join(sorted(set(one.told))) or 'nothing'}"


def summary(results: Sequence[Result]) -> list[str]:
    """The table by cheat, the goals, and the lawful voyages by kind."""
    lines = [
        "",
        "| cheat | right | lead | missed | determined | undetermined | neither | in the list after, s | activity |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    bad = [one for one in results if one.voyage.offence is not None]
    for cheat in CHEATS:
        mine = [one for one in bad if one.voyage.cheat == cheat]
        if not mine:
            continue
        counts = [sum(one.found == found for one in mine) for found in ("right", "lead", "")]
        sure, unsure = fmean(one.breach_share for one in mine), fmean(one.undetermined_share for one in mine)
        by = ", ".join(sorted({one.voyage.activity for one in mine}))
        after = [one.after_s for one in mine if one.after_s is not None]
        late = f"{median(after):.0f} (at most {max(after):.0f})" if after else "-"
        lines.append(
            f"| {cheat} | {counts[0]} | {counts[1]} | {counts[2]} | {sure:.0%} | {unsure:.0%} | {1 - sure - unsure:.0%} | {late} | {by} |"
        )
    caught = sum(bool(one.found) for one in bad)
    if bad:
        lines.append(f"caught: {caught} of {len(bad)} ({caught / len(bad):.0%}; goal 85 %)")
    for name, night, goal in (("day", False, 10), ("night", True, 30)):
        some = [one for one in bad if one.voyage.by_night is night]
        judged = [one for one in some if one.voyage.cheat in JUDGED]
        for label, those in (
            (f"offences against place, hour or volume by {name}", judged),
            (f"all cheats by {name}", some),
        ):
            if those:
                share = fmean(one.undetermined_share for one in those)
                lines.append(
                    f"undetermined, {label}: {share:.0%} of their time ({len(those)} voyages; goal {goal} %)"
                )
    good = [one for one in results if one.voyage.offence is None]
    if good:
        weeks = (
            sum(Way(one.voyage.start, one.voyage.steps, one.voyage.seed).length_s for one in good) / 604_800
        )
        lines += ["", "| lawful | voyages | with a breach | with a lead only |", "|---|---|---|---|"]
        for kind in dict.fromkeys(one.voyage.cheat for one in good):
            mine = [one for one in good if one.voyage.cheat == kind]
            accused = sum(bool(one.breaches) for one in mine)
            lines.append(f"| {kind} | {len(mine)} | {accused} | {sum(bool(one.leads) for one in mine)} |")
        breaches, leads = sum(one.breaches for one in good), sum(one.leads for one in good)
        lines.append(
            f"wrong flags: {breaches} breaches and {leads} leads in {weeks:.2f} boat-weeks, "
            f"{(breaches + leads) / weeks:.1f} a boat-week (goal 1)"
        )
    return lines


if __name__ == "__main__":
    main()
