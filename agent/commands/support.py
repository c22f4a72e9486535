"""`sandwatch support-bundle`: what somebody ashore needs to help, without a secret in it."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands import words
from agent.commands.plain import plain_errors
from agent.commands.state import state_folder
from agent.errors import Both

WRITTEN = Both(
    vi="Đã ghi {out}: không có khóa, mật khẩu, hình ảnh hay vị trí. Hãy xem qua rồi gửi cho người hỗ trợ.",
    en="Wrote {out}: no key, password, picture or position is in it. Look through it, then send it to who helps you.",
)
LACKING = Both(vi="Thiếu: {what}", en="Left out: {what}")


def support_bundle(
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
        typer.Option("--state", help="Folder of the store. Default: the config's.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Default: sandwatch-support-TIME.zip here.", show_default=False),
    ] = None,
    lang: words.Language = None,
) -> None:
    """Put versions, config, delivery, health, the last records' kinds and the log into one zip file to send.

    Passwords in addresses are blotted out. Works beside a running agent, and on a box whose parts are broken.
    """
    from agent.run.build import support, tools
    from agent.run.flash.home import Home

    with plain_errors(words.chosen(lang)):
        held = None if home is None else Home(home)
        if held is not None and home is not None and held.current() is not None:
            config, state = held.settings_file(), state or home.parent
        folder = state if state is not None else state_folder(config, state)
        made = tools.now()
        name = "undated" if made is None else f"{made:%Y%m%dT%H%M%SZ}"
        out = out or Path(f"sandwatch-support-{name}.zip")
        lacking = support.write(out, config, folder, held)
    for what in lacking:
        words.say(Both(vi=LACKING.vi.format(what=what), en=LACKING.en.format(what=what)), lang)
    words.say(Both(vi=WRITTEN.vi.format(out=out), en=WRITTEN.en.format(out=out)), lang)
