"""`/ogc`: the layers by OGC API Features, part 1 (core, GeoJSON, OpenAPI 3.0), as QGIS and others read them.

Whoever has an access key (`station.keys`) or is signed in reads; nothing can be changed here. A page ends with a link `next`
wherever more follows; an unknown parameter is refused, as the standard asks.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from agent.event import wire
from agent.types import Json
from station.clock import Now
from station.features_api import described
from station.layers import LAYERS, MOST, Asked, Feature, Found, Layer
from station.store import Store

GEOJSON: Final = "application/geo+json"
USUAL: Final = 100
PARAMETERS: Final = frozenset({"bbox", "datetime", "limit", "after", "f"})
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMS: Final = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "geojson", "oas30")
)


class Features:
    """The routes of `/ogc`."""

    def __init__(self, store: Store, now: Now) -> None:
        self._store = store
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter(prefix="/ogc")
        router.add_api_route("", self.landing, methods=["GET"])
        router.add_api_route("/conformance", self.conformance, methods=["GET"])
        router.add_api_route("/api", self.api, methods=["GET"])
        router.add_api_route("/collections", self.collections, methods=["GET"])
        router.add_api_route("/collections/{collection}", self.collection, methods=["GET"])
        router.add_api_route("/collections/{collection}/items", self.items, methods=["GET"])
        router.add_api_route("/collections/{collection}/items/{feature}", self.item, methods=["GET"])
        return router

    def landing(self, request: Request) -> Response:
        base = _base(request)
        api = "application/vnd.oai.openapi+json;version=3.0"
        links = [
            _link(base, "self", "application/json"),
            _link(f"{base}/api", "service-desc", api),
            _link(f"{base}/conformance", "conformance", "application/json"),
            _link(f"{base}/collections", "data", "application/json"),
        ]
        return _answer({"title": "Sandwatch", "description": "Giám sát khai thác cát", "links": links})

    def conformance(self, request: Request) -> Response:
        del request
        return _answer({"conformsTo": list(CONFORMS)})

    def api(self, request: Request) -> Response:
        return JSONResponse(
            described(_base(request), list(LAYERS)), media_type="application/vnd.oai.openapi+json;version=3.0"
        )

    def collections(self, request: Request) -> Response:
        base = _base(request)
        links = [_link(f"{base}/collections", "self", "application/json")]
        return _answer(
            {"links": links, "collections": [_described(base, layer) for layer in LAYERS.values()]}
        )

    def collection(self, request: Request, collection: str) -> Response:
        layer = LAYERS.get(collection)
        return _unknown(collection) if layer is None else _answer(_described(_base(request), layer))

    def items(self, request: Request, collection: str) -> Response:
        layer = LAYERS.get(collection)
        if layer is None:
            return _unknown(collection)
        try:
            asked = asked_of(request.query_params)
            with self._store.reading() as connection:
                found = layer.read(connection, asked)
        except ValueError as error:
            return _answer({"code": "InvalidParameterValue", "description": str(error)}, 400)
        return self._page(request, layer, found)

    def item(self, request: Request, collection: str, feature: str) -> Response:
        layer = LAYERS.get(collection)
        if layer is None:
            return _unknown(collection)
        with self._store.reading() as connection:
            found = layer.one(connection, feature)
        if found is None:
            return _answer({"code": "NotFound", "description": f"{collection} has no {feature}"}, 404)
        here = f"{_base(request)}/collections/{collection}"
        links = [
            _link(f"{here}/items/{quote(found.id, safe='~')}", "self", GEOJSON),
            _link(here, "collection", "application/json"),
        ]
        return _answer({**geojson_of(found), "links": links}, kind=GEOJSON)

    def _page(self, request: Request, layer: Layer, found: Found) -> Response:
        here = f"{_base(request)}/collections/{layer.name}"
        query = {name: value for name, value in request.query_params.items() if name != "after"}
        links = [
            _link(f"{here}/items?{urlencode(dict(request.query_params))}", "self", GEOJSON),
            _link(here, "collection", "application/json"),
        ]
        if found.after is not None:
            more = urlencode({**query, "after": "\n".join(found.after)})
            links.append(_link(f"{here}/items?{more}", "next", GEOJSON))
        return _answer(
            {
                "type": "FeatureCollection",
                "timeStamp": wire.utc_text(self._now()),
                "numberReturned": len(found.features),
                "features": [geojson_of(feature) for feature in found.features],
                "links": links,
            },
            kind=GEOJSON,
        )


def geojson_of(feature: Feature) -> dict[str, Json]:
    """A feature as RFC 7946 writes it."""
    geometry = None if feature.geometry is None else dict(feature.geometry)
    return {
        "type": "Feature",
        "id": feature.id,
        "geometry": geometry,
        "properties": dict(feature.properties),
    }


def asked_of(query: Mapping[str, str]) -> Asked:
    """What an address asks for. Raises ValueError with the reason where it cannot be."""
    unknown = sorted(set(query) - PARAMETERS)
    if unknown:
        raise ValueError(f"there is no parameter {', '.join(unknown)}")
    since, until = _span(query.get("datetime", ""))
    after = query.get("after")
    return Asked(
        box=_box(query.get("bbox", "")),
        since=since,
        until=until,
        limit=_limit(query.get("limit")),
        after=None if after is None else tuple(after.split("\n")),
    )


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) == 6:  # with heights, which nothing here has
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(-180 <= number <= 180 for number in numbers) or numbers[1] > numbers[3]:
        raise ValueError("bbox is west,south,east,north in degrees")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    first, slash, last = text.partition("/")
    return _moment(first), _moment(last if slash else first)


def _moment(text: str) -> datetime | None:
    if text in ("", ".."):
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("datetime has a zone, for example 2026-11-20T00:00:00Z")
    return moment


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 9) or int(text) == 0:
        raise ValueError("limit is a number from 1 on")
    return min(int(text), MOST)


def _described(base: str, layer: Layer) -> dict[str, Any]:
    here = f"{base}/collections/{layer.name}"
    return {
        "id": layer.name,
        "title": layer.title,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [_link(here, "self", "application/json"), _link(f"{here}/items", "items", GEOJSON)],
    }


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/") + "/ogc"


def _link(href: str, rel: str, kind: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind}


def _unknown(collection: str) -> Response:
    return _answer({"code": "NotFound", "description": f"there is no collection {collection}"}, 404)


def _answer(
    body: Mapping[str, Any] | Sequence[Any], status: int = 200, kind: str = "application/json"
) -> Response:
    return JSONResponse(body, status, media_type=kind, headers={"Cache-Control": "no-store"})
