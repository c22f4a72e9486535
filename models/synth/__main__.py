"""`python -m models.synth`: film a voyage, build the data set, or look at one picture."""

import argparse
import sys
from pathlib import Path

from agent.errors import SandwatchError


def main(arguments: list[str] | None = None) -> int:
    """0 done, 2 what was asked cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m models.synth", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    voyage = verbs.add_parser(
        "voyage", help="render DIR/film.mp4 as DIR/film.toml says; goes on where it stopped"
    )
    voyage.add_argument("folder", type=Path, metavar="DIR")
    voyage.add_argument("--pieces", type=Path, help="where unfinished pieces lie (default: DIR/film.pieces)")
    still = verbs.add_parser("still", help="render one picture of the on-board view")
    still.add_argument("--seed", type=int, default=1)
    still.add_argument("--size", default="1280x720", metavar="WxH")
    still.add_argument("--boxes", action="store_true", help="draw the labels")
    still.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    dataset = verbs.add_parser("dataset", help="build the labelled data set; goes on where it stopped")
    dataset.add_argument("folder", type=Path, metavar="DIR")
    dataset.add_argument("--count", type=int, default=6000, help="pictures (default: 6000)")
    dataset.add_argument("--seed", type=int, default=1)
    dataset.add_argument(
        "--scenes",
        choices=("all", "hulls", "harbour"),
        default="all",
        help="hulls: vessels close by, no gear anywhere; harbour: quays, woods, long ships, no gear either",
    )
    dataset.add_argument("--size", default="640x360", metavar="WxH")
    dataset.add_argument("--workers", type=int, default=1, help="processes that draw (default: 1)")
    sequences = verbs.add_parser(
        "sequences", help="render minutes of work and of what looks like it; goes on where it stopped"
    )
    sequences.add_argument("folder", type=Path, metavar="DIR")
    sequences.add_argument("--count", type=int, default=24)
    sequences.add_argument("--seed", type=int, default=1)
    sequences.add_argument("--seconds", type=float, default=360.0, help="length of each (default: 360)")
    asked = parser.parse_args(arguments)
    try:
        import moderngl  # noqa: F401, PLC0415 (only here is it known that pictures are wanted)
    except ImportError:
        print("moderngl is missing. Install it with: pip install 'hau-sandwatch[train]'", file=sys.stderr)
        return 2
    from models.synth import dataset as sets  # noqa: PLC0415 (need moderngl)
    from models.synth import film  # noqa: PLC0415
    from models.synth import sequences as timed  # noqa: PLC0415
    from models.synth import still as stills  # noqa: PLC0415

    try:
        if asked.verb == "voyage":
            print(film.render(asked.folder, pieces=asked.pieces))
        elif asked.verb == "dataset":
            wide, tall = (int(side) for side in asked.size.split("x"))
            plan = sets.Plan(asked.count, asked.seed, asked.scenes, wide, tall)
            print(sets.build(asked.folder, plan, workers=asked.workers))
        elif asked.verb == "sequences":
            told = timed.Plan(asked.count, asked.seed, asked.seconds)
            print(timed.build(asked.folder, told))
        else:
            width, height = (int(side) for side in asked.size.split("x"))
            for line in stills.render(asked.seed, width, height, asked.output, boxes=asked.boxes):
                print(line)
    except (SandwatchError, OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
