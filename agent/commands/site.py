"""`sandwatch site …`: what a place and a kit allow to be known."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from agent.commands.load import load, loads
from agent.commands.plain import plain_errors
from agent.commands.site_check import site_check
from agent.commands.site_landmarks import landmarks
from agent.commands.words import Language, chosen, say
from agent.errors import Both, in_language
from agent.licence.budget import TYPICAL_GEAR, Provable, budget
from agent.position.antenna import Gear
from agent.run.plan import gear_of
from agent.run.settings import load_settings

app = typer.Typer(help="What a site and its kit allow to be known.", no_args_is_help=True)
app.command("landmarks")(landmarks)
app.command("check")(site_check)
app.command("loads")(loads)
app.command("load")(load)


@app.command("budget")
def site_budget(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="An agent.toml with [gear] and [antenna].", show_default=False),
    ] = None,
    lang: Language = None,
) -> None:
    """The smallest distance beyond a boundary that each kit can prove, with the gear of the config.

    Without a config a made-up crane barge is taken: gear 12 m ahead of the antenna, 4 m of sweep. The figures come
    from the code that judges; receivers are assumed to see a good sky. All are 95 % bounds.
    """
    gear: Gear | None = TYPICAL_GEAR
    heading_error_deg = 2.0
    with plain_errors(chosen(lang)):
        if config is not None:
            settings = load_settings(config)
            gear, heading_error_deg = gear_of(settings), settings.antenna.heading_error_deg
        rows = budget(gear, heading_error_deg)
        say(Both(vi=_told(rows, gear, "vi"), en=_told(rows, gear, "en")), lang)


_HEADINGS: Final = {
    "vi": ("bộ thiết bị", "máy thu báo", "một lần đo", "một giờ nằm yên"),
    "en": ("kit", "receiver says", "one fix", "an hour at rest"),
}
_KITS_VI: Final = {
    "single GNSS, no heading": "GNSS đơn, không có hướng mũi",
    "single GNSS, SBAS, no heading": "GNSS đơn có SBAS, không có hướng mũi",
    "dual antenna, heading": "hai ăng-ten, có hướng mũi",
    "RTK float, heading": "RTK float, có hướng mũi",
    "RTK fixed, heading": "RTK fixed, có hướng mũi",
}


def _told(rows: Sequence[Provable], gear: Gear | None, language: Literal["vi", "en"]) -> str:
    """The gear and a row for each kit, figures as the language writes them."""

    def metres(value: float, form: str = ".1f") -> str:
        text = f"{value:{form}}"
        return f"{text.replace('.', ',') if language == 'vi' else text} m"

    where = Both(
        vi="cần: chưa đo (cấu hình không có [gear])", en="gear: not measured (no [gear] in the config)"
    )
    if gear is not None:
        ahead, right, sweep, measured = (
            metres(value, "g") for value in (gear.forward_m, gear.right_m, gear.sweep_m, gear.measured_m)
        )
        where = Both(
            vi=f"cần: trước ăng-ten {ahead}, lệch mạn phải {right}, tầm quét {sweep}, đo chính xác đến {measured}",
            en=f"gear: {ahead} ahead and {right} to starboard of the antenna, sweep {sweep}, measured to {measured}",
        )
    kit, said, once, rest = _HEADINGS[language]
    told = [in_language(where, language), f"{kit:37} {said:>13}  {once:>10}  {rest:>15}"]
    for row in rows:
        name = _KITS_VI[row.kit.name] if language == "vi" else row.kit.name
        told.append(
            f"{name:37} {'± ' + metres(row.kit.stated_m):>13}  {metres(row.at_once_m):>10}  {metres(row.at_rest_m):>15}"
        )
    return "\n".join(told)
