"""`sandwatch config …`: on the box, what came on a stick, and what the box runs by."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent import durable
from agent.commands import words
from agent.commands.plain import plain_errors
from agent.errors import BundleRefused, Mistake, SettingsError, in_language

if TYPE_CHECKING:
    from agent.run.flash.apply import Taken
    from agent.run.flash.home import Home, Outcome

app = typer.Typer(help="The config of this box, as it came in bundles (docs/flash.md).", no_args_is_help=True)

HOME = Path("/var/lib/sandwatch/config")
MOST_BUNDLES = 16  # of a stick are looked at
POLL_S = 1.0
KINDS = ("keys", "config", "software")
Refused = list[tuple[str, BundleRefused]]

HomeFolder = Annotated[Path, typer.Option("--home", help="Where the configs of this box lie.")]


@app.command("trust")
def trust(
    keys: Annotated[Path, typer.Argument(help="keys.json of `sandwatch bundle init`.")],
    device: Annotated[str, typer.Option(help="Which box this is; its agent.toml must say the same.")],
    home: HomeFolder = HOME,
) -> None:
    """Tell a new box, once, who it is and whose bundles it takes. Later only the recovery key changes that."""
    from pydantic import ValidationError

    from agent.bundle import Keys
    from agent.run.flash.home import Home, Trust
    from agent.run.settings import read_text

    with plain_errors():
        try:
            told = Trust(device=device, keys=Keys.model_validate_json(read_text(keys)))
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            problem = Mistake(where or "keys", "", error.errors()[0]["msg"])
            raise SettingsError(str(keys), [problem]) from None
        Home(home).give_trust(told)
    typer.echo(f"{device} takes configs signed by {told.keys.active}")


@app.command("apply")
def apply(
    path: Annotated[Path, typer.Argument(help="A .swb file, or the folder where a stick is mounted.")],
    home: HomeFolder = HOME,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until the agent has confirmed it, or rolled it back.")
    ] = False,
    answer: Annotated[
        Path | None,
        typer.Option(help="Where to write what came of it, if the bundle asks for that.", show_default=False),
    ] = None,
    lang: words.Language = None,
) -> None:
    """Take the newest bundle of each kind for this box from a stick: verify, stage, check, put in force, on trial.

    The running agent notices and starts again by the new config; healthy, it confirms it, else the one before comes
    back. A bundle that is refused changes nothing. Exit code 0: in force, or was already; 1: refused or rolled back.
    """
    from agent.bundle import Code
    from agent.run.build import flashing
    from agent.run.flash.home import Home, Outcome

    held = Home(home)
    with plain_errors():
        ready, refused = _ready(held, path)
        bad = 1 if refused and not ready else 0
        for one in ready:
            done = _take(held, one, flashing, refused)
            bad |= done is None or not _ended(held, done, answer, wait=wait)
            if done is not None and done.what == "on_trial" and not wait:
                break
        if (
            ready
        ):  # what is for other boxes of the group is no news on a stick that has something for this one
            refused = [entry for entry in refused if entry[1].code != Code.WRONG_DEVICE]
        for name, error in refused:
            held.note_refusal(Outcome(what=error.code, detail=f"{name}: {error.detail}"[:300]))
            _explain(name, error, lang)
    raise typer.Exit(bad)


@app.command("status")
def status(
    home: HomeFolder = HOME, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """What this box runs by, what is on trial, what came of the last bundles. Exit code 1 if it is not as it was signed."""
    from agent.run.flash.home import Home
    from agent.run.flash.release import faults as unpacked_faults

    held = Home(home)
    with plain_errors():
        trusted, state, current = held.trust(), held.state(), held.current()
        faults = [] if current is None else held.faults(current)
        software, release = held.software.state(), held.software.current()
        if release is not None:
            faults += [*held.software.faults(release), *unpacked_faults(held.software.folder / release)]
    if as_json:
        fields = {
            "device": trusted.device,
            "slot": current,
            "faults": faults,
            **state.model_dump(mode="json"),
            "software": {"slot": release, **software.model_dump(mode="json")},
        }
        typer.echo(json.dumps(fields, ensure_ascii=False))
        raise typer.Exit(1 if faults else 0)
    typer.echo(f"{trusted.device}: config {state.sequence or 'none yet'}, slot {current or 'none'}")
    typer.echo(f"  takes configs signed by {trusted.keys.active}, keys {trusted.sequence}")
    if state.trial is not None:
        typer.echo(f"  on trial: config {state.trial.sequence}, start {state.trial.starts}")
    typer.echo(f"  software: {software.sequence if release else 'as installed'}, slot {release or 'none'}")
    if software.trial is not None:
        typer.echo(f"  on trial: software {software.trial.sequence}, start {software.trial.starts}")
    last = [outcome for outcome in (software.last, state.last) if outcome is not None]
    for outcome in (*last, *state.refused[-5:]):
        typer.echo(f"  {outcome.what}: {outcome.sequence or ''} {outcome.detail}".rstrip())
    for fault in faults:
        typer.echo(f"sandwatch: {fault}", err=True)
    raise typer.Exit(1 if faults else 0)


@app.command("confirm")
def confirm(home: HomeFolder = HOME) -> None:
    """Keep the config on trial, whatever its sources give. For a person who knows why they give nothing."""
    from agent.run.flash.home import Home
    from agent.run.flash.trial import confirm as keep

    with plain_errors():
        held = _tried(Home(home))
        trial = held.state().trial
        keep(held)
    typer.echo("nothing is on trial" if trial is None else f"{held.what} {trial.sequence} is confirmed")


@app.command("rollback")
def rollback(home: HomeFolder = HOME) -> None:
    """End the trial under way: the config before it comes back. What was confirmed is changed by a new bundle only."""
    from agent.run.flash.home import Home
    from agent.run.flash.trial import roll_back

    with plain_errors():
        held = _tried(Home(home))
        trial = roll_back(held, "by hand")
    typer.echo("nothing is on trial" if trial is None else f"{held.what} {trial.sequence} is rolled back")


@app.command("settle")
def settle(home: HomeFolder = HOME) -> None:
    """Before each start of the agent (its unit does it): put away what a power cut left, count the starts of a trial."""
    from agent.run.flash.home import Home
    from agent.run.flash.trial import settle as put_in_order

    with plain_errors():
        said = put_in_order(Home(home))
    if said is not None:
        typer.echo(said)


def _ready(home: "Home", path: Path) -> tuple[list[Path], Refused]:
    """Of a stick the newest bundle of each kind for this box, in the order in which they are taken; and what is none."""
    from agent.run.flash.apply import opened, verified

    refused: Refused = []
    newest: dict[str, tuple[int, Path]] = {}
    for file in _bundles(path):
        try:
            with opened(file) as stream:
                manifest = verified(home, stream)[0].manifest
        except BundleRefused as error:
            refused.append((file.name, error))
            continue
        newest[manifest.kind] = max(newest.get(manifest.kind, (0, file)), (manifest.sequence, file))
    return [newest[kind][1] for kind in KINDS if kind in newest], refused


def _take(home: "Home", file: Path, flashing: Any, refused: Refused) -> "Taken | None":
    """Take one bundle; None where it is refused."""
    from agent.run.flash.apply import opened, take
    from agent.run.flash.trial import dead_sources

    try:
        with opened(file) as stream:
            dead = dead_sources(flashing.run_dir(home.folder.parent))
            return take(home, stream, flashing.check, flashing.now(), dead=dead)
    except BundleRefused as error:
        refused.append((file.name, error))
        return None


def _ended(home: "Home", done: "Taken", answer: Path | None, *, wait: bool) -> bool:
    """Say what came of a bundle, in the answer file too if it asks for one; whether it is in force."""
    manifest = done.manifest
    typer.echo(f"{manifest.kind} {manifest.sequence}: {done.what}")
    if not done.dated:
        typer.echo("its last day could not be checked: this box does not know the time")
    where = home.software if manifest.kind == "software" else home
    outcome = _await(where, manifest.window_s) if wait and done.what == "on_trial" else None
    if outcome is not None:
        typer.echo(f"{where.what} {outcome.sequence}: {outcome.what} {outcome.detail}".rstrip())
    if answer is not None and manifest.answer:
        fields = {
            "device": home.trust().device,
            "kind": manifest.kind,
            "sequence": manifest.sequence,
            "what": done.what if outcome is None else outcome.what,
            "detail": "" if outcome is None else outcome.detail,
        }
        durable.write_file(answer, json.dumps(fields, ensure_ascii=False).encode())
    return outcome is None or outcome.what == "confirmed"


def _tried(home: "Home") -> "Home":
    """Of config and software the one on trial; never both are."""
    return home.software if home.software.state().trial is not None else home


def _bundles(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    try:
        found = sorted(file for file in path.iterdir() if file.name.lower().endswith(".swb"))
    except OSError as error:
        raise SettingsError(
            str(path), [Mistake("the stick", "", f"cannot be read: {error.strerror}")]
        ) from None
    if not found:
        raise SettingsError(str(path), [Mistake("the stick", "", "has no .swb in its first folder")])
    return found[:MOST_BUNDLES]


def _explain(name: str, error: BundleRefused, lang: words.Lang | None) -> None:
    from agent.bundle import Code
    from agent.bundle_words import REFUSALS

    typer.echo(f"sandwatch: {name}: {error}", err=True)
    for language in words.chosen(lang):
        typer.echo(f"  {in_language(REFUSALS[Code(error.code)], language)}", err=True)


def _await(home: "Home", window_s: int) -> "Outcome | None":
    """What came of the trial; None where no agent has ended it in three windows."""
    end = time.monotonic() + 3 * window_s + 60
    while time.monotonic() < end:
        state = home.state()
        if state.trial is None:
            return state.last
        time.sleep(POLL_S)
    return None
