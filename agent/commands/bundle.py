"""`sandwatch bundle …`: at the laptop, another config for a group of boxes, on a stick."""

import os
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.plain import plain_errors
from agent.commands.wizard import wizard
from agent.errors import Mistake, SettingsError

if TYPE_CHECKING:
    from agent.bundle import Manifest

app = typer.Typer(
    help="""Config bundles for a stick: make, sign, look into (docs/flash.md).

    The way: `bundle init KEYS` once; `bundle wizard FOLDER` for each new box; `bundle make FOLDER`, `bundle sign FILE` for each change; copy the one
    `.swb` to a FAT stick; insert it into each box of the group.
    """,
    no_args_is_help=True,
)

Bundle = Annotated[Path, typer.Argument(help="A .swb file.")]
PHRASE = "SANDWATCH_PASSPHRASE"
LAST_OF_DAY = time(23, 59, 59)


@app.command("init")
def init(
    folder: Annotated[Path, typer.Argument(help="New folder for the active key and keys.json.")],
    recovery: Annotated[
        Path, typer.Option(help="Folder for the recovery key: another stick, kept in another place.")
    ],
) -> None:
    """Make the two keys whose bundles the boxes take: an active one, and a recovery one to be locked away.

    Asks for a pass phrase, twice; both keys are encrypted with it ($SANDWATCH_PASSPHRASE, for scripts). keys.json
    holds the public halves: each box is told them once, by `sandwatch config trust`. Whoever loses the active key
    makes new ones and sends them to the boxes under the recovery key: `bundle make --keys`.
    """
    from agent.desk import bundles

    with plain_errors():
        keys = bundles.make_keys(folder, recovery, _phrase(new=True))
    typer.echo(f"{folder / bundles.ACTIVE}: signs configs, {keys.active}")
    typer.echo(
        f"{recovery / bundles.RECOVERY}: signs new keys only, {keys.recovery}; keep it in another place"
    )
    typer.echo(
        f"{folder / bundles.PUBLIC}: for each box: sandwatch config trust {bundles.PUBLIC} --device ID"
    )


app.command("wizard")(wizard)


