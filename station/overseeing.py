"""The pages that watch the boxes themselves: the fleet on a map, and when who was silent, how, and what was announced."""

from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from agent.types import Json
from station import fleet, licence_book, patterns, recount, silences, tables
from station.access import ANNOUNCING, RULES
from station.chart import licence_features
from station.clock import Now
from station.fleet import Ship
from station.fleet_words import calendar, pattern_view, ship_view
from station.forms import form_of
from station.rendering import Rendering, words_of
from station.store import Store
from station.words import LOCAL, Words

SHOWN_DAYS: Final = 28


class Overseeing:
    """The fleet and its silences."""

    def __init__(self, store: Store, rendering: Rendering, now: Now) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/fleet", self.fleet, methods=["GET"])
        router.add_api_route("/api/fleet", self.fleet_map, methods=["GET"])
        router.add_api_route("/silences", self.silences, methods=["GET"])
        router.add_api_route("/silences", self.announce, methods=["POST"])
        return router

    def fleet(self, request: Request) -> Response:
        words, now = words_of(request), self._now()
        with self._store.reading() as connection:
            ships, waiting = fleet.ships(connection), _waiting(connection)
        sees_events = request.state.person.role in RULES["GET", "/queue"]
        rows = [ship_view(ship, waiting.get(ship.device, 0), now, words) for ship in ships]
        return self._show(request, "fleet.html", section="/devices", rows=rows, sees_events=sees_events)

    def fleet_map(self, request: Request) -> Response:
        """Areas and vessels as GeoJSON: `role` is `licence` or `ship`; what a ship's label says stands in it."""
        words, now = words_of(request), self._now()
        with self._store.reading() as connection:
            held = licence_book.in_force(connection)
            ships, waiting = fleet.ships(connection), _waiting(connection)
        features: list[Json] = list(
            licence_features({"licences": [dict(licence.feature) for licence in held.values()]})
        )
        for ship in ships:
            if ship.last is None:
                continue
            view = ship_view(ship, waiting.get(ship.device, 0), now, words)
            properties: dict[str, Json] = {
                "role": "ship",
                "label": view.vessel or view.name,
                "state": view.state,
                "title": f"{view.name} · {view.state_text} · {view.position_time}",
                "href": view.href,
            }
            place: dict[str, Json] = {
                "type": "Point",
                "coordinates": [ship.last.lon_deg, ship.last.lat_deg],
            }
            features.append({"type": "Feature", "geometry": place, "properties": properties})
        return JSONResponse(
            {"type": "FeatureCollection", "features": features},
            media_type="application/geo+json",
            headers={"Cache-Control": "no-store"},
        )

    def silences(self, request: Request) -> Response:
        return self._silences(request)

    def _silences(self, request: Request, problem: str = "") -> Response:
        words, now = words_of(request), self._now()
        last = recount.today(now)
        first = last - timedelta(days=SHOWN_DAYS - 1)
        since = datetime.combine(first, time(), LOCAL)
        with self._store.reading() as connection:
            ships = fleet.ships(connection)
            notices = silences.announcements(connection, first, last)
            found = silences.silences(connection, since, now, now)
            held = licence_book.in_force(connection)
            rows = patterns.patterns(connection, ships, found, notices, held, since, now)
        return self._show(
            request,
            "silences.html",
            422 if problem else 200,
            section="/devices",
            first=first,
            days=[first + timedelta(days=number) for number in range(SHOWN_DAYS)],
            rows=[
                (pattern_view(row, words), calendar(row, notices, first, SHOWN_DAYS, words)) for row in rows
            ],
            middle=words.number(patterns.fleet_middle(rows), 1),
            notices=[(one, _name(ships, one.device), _kind(one.kind, words)) for one in notices],
            devices=[(ship.device, f"{ship.name} {ship.vessel}".strip()) for ship in ships],
            may_announce=request.state.person.role in ANNOUNCING,
            problem=problem,
        )

    def announce(self, request: Request) -> Response:
        """A stoppage or a visit, or the withdrawal of one."""
        form, by, now = form_of(request), request.state.person.name, self._now()
        try:
            with self._store.writing() as connection:
                if form.get("do") == "withdraw":
                    silences.withdraw(connection, int(form.get("number", "")), by, now)
                else:
                    device = form.get("device", "")
                    if device not in {ship.device for ship in fleet.ships(connection)}:
                        raise HTTPException(404)
                    silences.announce(
                        connection,
                        device,
                        form.get("kind", ""),
                        date.fromisoformat(form.get("first", "")),
                        date.fromisoformat(form.get("last", "")),
                        form.get("text", ""),
                        by,
                        now,
                    )
        except LookupError:
            raise HTTPException(404) from None
        except ValueError:
            _ = words_of(request).say
            return self._silences(
                request, _("Cần một thiết bị, loại, và hai ngày đúng thứ tự, không quá một năm.")
            )
        return RedirectResponse("/silences", 303)


def _waiting(connection: sa.Connection) -> dict[str, int]:
    """How many events of each box wait."""
    column = tables.reviews.c
    rows = connection.execute(
        sa.select(column.device, sa.func.count().label("events"))
        .where(column.waiting == sa.true())
        .group_by(column.device)
    )
    return {row.device: row.events for row in rows}


def _name(ships: list[Ship], device: str) -> str:
    return next((ship.name for ship in ships if ship.device == device), device)


def _kind(kind: str, words: Words) -> str:
    _ = words.say
    return {"stoppage": _("tạm dừng đã khai báo"), "visit": _("kỹ thuật viên đến")}[kind]
