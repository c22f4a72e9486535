"""`film.toml`: what a rendered film shows and when. Read whole, with all mistakes at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from agent.errors import Mistake, SettingsError
from models.synth.light import Weather
from models.synth.scenes.onboard import Setting
from models.synth.track import Leg

KINDS = get_args(Leg.__annotations__["kind"])
NUMBERS = {
    "seed": (0, 2**31),
    "length_s": (1, 86400),
    "width_px": (64, 3840),
    "height_px": (64, 2160),
    "frames_per_s": (0.1, 60),
    "keyframe_s": (0.5, 60),
    "crf": (10, 45),
    "lat_deg": (-90, 90),
    "lon_deg": (-180, 180),
    "river_deg": (0, 360),
    "cloud_share": (0, 1),
    "visibility_m": (50, 60000),
}


@dataclass(frozen=True, slots=True)
class Script:
    """A film: the setting, the picture, the coding. `title` and `comment` go into the file."""

    title: str
    comment: str
    setting: Setting
    width_px: int
    height_px: int
    frames_per_s: float
    keyframe_s: float
    crf: float

    @property
    def frames(self) -> int:
        return round(self.setting.length_s * self.frames_per_s)


def read(path: Path) -> Script:
    """The film of `path`. Raises SettingsError with every mistake, also where the file cannot be read."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(str(path), [Mistake("file", "", str(problem))]) from problem
    mistakes: list[Mistake] = []
    number = {key: _number(table, key, mistakes) for key in NUMBERS}
    start = table.get("start_utc")
    if not isinstance(start, datetime) or start.tzinfo is None:
        mistakes.append(
            Mistake("start_utc", str(start), "not a time with its zone", "as 2026-11-20T09:50:00Z")
        )
    if table.get("synthetic") is not True:
        mistakes.append(
            Mistake("synthetic", str(table.get("synthetic")), "a rendered film is synthetic", "true")
        )
    legs = _legs(table, mistakes)
    mistakes += [
        Mistake(key, str(table.get(key)), "not a text")
        for key in ("title", "comment")
        if not isinstance(table.get(key), str)
    ]
    if mistakes or not isinstance(start, datetime):
        raise SettingsError(str(path), mistakes)
    return Script(
        title=table["title"],
        comment=table["comment"],
        setting=Setting(
            start=start,
            lat_deg=number["lat_deg"],
            lon_deg=number["lon_deg"],
            seed=int(number["seed"]),
            length_s=number["length_s"],
            legs=legs,
            river_deg=number["river_deg"],
            weather=Weather(number["cloud_share"], number["visibility_m"]),
        ),
        width_px=int(number["width_px"]),
        height_px=int(number["height_px"]),
        frames_per_s=number["frames_per_s"],
        keyframe_s=number["keyframe_s"],
        crf=number["crf"],
    )


def _number(table: Mapping[str, Any], key: str, mistakes: list[Mistake], where: str = "") -> float:
    low, high = NUMBERS.get(key, (0, 86400))
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        mistakes.append(Mistake(where + key, str(value), "not a number in range", f"{low} to {high}"))
        return float(low)
    return float(value)


def _legs(table: Mapping[str, Any], mistakes: list[Mistake]) -> tuple[Leg, ...]:
    """The `[[leg]]` tables: in order, without gaps, from 0 to the end."""
    rows = table.get("leg")
    if not isinstance(rows, list) or not rows:
        mistakes.append(Mistake("leg", "", "there is none", "one [[leg]] at least"))
        return ()
    legs: list[Leg] = []
    end = 0.0
    for number, row in enumerate(rows):
        where = f"leg.{number}."
        if row.get("kind") not in KINDS:
            mistakes.append(Mistake(f"{where}kind", str(row.get("kind")), "unknown", ", ".join(KINDS)))
        from_s, to_s = (_number(row, key, mistakes, where) for key in ("from_s", "to_s"))
        if from_s != end or to_s <= from_s:
            mistakes.append(
                Mistake(
                    f"{where}from_s", str(from_s), "legs follow one another", f"begin at {end:g}, end later"
                )
            )
        end = to_s
        sog = _number(row, "sog_kn", mistakes, where) if "sog_kn" in row else 0.0
        legs.append(
            Leg(row.get("kind", "anchored"), from_s, to_s, _number(row, "heading_deg", mistakes, where), sog)
        )
    return tuple(legs)
