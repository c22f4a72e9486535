"""`sandwatch doctor`: is this box ready to be left alone?"""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands import words
from agent.commands.plain import plain_errors
from agent.errors import Both, Mistake, SettingsError, in_language

READY = Both(vi="SẴN SÀNG.", en="READY.")
NOT_READY = Both(vi="CHƯA SẴN SÀNG: sửa các dòng có dấu ✗.", en="NOT READY: see to the lines with ✗.")
MARKS = {"ok": "✓", "note": "!", "missing": "✗"}


def doctor(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="The agent.toml of this box.", show_default=False),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option("--flashed", help="Or the folder of its bundles (docs/flash.md).", show_default=False),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", help="Folder of store and key. Default: the config's.", show_default=False),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Also run a short made-up voyage through the software.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(help="LAT,LON (WGS 84) of a known place beside the boat.", show_default=False),
    ] = None,
    listen_s: Annotated[
        float, typer.Option("--listen", min=1, max=600, help="Seconds to wait for a position.")
    ] = 30.0,
    lang: words.Language = None,
) -> None:
    """Look at everything a box needs, and say what is missing and what to do. Exit code 0: ready, 1: not.

    Stop the agent before: a receiver or camera has one reader. `sandwatch doctor --replay` alone tries the software.
    """
    from agent.run.build import doctor as looking
    from agent.run.flash.home import Home
    from agent.run.health import Grade

    grades = set()
    with plain_errors(words.chosen(lang)):
        findings = []
        if home is not None:
            held = Home(home)
            findings.append(looking.flashed(held))
            if held.current() is not None:
                config, state = held.settings_file(), state or home.parent
        if config is not None:
            findings.append(looking.look(config, state, _place(at), listen_s))
        if replay:
            findings.append(looking.replay())
        if not findings:
            problem = Mistake("--config", "", "is missing", "give --config, --flashed or --replay")
            raise SettingsError("command line", [problem])
        for part in findings:
            for found in part:
                grades.add(found.grade)
                for language in words.chosen(lang):
                    typer.echo(f"{MARKS[found.grade]} {in_language(found.what, language)}")
                    if found.remedy is not None:
                        typer.echo(f"    → {in_language(found.remedy, language)}")
    words.say(NOT_READY if Grade.MISSING in grades else READY, lang)
    raise typer.Exit(1 if Grade.MISSING in grades else 0)


def _place(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
    except ValueError:
        problem = Mistake("--at", text, "is no place", "for example 10.0343,105.7883")
        raise SettingsError("command line", [problem]) from None
    return lat_deg, lon_deg
