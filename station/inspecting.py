"""The pages on which inspectors decide: the queue, the way from one event to the next, and their acts."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from station import review, shelf
from station.access import RULING
from station.accounts import everyone
from station.choice import Choice, Order, choice_of
from station.clock import Now
from station.forms import form_of
from station.people import local_address
from station.review import Wanted
from station.ruling import ActKind, Ruling
from station.shelf import Listed
from station.store import Store
from station.verdicts import ReviewView, review_view
from station.views import address
from station.words import Words

COUNTED = 1000
ORDERS: tuple[Order, ...] = ("queue", "newest")


@dataclass(frozen=True, slots=True)
class Way:
    """From one event to the next: addresses, None where there is none; `here` is the list it leads through."""

    order: Order
    before: str | None
    after: str | None
    here: str
    waiting: int


class Inspecting:
    """The way through the queue, and what people do on it."""

    def __init__(self, store: Store, now: Now) -> None:
        self._store = store
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/review", self.review, methods=["GET"])
        router.add_api_route("/events/{device}/{event_id}/acts", self.act, methods=["POST"])
        return router

    def review(self, request: Request) -> Response:
        """The first event of the queue, with the filters of the address; the list where nothing waits."""
        choice = asked(request).waiting()
        with self._store.reading() as connection:
            page = shelf.page_of_events(connection, choice, rows=1, order="queue")
        if not page.rows:
            return RedirectResponse("/queue?" + asked(request).query(), 303)
        return RedirectResponse(event_address(page.rows[0], asked(request), "queue"), 303)

    def act(self, request: Request, device: str, event_id: str) -> Response:
        """One act on an event. Asked for by a script it answers in JSON, by a form with the page to go to."""
        person, form = request.state.person, form_of(request)
        caller = request.client.host if request.client else ""
        wants_json = "application/json" in request.headers.get("accept", "")
        try:
            wanted = _wanted(form)
            with self._store.writing() as connection:
                review.act(connection, device, event_id, person, caller, wanted, self._now())
        except LookupError:
            raise HTTPException(404) from None
        except ValueError as error:
            if wants_json:
                return JSONResponse({"error": "act", "detail": str(error)}, 422)
            raise HTTPException(400) from None
        if wants_json:
            return JSONResponse({"done": True}, headers={"Cache-Control": "no-store"})
        return RedirectResponse(local_address(form.get("next", "")), 303)


def asked(request: Request) -> Choice:
    """The choice in the address; a wrong one is a wrong address."""
    try:
        return choice_of(request.query_params)
    except ValueError:
        raise HTTPException(400) from None


def event_address(listed: Listed, choice: Choice, order: Order) -> str:
    """The page of an event on the way through a list."""
    return f"{address(listed.device, listed.event.event_id)}?{choice.query(order=order)}"


def way_of(connection: sa.Connection, request: Request, listed: Listed) -> Way:
    """Where this event stands in the list its page was opened from: the queue, unless the address says else."""
    order: Order = "newest" if request.query_params.get("order") == "newest" else "queue"
    choice = asked(request)
    wanted = choice.waiting() if order == "queue" else choice
    before, after = shelf.neighbours(connection, wanted, order, listed)
    return Way(
        order=order,
        before=None if before is None else event_address(before, choice, order),
        after=None if after is None else event_address(after, choice, order),
        here=("/queue?" if order == "queue" else "/?") + choice.query(),
        waiting=shelf.count(connection, choice.waiting(), COUNTED),
    )


def panel_of(connection: sa.Connection, request: Request, listed: Listed, words: Words) -> dict[str, Any]:
    """What the page of an event needs for the decision: values of the template `review.html`."""
    acts = review.acts_of(connection, listed.device, listed.event.event_id)
    view: ReviewView = review_view(listed, acts, request.state.person, words)
    colleagues = [
        (account.number, account.full_name)
        for account in everyone(connection)
        if account.role in RULING and not account.closed
    ]
    return {
        "review": view,
        "may_rule": request.state.person.role in RULING,
        "way": way_of(connection, request, listed),
        "colleagues": colleagues,
        "acts_href": f"{address(listed.device, listed.event.event_id)}/acts",
    }


def _wanted(form: dict[str, str]) -> Wanted:
    """What a form asks for. Raises ValueError on what it does not know."""
    kind = ActKind(form.get("do", ""))
    text = form.get("text", "").strip()
    token = form.get("token", "")
    if kind is ActKind.RULED:
        ruling = Ruling(form.get("ruling", ""))
        return Wanted(token, kind, ruling, form.get(f"reason_{ruling.value}"), text)
    if kind is ActKind.ASSIGNED:
        return Wanted(token, kind, assignee=int(form.get("assignee", "")), text=text)
    return Wanted(token, kind, text=text)
