"""`sandwatch evaluate …`: what the box makes of a recording, against what a person saw in it."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors
from agent.run.settings import load_settings

app = typer.Typer(help="Score the box against a person's tally.", no_args_is_help=True)


@app.callback()
def evaluate() -> None:
    """Score the box against a person's tally."""


@app.command("activity")
def evaluate_activity(
    clip: Annotated[Path, typer.Argument(help="A film of the gear.")],
    truth: Annotated[Path, typer.Argument(help="TRUTH.csv: from_s,to_s,what; a line a cycle, or a spell.")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Its detector and the first camera's region.", show_default=False
        ),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A detector, an ONNX file.", show_default=False)] = None,
    region: Annotated[
        str | None,
        typer.Option(
            help="The machine's region as x0,y0,x1,y1 in shares of the picture.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Count the cycles of a recorded clip and compare them, one to one, with a spreadsheet of true times.

    A cycle in TRUTH.csv ends when its sand has been dropped: `from_s,to_s,cycle`. A spell names an activity:
    `0,360,dredging`. The clip has no positions: the vessel is taken to lie still.
    """
    from agent.activity.score import score
    from agent.activity.views import View
    from agent.run.build import rehearsal

    with plain_errors():
        view = View("clip")
        if config is not None:
            settings = load_settings(config)
            if settings.camera:
                first = settings.camera[0]
                view = View(first.name, first.mount, first.machine_region)
            if model is None and settings.detector is not None:
                model = settings.detector.model
        if region is not None:
            view = View(view.camera, view.mount, _corners(region))
        true = rehearsal.read_truth(truth)
        made = rehearsal.watch_clip(clip, view, model)
    counted_s = [cycle.mono_ns / 1e9 for cycle in made.counted]
    result = score(true.cycles_s, counted_s)
    table: Counter[tuple[str, str]] = Counter()
    for said in made.said:
        if (what := true.at(said.at_s)) is not None:
            table[(what, said.kind.value)] += 1
    if as_json:
        sys.stdout.write(
            json.dumps(
                {
                    "clip": str(clip),
                    "true": result.true,
                    "counted": result.counted,
                    "matched": result.matched,
                    "counted_s": [round(stamp, 1) for stamp in counted_s],
                    "by": dict(Counter(cycle.by for cycle in made.counted)),
                    "activity": [[what, told, looks] for (what, told), looks in sorted(table.items())],
                    "looks": len(made.said),
                    "length_s": made.length_s,
                }
            )
            + "\n"
        )
        return
    typer.echo(f"{clip.name}: {made.length_s:.0f} s, {len(made.said)} looks")
    typer.echo(
        f"cycles: {result.true} true, {result.counted} counted, {result.matched} matched; "
        f"precision {result.precision:.2f}, recall {result.recall:.2f}"
    )
    for (what, told), looks in sorted(table.items()):
        typer.echo(
            f"  {what:16} told as {told:16} {100 * looks / max(1, len(made.said)):5.1f} % of the looks"
        )


def _corners(text: str) -> tuple[tuple[float, float], ...]:
    from agent.errors import Mistake, SettingsError

    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        x0 = y0 = x1 = y1 = -1.0
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise SettingsError(
            "command line",
            [Mistake("--region", text, "is no region", "as 0.2,0.05,0.9,0.7: four shares from 0 to 1")],
        )
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
