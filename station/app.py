"""The station as one ASGI application: `/v1` for the boats, pages for people."""

import logging
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.durable import make_folder
from station.access import OPEN_BY_KEY, READS, Door, PasswordNeeded, SignInNeeded, check_routes
from station.accounting import Accounting
from station.bundles import Bundles
from station.casework import Casework
from station.clock import Now, utc_now
from station.exporting import Exporting
from station.features import Features
from station.identity import station_key
from station.inspecting import Inspecting
from station.intake import Intake
from station.overseeing import Overseeing
from station.overview import Overview
from station.pages import Pages
from station.people import People
from station.receive import Receiving
from station.refusal import Refusal
from station.rendering import Rendering
from station.reporting import Reporting
from station.spool import Spool
from station.store import Store, sqlite_url

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Station:
    """What a running station consists of. The folder holds its key, its database and the evidence."""

    folder: Path
    store: Store
    spool: Spool
    key: Ed25519PrivateKey

    @property
    def bundles(self) -> Bundles:
        """What waits for the boxes."""
        return Bundles(self.folder / "bundles")

    def intake(self, now: Now = utc_now) -> Intake:
        """What takes in for this station, whichever way it comes."""
        return Intake(self.store, self.spool, self.key, now)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def open_station(folder: Path, database_url: str | None = None) -> Station:
    """Open or make the station in `folder`. Raises StoreError with a sentence where that cannot be."""
    make_folder(folder)
    key = station_key(folder)
    store = Store(database_url or sqlite_url(folder / "station.sqlite"))
    return Station(folder, store, Spool(folder / "evidence"), key)


def make_app(station: Station, now: Now = utc_now, hosts: tuple[str, ...] = ("*",)) -> FastAPI:
    """The application, answering to the names in `hosts`.

    A station on loopback answers to the names of loopback only, so that no web page opened on the same
    computer can read it under a name of its own (DNS rebinding).
    """
    from station.printing import Printing  # noqa: PLC0415 - it needs the Station of this module

    door = Depends(Door(station.store, now))
    app = FastAPI(
        title="Sandwatch station", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[door]
    )
    rendering = Rendering()
    routers = [
        Receiving(station.intake(now), station.bundles).routes(),
        People(station.store, rendering, now).routes(),
        Pages(station.store, station.spool, rendering, now, station.bundles).routes(),
        Inspecting(station.store, now).routes(),
        Overview(station.store, rendering, now).routes(),
        Accounting(station.store, rendering, now).routes(),
        Overseeing(station.store, rendering, now).routes(),
        Reporting(station.store, rendering, now).routes(),
        Exporting(station.store, rendering, now).routes(),
        Features(station.store, now).routes(),
        Casework(station.store, rendering, now).routes(),
        Printing(station, now).routes(),
    ]
    for router in routers:
        app.include_router(router)
    leaflet = resources.files("xstatic.pkg.leaflet") / "data"
    app.mount("/static/leaflet", StaticFiles(directory=str(leaflet)), name="leaflet")
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return FileResponse(HERE / "static" / "favicon.svg", media_type="image/svg+xml")

    @app.get("/healthz")
    def healthz() -> Response:
        with station.store.reading() as connection:
            connection.execute(sa.text("SELECT 1"))
        return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})

    @app.exception_handler(Refusal)
    def refused(_request: Request, refusal: Refusal) -> Response:
        return JSONResponse(refusal.body(), refusal.status, headers=dict(refusal.headers))

    @app.exception_handler(HTTPException)
    def wrong_address(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/v1/"):
            sentence = f"there is no {request.method} {request.url.path} in the protocol"
            return JSONResponse(Refusal(error.status_code, "malformed", sentence).body(), error.status_code)
        return rendering.show(request, "problem.html", error.status_code)

    @app.exception_handler(SignInNeeded)
    def sign_in(request: Request, _needed: SignInNeeded) -> Response:
        return _sign_in(request)

    @app.exception_handler(PasswordNeeded)
    def choose_password(_request: Request, _needed: PasswordNeeded) -> Response:
        return RedirectResponse("/password", 303)

    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    _answer_for_trouble(app)
    check_routes([*app.routes, *(route for router in routers for route in router.routes)])
    return app


def _sign_in(request: Request) -> Response:
    """A page asked for leads to the log-in and back; what a page or a program asks for by itself gets JSON."""
    if request.url.path.startswith(OPEN_BY_KEY):
        challenge = {"WWW-Authenticate": 'Basic realm="Sandwatch", charset="UTF-8"'}
        return JSONResponse({"code": "sign_in", "description": "an access key is needed"}, 401, challenge)
    if request.method not in READS or request.url.path.startswith(("/api/", "/evidence/")):
        return JSONResponse({"error": "sign_in", "detail": "nobody is signed in, or not any more"}, 401)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login?" + urlencode({"next": wanted}), 303)


class Guard:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


def _answer_for_trouble(app: FastAPI) -> None:
    """A full disk or a database that does not answer: 503, so that the box tries again later.

    A value that no row can have (a NUL in a text) is the caller's fault, not trouble here: 400.
    """

    def trouble(request: Request, error: Exception) -> Response:
        log.error("%s %s failed: %s", request.method, request.url.path, error)
        sentence = "the station cannot store anything at the moment; nothing was taken"
        return JSONResponse(Refusal(503, "station", sentence).body(), 503)

    def never(request: Request, error: Exception) -> Response:
        log.info("%s %s names what no database holds: %s", request.method, request.url.path, error)
        return JSONResponse(Refusal(400, "malformed", "a value is none that can be held here").body(), 400)

    def gone(request: Request, _error: Exception) -> Response:
        log.info("%s %s: the link went down before the request was whole", request.method, request.url.path)
        return Response(status_code=400)  # nobody hears it

    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(sa.exc.DataError, never)
    app.add_exception_handler(OSError, trouble)
    app.add_exception_handler(sa.exc.SQLAlchemyError, trouble)
