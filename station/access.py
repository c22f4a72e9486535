"""Who may open which page: one table, and the door that holds to it.

A route without a rule, and a rule without a route, stop the program at start. `BOXES` are judged by the
signature of each request (`receive.py`); everything else that changes something needs the session's CSRF word.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from station import keys, sessions
from station.accounts import Role
from station.clock import Now
from station.forms import PAPER_LIMIT_BYTES, read_body, read_form
from station.sessions import Person
from station.store import Store

Allowed: TypeAlias = frozenset[Role] | Literal["everyone", "boxes"]

EVERYONE: Final = "everyone"
BOXES: Final = "boxes"
SIGNED_IN: Final = frozenset(Role)
EVIDENCE: Final = SIGNED_IN - {Role.TECHNICIAN}
RULING: Final = frozenset({Role.INSPECTOR, Role.SUPERVISOR})
SUPERVISORS: Final = frozenset({Role.SUPERVISOR})
ANNOUNCING: Final = RULING | {Role.TECHNICIAN}

RULES: Final[Mapping[tuple[str, str], Allowed]] = {
    ("POST", "/v1/heads"): BOXES,
    ("POST", "/v1/records"): BOXES,
    ("HEAD", "/v1/evidence/{sha256:path}"): BOXES,
    ("PATCH", "/v1/evidence/{sha256:path}"): BOXES,
    ("GET", "/v1/bundles"): BOXES,
    ("GET", "/v1/bundles/{sha256}/{offset}"): BOXES,
    ("GET", "/healthz"): EVERYONE,
    ("GET", "/favicon.ico"): EVERYONE,
    ("GET", "/login"): EVERYONE,
    ("POST", "/login"): EVERYONE,
    ("POST", "/logout"): SIGNED_IN,
    ("GET", "/password"): SIGNED_IN,
    ("POST", "/password"): SIGNED_IN,
    ("GET", "/accounts"): SUPERVISORS,
    ("POST", "/accounts"): SUPERVISORS,
    ("POST", "/accounts/{name}"): SUPERVISORS,
    ("GET", "/"): EVIDENCE,
    ("GET", "/queue"): EVIDENCE,
    ("GET", "/review"): EVIDENCE,
    ("GET", "/events/{device}/{event_id}"): EVIDENCE,
    ("POST", "/events/{device}/{event_id}/acts"): RULING,
    ("GET", "/api/events"): EVIDENCE,
    ("GET", "/api/events/{device}/{event_id}/map"): EVIDENCE,
    ("GET", "/evidence/{sha256}"): EVIDENCE,
    ("HEAD", "/evidence/{sha256}"): EVIDENCE,
    ("GET", "/devices"): SIGNED_IN,
    ("GET", "/licences"): EVIDENCE,
    ("GET", "/statistics"): EVIDENCE,
    ("GET", "/fleet"): SIGNED_IN,
    ("GET", "/api/fleet"): SIGNED_IN,
    ("GET", "/silences"): SIGNED_IN,
    ("POST", "/silences"): ANNOUNCING,
    ("GET", "/production"): EVIDENCE,
    ("GET", "/report"): EVIDENCE,
    ("GET", "/search"): EVIDENCE,
    ("POST", "/production/imports"): RULING,
    ("POST", "/production/runs"): RULING,
    ("POST", "/licences/versions"): SUPERVISORS,
    ("GET", "/exports"): EVIDENCE,
    ("POST", "/exports/keys"): EVIDENCE,
    ("GET", "/exports/{file}"): EVIDENCE,
    ("GET", "/ogc"): EVIDENCE,
    ("GET", "/ogc/conformance"): EVIDENCE,
    ("GET", "/ogc/api"): EVIDENCE,
    ("GET", "/ogc/collections"): EVIDENCE,
    ("GET", "/ogc/collections/{collection}"): EVIDENCE,
    ("GET", "/ogc/collections/{collection}/items"): EVIDENCE,
    ("GET", "/ogc/collections/{collection}/items/{feature}"): EVIDENCE,
    ("GET", "/cases"): EVIDENCE,
    ("POST", "/cases"): RULING,
    ("GET", "/cases/{number}"): EVIDENCE,
    ("GET", "/cases/{number}/minutes.pdf"): EVIDENCE,
    ("GET", "/cases/{number}/casefile.pdf"): EVIDENCE,
    ("GET", "/cases/{number}/casefile.zip"): EVIDENCE,
    ("POST", "/cases/{number}/acts"): RULING,
    ("POST", "/cases/{number}/files"): RULING,
    ("GET", "/cases/{number}/files/{sha256}"): EVIDENCE,
}
UPLOADS: Final[Mapping[str, int]] = {"/cases/{number}/files": PAPER_LIMIT_BYTES}
"""Routes whose body is a file of at most so many bytes; the CSRF word stands in the header `X-CSRF` there."""

COOKIE: Final = "session"
READS: Final = ("GET", "HEAD")
OPEN_BY_KEY: Final = "/ogc"
UNCHANGED_PASSWORD: Final = ("/password", "/logout")  # all that a person may do who has not chosen one yet


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


class PasswordNeeded(Exception):
    """The person has to choose a password of her own first."""


class Door:
    """The dependency of every route: lets in who may, and puts the person into `request.state.person`."""

    def __init__(self, store: Store, now: Now) -> None:
        self._store = store
        self._now = now

    async def __call__(self, request: Request) -> None:
        request.state.person = None
        route = request.scope["route"]
        allowed = RULES[request.method, route.path]
        if allowed == BOXES:
            return
        person = await run_in_threadpool(self._person, request)
        request.state.person = person
        if request.method not in READS:
            await self._meant(request, person)
        if allowed == EVERYONE:
            return
        if person is None:
            raise SignInNeeded
        if person.role not in allowed:
            raise HTTPException(403)
        if person.must_change and route.path not in UNCHANGED_PASSWORD:
            raise PasswordNeeded

    def _person(self, request: Request) -> Person | None:
        token = request.cookies.get(COOKIE)
        if not token:
            return self._by_key(request)
        now = self._now()
        with self._store.reading() as connection:
            found = sessions.person_of(connection, token, now)
        if found is None:
            return None
        person, fresh = found
        if fresh and not request.url.path.startswith("/api/"):
            with self._store.writing() as connection:
                sessions.note(connection, token, now)
        return person

    def _by_key(self, request: Request) -> Person | None:
        """A program that reads features shows an access key; it opens nothing else."""
        if not request.scope["route"].path.startswith(OPEN_BY_KEY) or request.method not in READS:
            return None
        with self._store.reading() as connection:
            found = keys.person_of(connection, request.headers.get("authorization"))
        if found is None:
            return None
        person, number = found
        with self._store.writing() as connection:
            keys.note(connection, number, self._now().date().isoformat())
        return person

    async def _meant(self, request: Request, person: Person | None) -> None:
        """A request that changes something comes from a page of ours, by a browser that says so."""
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise HTTPException(403)
        limit_bytes = UPLOADS.get(request.scope["route"].path)
        if limit_bytes is None:
            word = (await read_form(request)).get("csrf")
        else:
            word = request.headers.get("x-csrf")
        if person is not None and word != person.csrf:
            raise HTTPException(403)
        if limit_bytes is not None and person is not None:
            request.state.body = await read_body(request, limit_bytes)


def check_routes(routes: Iterable[BaseRoute]) -> None:
    """Every route has a rule and every rule a route. Raises RuntimeError with those that have none."""
    known = {
        (method, route.path)
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    if known != set(RULES):
        raise RuntimeError(f"routes without a rule or rules without a route: {sorted(known ^ set(RULES))}")
