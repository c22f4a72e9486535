"""The pages inspectors read, and the JSON these pages ask for."""

from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from agent.event import wire
from station import chart, heads, shelf, views
from station.alarms import alarms_of
from station.bundles import Bundles, newest_for, run_by
from station.casework import event_case, urgent_cases
from station.choice import Choice, Order
from station.clock import Now
from station.comparison import comparison
from station.health import sources_of
from station.inspecting import COUNTED, asked, event_address, panel_of
from station.installation import installation_view
from station.licences import last_configs
from station.rendering import YEAR_S, Rendering, words_of
from station.spool import Spool
from station.store import Store
from station.verdicts import states

SHOWN_TYPES = frozenset(("image/jpeg", "video/mp4"))  # anything else is only ever downloaded


class Pages:
    """The list, one event, the devices."""

    def __init__(self, store: Store, spool: Spool, rendering: Rendering, now: Now, bundles: Bundles) -> None:
        self._store = store
        self._spool = spool
        self._show = rendering.show
        self._now = now
        self._bundles = bundles

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/", self.event_list, response_class=HTMLResponse)
        router.add_api_route("/queue", self.queue, response_class=HTMLResponse)
        router.add_api_route("/devices", self.devices, response_class=HTMLResponse)
        router.add_api_route("/events/{device}/{event_id}", self.event, response_class=HTMLResponse)
        router.add_api_route("/api/events", self.event_list_json)
        router.add_api_route("/api/events/{device}/{event_id}/map", self.event_map)
        router.add_api_route("/evidence/{sha256}", self.evidence, methods=["GET", "HEAD"])
        return router

    # ── pages ─────────────────────────────────────────────────────────────────────────────────────────

    def event_list(self, request: Request) -> Response:
        return self._list(request, "newest")

    def queue(self, request: Request) -> Response:
        return self._list(request, "queue")

    def _list(self, request: Request, order: Order) -> Response:
        words = words_of(request)
        choice, before = asked(request), request.query_params.get("before")
        wanted = choice.waiting() if order == "queue" else choice
        page = self._page(wanted, before, order)
        with self._store.reading() as connection:
            devices = shelf.device_names(connection)
            vessels, licences = shelf.filter_values(connection)
            waiting = shelf.count(connection, choice.waiting(), COUNTED)
            urgent = urgent_cases(connection, self._now(), words) if order == "queue" else []
        home = "/queue?" if order == "queue" else "/?"
        return self._show(
            request,
            "events.html",
            rows=[
                views.row_view(listed, words, event_address(listed, choice, order)) for listed in page.rows
            ],
            choice=wanted,
            order=order,
            before=before,
            older=home + choice.query(before=page.after) if page.after else None,
            newest=home + choice.query(),
            source="/api/events?" + wanted.query(order=order),
            review="/review?" + choice.query(),
            waiting=waiting,
            urgent=urgent,
            most=COUNTED,
            verdicts=views.verdicts(words),
            happenings=views.happenings(words),
            kinds=views.kinds(words),
            states=states(words),
            devices=devices,
            vessels=vessels,
            licences=licences,
        )

    def event(self, request: Request, device: str, event_id: str) -> Response:
        words = words_of(request)
        with self._store.reading() as connection:
            listed = shelf.one_event(connection, device, event_id)
            if listed is None:
                raise HTTPException(404)
            held = shelf.held_of(connection, device, [file.sha256 for file in listed.event.evidence])
            config = shelf.config_for(connection, device, listed.last_seq)
            anchored = heads.anchored_utc(connection, device, listed.last_seq)
            alarms = [alarm for alarm in alarms_of(connection, device) if alarm.ended_utc is None]
            beside = comparison(connection, config, listed.event, words)
            panel = panel_of(connection, request, listed, words)
            docket = event_case(connection, listed)
        return self._show(
            request,
            "event.html",
            listed=listed,
            view=views.event_view(listed, held, words, anchored, alarms),
            installation=installation_view(config, listed.event.opened.utc, words),
            comparison=beside,
            docket=docket,
            **panel,
        )

    def devices(self, request: Request) -> Response:
        with self._store.reading() as connection:
            rows = shelf.all_devices(connection)
            sources = sources_of(connection)
            configs = dict(last_configs(connection))
        words, now = words_of(request), self._now()
        alarms = {row.id: [views.alarm_text(alarm, words) for alarm in row.alarms] for row in rows}
        silence = {row.id: views.silence_text(row.last_seen_utc, now, words) for row in rows}
        told = {row.id: [views.source_text(each, words) for each in sources.get(row.id, [])] for row in rows}
        held = self._bundles.held()
        bundles = {
            row.id: views.bundle_texts(run_by(configs.get(row.id, {})), newest_for(held, row.id), words)
            for row in rows
        }
        return self._show(
            request, "devices.html", rows=rows, alarms=alarms, silence=silence, sources=told, bundles=bundles
        )

    # ── what the pages ask for ────────────────────────────────────────────────────────────────────────

    def event_list_json(self, request: Request) -> Response:
        words, choice = words_of(request), asked(request)
        order: Order = "queue" if request.query_params.get("order") == "queue" else "newest"
        page = self._page(choice, request.query_params.get("before"), order)
        rows = [views.row_view(listed, words, event_address(listed, choice, order)) for listed in page.rows]
        return JSONResponse(
            {"rows": [asdict(row) for row in rows], "after": page.after},
            headers={"Cache-Control": "no-store"},
        )

    def event_map(self, request: Request, device: str, event_id: str) -> Response:
        with self._store.reading() as connection:
            listed = shelf.one_event(connection, device, event_id)
            if listed is None:
                raise HTTPException(404)
            collection = chart.event_map(connection, listed, words_of(request))
        return JSONResponse(
            collection, media_type="application/geo+json", headers={"Cache-Control": "no-store"}
        )

    def evidence(self, sha256: str) -> Response:
        """A file of evidence, under its digest: it never changes, so it may be kept for ever."""
        with self._store.reading() as connection:
            media = shelf.media_type(connection, sha256) if wire.DIGEST.fullmatch(sha256) else None
        if media is None or not self._spool.path(sha256).is_file():
            raise HTTPException(404)
        shown = media in SHOWN_TYPES
        return FileResponse(
            self._spool.path(sha256),
            media_type=media if shown else "application/octet-stream",
            headers={
                "Cache-Control": f"private, max-age={YEAR_S}, immutable",
                "Content-Disposition": "inline" if shown else f'attachment; filename="{sha256}"',
            },
        )

    def _page(self, choice: Choice, before: str | None, order: Order) -> shelf.Page:
        with self._store.reading() as connection:
            try:
                return shelf.page_of_events(connection, choice, before, order=order)
            except ValueError:  # a cursor that this station did not make
                raise HTTPException(400) from None
