"""Taking lists and maps away: the page `/exports`, its files, and the keys with which programs read `/ogc`."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from agent.event import wire
from station import keys, shelf
from station.choice import Choice
from station.clock import Now
from station.features import GEOJSON, geojson_of
from station.forms import form_of
from station.geopackage import write_geopackage
from station.inspecting import asked
from station.layers import LAYERS, Asked, Feature, Layer
from station.lists import MOST, NAMES, sheet_of
from station.rendering import Rendering, words_of
from station.spreadsheet import CSV_TYPE, XLSX_TYPE, csv_bytes, xlsx_bytes
from station.store import Store
from station.vn2000_zones import EPSG, Zone, zone_of
from station.words import LOCAL, Words

GEOPACKAGE_TYPE: Final = "application/geopackage+sqlite3"
PACKED: Final = ("events", "licences", "vessels")


class Exporting:
    """The page and the files."""

    def __init__(self, store: Store, rendering: Rendering, now: Now) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/exports", self.page, methods=["GET"])
        router.add_api_route("/exports/keys", self.keys, methods=["POST"])
        router.add_api_route("/exports/{file}", self.file, methods=["GET"])
        return router

    def page(self, request: Request) -> Response:
        return self._page(request, "")

    def _page(self, request: Request, key: str, problem: str = "") -> Response:
        words, choice = words_of(request), asked(request)
        with self._store.reading() as connection:
            own = keys.keys_of(connection, request.state.person.account)
            vessels, licences = shelf.filter_values(connection)
        return self._show(
            request,
            "exports.html",
            422 if problem else 200,
            choice=choice,
            lists=[(name, text) for name, text in _names(words) if name in NAMES],
            layers=[(name, text) for name, text in _names(words) if name in LAYERS],
            zones=[(f"{meridian:g}", Zone(meridian).name) for meridian in EPSG],
            vessels=vessels,
            licences=licences,
            keys=own,
            key=key,
            problem=problem,
            address=str(request.base_url).rstrip("/") + "/ogc",
        )

    def keys(self, request: Request) -> Response:
        form, person, words = form_of(request), request.state.person, words_of(request)
        key, problem = "", ""
        with self._store.writing() as connection:
            if form.get("do") == "make":
                made = keys.make(connection, person.account, form.get("purpose", ""), self._now())
                key = made or ""
                problem = "" if made else words.say("Đã có quá nhiều khóa; hãy thu hồi một khóa trước.")
            elif form.get("do") == "end" and form.get("number", "").isdecimal():
                keys.end(connection, person.account, int(form["number"][:9]), self._now())
            else:
                raise HTTPException(400)
        return self._page(request, key, problem)

    def file(self, request: Request, file: str) -> Response:
        """A list or layer by name and form: `events.csv`, `licences.gpkg`, `all.gpkg`."""
        name, _dot, form = file.rpartition(".")
        choice, words = asked(request), words_of(request)
        try:
            zone = zone_of(request.query_params.get("meridian"))
        except ValueError:
            raise HTTPException(400) from None
        with self._store.reading() as connection:
            if form in ("csv", "xlsx") and name in NAMES:
                sheet = sheet_of(connection, name, choice, zone, words)
                content, kind = (
                    (csv_bytes(sheet), CSV_TYPE) if form == "csv" else (xlsx_bytes(sheet), XLSX_TYPE)
                )
            elif form == "geojson" and name in LAYERS:
                features = [geojson_of(feature) for feature in features_of(connection, LAYERS[name], choice)]
                whole = JSONResponse({"type": "FeatureCollection", "features": features})
                content, kind = bytes(whole.body), GEOJSON
            elif form == "gpkg" and (name in LAYERS or name == "all"):
                layers = [LAYERS[one] for one in (PACKED if name == "all" else (name,))]
                content, kind = self._packed(connection, layers, choice, zone), GEOPACKAGE_TYPE
            else:
                raise HTTPException(404)
        day = self._now().astimezone(LOCAL).date().isoformat()
        headers = {
            "Content-Disposition": f'attachment; filename="sandwatch-{name}-{day}.{form}"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=kind, headers=headers)

    def _packed(
        self, connection: sa.Connection, layers: list[Layer], choice: Choice, zone: Zone | None
    ) -> bytes:
        with tempfile.TemporaryDirectory(prefix="sandwatch-") as folder:
            path = Path(folder) / "export.gpkg"
            content = [(layer, features_of(connection, layer, choice)) for layer in layers]
            write_geopackage(path, content, zone, wire.utc_text(self._now()))
            return path.read_bytes()


def features_of(connection: sa.Connection, layer: Layer, choice: Choice) -> Iterator[Feature]:
    """Every feature of a layer within the choice's days, box, device, vessel and licence; at most `MOST`."""
    since, until = choice.span()
    wanted = {
        name: value
        for name, value in (("device", choice.device), ("vessel", choice.vessel), ("licence", choice.licence))
        if value is not None
    }
    wanted = {name: value for name, value in wanted.items() if any(c.name == name for c in layer.columns)}
    after, given = None, 0
    while given < MOST:
        found = layer.read(connection, Asked(choice.box_deg(), since, until, after=after))
        for feature in found.features:
            if all(_is(feature, name, value) for name, value in wanted.items()):
                given += 1
                yield feature
        after = found.after
        if after is None:
            return


def _is(feature: Feature, name: str, value: str) -> bool:
    """Whether a property is this value; an event's licences stand in one property, with spaces between."""
    held = str(feature.properties[name])
    return held == value or (name == "licence" and value in held)


def _names(words: Words) -> list[tuple[str, str]]:
    _ = words.say
    return [
        ("events", _("Sự kiện")),
        ("production", _("Sản lượng theo ngày")),
        ("devices", _("Thiết bị")),
        ("licences", _("Khu vực được cấp phép")),
        ("vessels", _("Phương tiện: vị trí cuối")),
        ("track", _("Hành trình")),
    ]
