"""The pages of the account of record: production against quota, declarations beside it, licences brought, judging again."""

from datetime import date, datetime, time, timedelta
from typing import Final, cast, get_args

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from agent.errors import SettingsError
from agent.licence.licence import Licence
from station import account, declarations, fleet, licence_book, recount
from station.account_words import account_view, ais_view, day_view, run_view
from station.clock import Now
from station.declarations import DeclarationError
from station.forms import form_of
from station.inspecting import asked
from station.reconciling import ais_beside, flagged, reconcile
from station.rendering import Rendering, words_of
from station.store import Store
from station.words import LOCAL

SHOWN_DAYS: Final = 92


class Accounting:
    """What was taken, what was declared, and what the station found."""

    def __init__(self, store: Store, rendering: Rendering, now: Now) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/production", self.page, methods=["GET"])
        router.add_api_route("/production/imports", self.bring, methods=["POST"])
        router.add_api_route("/production/runs", self.judge, methods=["POST"])
        router.add_api_route("/licences/versions", self.bring_licence, methods=["POST"])
        return router

    def page(self, request: Request) -> Response:
        return self._page(request)

    def _page(self, request: Request, problem: str = "", told: str = "") -> Response:
        words, today = words_of(request), recount.today(self._now())
        choice = asked(request)
        number = choice.licence
        until = today if choice.until is None else date.fromisoformat(choice.until)
        since = (
            until - timedelta(days=SHOWN_DAYS) if choice.since is None else date.fromisoformat(choice.since)
        )
        with self._store.reading() as connection:
            held = licence_book.in_force(connection)
            ships = fleet.ships(connection)
            accounts = [
                account_view(account.account_of(connection, licence, today, ships), words)
                for licence in held.values()
            ]
            licence = held.get(number or "")
            days = [] if licence is None else reconcile(connection, licence, since, until)
            ais = [] if licence is None else ais_beside(connection, licence, ships, *moments(since, until))
            runs = [] if licence is None else recount.runs_of(connection, licence.number)
        return self._show(
            request,
            "production.html",
            422 if problem else 200,
            section="/production",
            accounts=accounts,
            licence=licence,
            days=[day_view(day, words) for day in days],
            flagged=flagged(days),
            ais=[ais_view(one, words) for one in ais],
            runs=[run_view(run, runs[place + 1 :], words) for place, run in enumerate(runs)],
            since=since.isoformat(),
            until=until.isoformat(),
            kinds=get_args(declarations.Kind),
            columns=declarations.COLUMNS,
            problem=problem,
            told=told,
        )

    def bring(self, request: Request) -> Response:
        """A file of declarations, pasted."""
        form, words = form_of(request), words_of(request)
        kind = form.get("kind", "")
        if kind not in get_args(declarations.Kind):
            raise HTTPException(400)
        try:
            with self._store.writing() as connection:
                brought = declarations.bring(
                    connection,
                    cast("declarations.Kind", kind),
                    form.get("name", ""),
                    form.get("text", "").encode(),
                    request.state.person.name,
                    self._now(),
                )
        except DeclarationError as error:
            return self._page(request, problem=str(error))
        return self._page(request, told=words.say("Đã nhận {n} dòng.").format(n=brought.lines))

    def judge(self, request: Request) -> Response:
        """Judge the stored work of a licence again, from a day on."""
        form = form_of(request)
        try:
            first = date.fromisoformat(form.get("first", ""))
        except ValueError:
            raise HTTPException(400) from None
        now = self._now()
        with self._store.writing() as connection:
            licence = licence_book.in_force(connection).get(form.get("licence", ""))
            if licence is None:
                raise HTTPException(404)
            recount.judge(connection, licence, first, recount.today(now), request.state.person.name, now)
        return RedirectResponse("/production?" + asked(request).query(licence=licence.number), 303)

    def bring_licence(self, request: Request) -> Response:
        """A licence file, pasted: kept as a version, and stored work judged again from the day it changes."""
        form, now, by = form_of(request), self._now(), request.state.person.name
        try:
            with self._store.writing() as connection:
                fresh = bring_licences(connection, form.get("text", ""), by, now)
        except SettingsError as error:
            return self._page(request, problem=str(error))
        told = words_of(request).say("Giấy phép mới hoặc thay đổi: {n}. Sản lượng đã lưu được xét lại.")
        return self._page(request, told=told.format(n=len(fresh)))


def bring_licences(connection: sa.Connection, text: str, by: str, now: datetime) -> list[Licence]:
    """Keep what a licence file changes, and judge stored work again from the first day it changes."""
    before = licence_book.in_force(connection)
    fresh = licence_book.bring(connection, text, by, now)
    today = recount.today(now)
    for licence in fresh:
        first = licence_book.affected_from(before.get(licence.number), licence)
        if first <= today:
            recount.judge(connection, licence, first, today, by, now)
    return fresh


def moments(since: date, until: date) -> tuple[datetime, datetime]:
    """The first and last moment of a span of local days."""
    return datetime.combine(since, time(), LOCAL), datetime.combine(until, time.max, LOCAL)