@app.command("make")
def make(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="A folder with agent.toml and the files it names, or with one such folder for each box.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .swb to write.")] = Path("bundle.swb"),
    sequence: Annotated[
        int | None,
        typer.Option(
            min=1, help="Higher than any before. Default: the time as YYYYMMDDhhmm, UTC.", show_default=False
        ),
    ] = None,
    group: Annotated[str, typer.Option(help="A name for these boxes.")] = "boxes",
    not_after: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The last day (UTC) on which a box takes it.", show_default=False
        ),
    ] = None,
    window_s: Annotated[
        int, typer.Option("--window", min=1, max=3600, help="Seconds a box has to become healthy with it.")
    ] = 300,
    answer: Annotated[
        bool, typer.Option("--answer", help="Each box writes back to the stick what came of it.")
    ] = False,
    keys: Annotated[
        Path | None,
        typer.Option(help="A new keys.json instead of a config: key rotation.", show_default=False),
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(help="With --keys or --software: a box it is for; again for more.", show_default=False),
    ] = None,
    software: Annotated[
        list[Path] | None,
        typer.Option(
            help="The wheel of a release instead of a config; again for wheels it needs that a box lacks.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Put the configs of one or more boxes into one bundle, each checked as `sandwatch check` does it.

    Files must lie beside their agent.toml and be named there without folders. What several boxes have in common is
    in the bundle once. The bundle is not signed yet. With --keys new keys, with --software a release of the software.
    """
    from agent.desk import bundles
    from agent.run.build import flashing

    with plain_errors():
        asked = [folder is not None, keys is not None, bool(software)]
        if asked.count(True) != 1 or asked[0] != (device is None):
            problem = "give a FOLDER for a config, or --device with --keys or --software"
            raise SettingsError("command line", [Mistake("FOLDER", "", problem)])
        now = flashing.now().utc
        if now is None:
            raise SettingsError("this computer", [Mistake("its clock", "", "is not set", "set it first")])
        order = bundles.Order(
            group,
            sequence or int(now.strftime("%Y%m%d%H%M")),
            now,
            None if not_after is None else datetime.combine(not_after, LAST_OF_DAY, UTC),
            window_s,
            answer,
            dict.fromkeys(device or (), tuple(software or ()))
            if folder is None
            else flashing.boxes_in(folder),
            None if keys is None else bundles.read_public(keys),
            software=bool(software),
        )
        manifest, files = bundles.plan(order)
        bundles.write(output, manifest, files)
    for line in _lines(manifest):
        typer.echo(line)
    typer.echo(f"{output}: not signed yet: sandwatch bundle sign {output} --key …")


@app.command("sign")
def sign(
    bundle: Bundle,
    key: Annotated[Path, typer.Option(help="active.key for a config, recovery.key for new keys.")],
) -> None:
    """Sign a bundle that is whole, in its place. Look into it before: what is signed runs on the boxes."""
    from agent.desk import bundles

    with plain_errors():
        manifest = bundles.sign(bundle, bundles.read_key(key, _phrase(new=False)))
    typer.echo(f"{bundle}: signed; {manifest.kind}, sequence {manifest.sequence}. Copy it to a FAT stick")


@app.command("show")
def show(
    bundle: Bundle,
    keys: Annotated[
        Path | None,
        typer.Option(help="keys.json: also say whether one of them signed it.", show_default=False),
    ] = None,
) -> None:
    """What is in a bundle. With --keys the signature is verified; exit code 1 if it does not hold."""
    from agent.bundle import read_head
    from agent.desk import bundles
    from agent.errors import BundleRefused
    from agent.event import chain

    with plain_errors():
        manifest, signer, _ = bundles.contents(bundle)
        for line in _lines(manifest):
            typer.echo(line)
        if keys is None:
            typer.echo(
                "nobody has signed it"
                if signer is None
                else f"claims to be signed by {signer}; --keys verifies"
            )
            return
        pair = bundles.read_public(keys)
        with bundles.opened_bundle(bundle) as file:
            try:
                head = read_head(file, (chain.public_key(pair.active), chain.public_key(pair.recovery)))
            except BundleRefused as error:
                typer.echo(f"sandwatch: {error}", err=True)
                raise typer.Exit(1) from None
        which = "active" if chain.public_text(head.signer) == pair.active else "recovery"
        typer.echo(f"signed by the {which} key")


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="The bundle before.")],
    new: Annotated[Path, typer.Argument(help="The bundle after.")],
) -> None:
    """What changes from one bundle to the next: each setting of each box, each file."""
    from agent.desk import bundles

    with plain_errors():
        before, _, old_files = bundles.contents(old)
        after, _, new_files = bundles.contents(new)
        typer.echo(f"sequence {before.sequence} -> {after.sequence}")
        for line in bundles.differences(old_files, new_files):
            typer.echo(line)


def _phrase(*, new: bool) -> str:
    held = os.environ.get(PHRASE)
    if held is not None:
        return held
    asked: str = typer.prompt("Pass phrase", hide_input=True, confirmation_prompt=new)
    return asked


def _lines(manifest: "Manifest") -> list[str]:
    until = "no last day" if manifest.not_after is None else f"until {manifest.not_after:%Y-%m-%d}"
    lines = [
        f"{manifest.kind} for group {manifest.group}, sequence {manifest.sequence}, {until}",
        f"  window {manifest.window_s} s{', answers' if manifest.answer else ''}",
        f"  boxes: {', '.join(manifest.devices)}",
    ]
    if manifest.keys is not None:
        lines.append(f"  active {manifest.keys.active}, recovery {manifest.keys.recovery}")
    return lines + [
        f"  {entry.name}, {entry.size_bytes} bytes, {entry.sha256[:12]}, "
        f"for {', '.join(entry.devices) or 'all of them'}"
        for entry in manifest.files
    ]
