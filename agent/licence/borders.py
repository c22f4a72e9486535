"""Whose waters are these: a licence of one province gives no right beyond its border.

Judged only of a vessel that is not certainly inside an area of hers; a licence of the province across the river that
lists her is one of hers (`agent.licence.by_licence`). Beyond the border she is when she is outside the territory of
every province that granted one, and inside another's, by more than the errors of gear and lines; where one of the two
is not certain it is undetermined. Without the territory of every province that granted one nothing is said.

Provinces were merged on 1 July 2025 and their licences went on: `formerly` of a territory names those it was made of.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date
from math import hypot
from typing import Final

from agent.licence.licence import Licence
from agent.licence.places import Place, places_on
from agent.licence.zones import Area
from agent.position.place import GearPlace
from agent.types import Finding, FindingKind, Reason, Verdict

_TITLES: Final = ("thanhpho", "tinh", "tp")


def province_key(name: str) -> str:
    """The letters of a province's name: `TP. Cần Thơ`, `thành phố Cần Thơ` and `Can Tho` are one."""
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    letters = "".join(letter for letter in plain if letter.isalnum())
    title = next((title for title in _TITLES if letters.startswith(title)), "")
    return letters.removeprefix(title) or letters


def territories_of(places: Sequence[Place], province: str) -> list[Place]:
    """The territories that bear the name, or took in the province that bore it."""
    wanted = province_key(province)
    return [
        place
        for place in places
        if place.kind == "province" and wanted in map(province_key, (place.name, *place.formerly))
    ]


class Borders:
    """The territories of a config, projected once."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = tuple(place for place in places if place.kind == "province")
        self._areas = {id(place): Area(place.polygons) for place in self._places}

    def across(
        self, here: GearPlace, day: date, licences: Sequence[Licence], area: Verdict
    ) -> Finding | None:
        """Beyond the border of all that licensed her, or perhaps so. `area` is what was said of her licence areas."""
        drawn = places_on(self._places, "province", day)
        granted = [territories_of(drawn, licence.province) for licence in licences if licence.province]
        if area is Verdict.PERMITTED or len(granted) < len(licences) or not all(granted):
            return None
        home = [
            (self._areas[id(place)].boundary(here.lat_deg, here.lon_deg), place)
            for places in granted
            for place in places
        ]
        edge, own = min(home, key=lambda item: item[0].distance_m)
        error_m = hypot(here.error_m, own.error_m)
        if edge.distance_m + error_m < 0.0:
            return None
        there = self._inside(here, [place for place in drawn if all(place is not mine for _, mine in home)])
        certain = area is Verdict.BREACH and edge.distance_m - error_m > 0.0
        certain = certain and there is not None and there[1] > hypot(here.error_m, there[0].error_m)
        values: dict[str, float | int | str] = {
            "granted": own.name,
            "distance_m": round(edge.distance_m, 1),
            "error_m": round(error_m, 1),
        }
        if there is not None:
            values["place"] = there[0].name
        return Finding(
            FindingKind.OTHER_PROVINCE,
            Verdict.BREACH if certain else Verdict.UNDETERMINED,
            (Reason("beyond_province" if there is None else "across_border", values),),
            value=round(edge.distance_m, 2),
            error=round(error_m, 2),
            unit="m",
            boundary_lat_deg=round(edge.lat_deg, 7),
            boundary_lon_deg=round(edge.lon_deg, 7),
        )

    def _inside(self, here: GearPlace, others: Sequence[Place]) -> tuple[Place, float] | None:
        """The other territory she is in, or nearest to being in by no more than the errors, and how deep."""
        deep = [
            (place, -self._areas[id(place)].boundary(here.lat_deg, here.lon_deg).distance_m)
            for place in others
        ]
        place, inside_m = max(deep, key=lambda item: item[1], default=(None, 0.0))
        if place is None or inside_m + hypot(here.error_m, place.error_m) < 0.0:
            return None
        return place, inside_m
