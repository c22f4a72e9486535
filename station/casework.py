"""The pages of cases: the list with its clocks, one case, and what people do with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from station import docket, shelf, views
from station.access import RULING
from station.casewords import CaseRow, case_address, case_row, case_view, stages
from station.clock import Now
from station.docket import Case, CaseWorkError, Step
from station.forms import PAPER_LIMIT_BYTES, form_of
from station.procedure import Instruments, shipped
from station.proceeding import CaseActKind, Stage, clock_of
from station.rendering import Rendering, words_of
from station.shelf import Listed
from station.store import Store
from station.words import Words

Number: TypeAlias = Annotated[int, Path(ge=1, lt=2**31)]
ASKED = frozenset(
    {CaseActKind.MOVED, CaseActKind.EXTENDED, CaseActKind.COMMENTED, CaseActKind.JOINED, CaseActKind.LEFT}
)
"""What a form may ask for; the others are written beside an act."""


@dataclass(frozen=True, slots=True)
class EventCase:
    """What the page of an event says of cases: the one it is in, else those it could join."""

    code: str
    href: str
    candidates: tuple[tuple[str, str], ...]  # address of its acts, code


class Casework:
    """Cases, as people work on them."""

    def __init__(self, store: Store, rendering: Rendering, now: Now, law: Instruments | None = None) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now
        self._law = law or shipped()

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/cases", self.case_list, methods=["GET"])
        router.add_api_route("/cases", self.open, methods=["POST"])
        router.add_api_route("/cases/{number}", self.case, methods=["GET"])
        router.add_api_route("/cases/{number}/acts", self.act, methods=["POST"])
        router.add_api_route("/cases/{number}/files", self.attach, methods=["POST"])
        router.add_api_route("/cases/{number}/files/{sha256}", self.paper, methods=["GET"])
        return router

    def case_list(self, request: Request) -> Response:
        words, now = words_of(request), self._now()
        wanted = request.query_params.get("stage", "")
        with self._store.reading() as connection:
            cases = docket.all_cases(connection)
        rows = [
            case_row(case, self._law, now, words)
            for case in sorted(cases, key=lambda case: self._urgency(case, now))
            if case.stands.stage.value == wanted or (not wanted and case.stands.stage is not Stage.CLOSED)
        ]
        return self._show(request, "cases.html", rows=rows, stages=stages(words), wanted=wanted)

    def _urgency(self, case: Case, now: datetime) -> tuple[int, int]:
        """Cases whose time runs out first, then the newest."""
        clock = clock_of(case.stands, self._law, now)
        return (10**6 if clock is None else clock.left_days, -case.number)

    def open(self, request: Request) -> Response:
        """A new case with one event in it."""
        form, person = form_of(request), request.state.person
        step = Step(
            form.get("token", ""),
            CaseActKind.OPENED,
            text=form.get("text", "").strip(),
            device=form.get("device", ""),
            event_id=form.get("event_id", ""),
        )
        try:
            with self._store.writing() as connection:
                number = docket.open_case(connection, step, person, _caller(request), self._now())
        except LookupError:
            raise HTTPException(404) from None
        except CaseWorkError:
            raise HTTPException(400) from None
        return RedirectResponse(case_address(number), 303)

    def case(self, request: Request, number: Number) -> Response:
        return self._page(request, number)

    def act(self, request: Request, number: Number) -> Response:
        try:
            step = _step(form_of(request))
        except ValueError:
            raise HTTPException(400) from None
        try:
            with self._store.writing() as connection:
                docket.act(connection, number, step, request.state.person, _caller(request), self._now())
        except LookupError:
            raise HTTPException(404) from None
        except CaseWorkError:
            return self._page(request, number, refused=True)
        return RedirectResponse(case_address(number), 303)

    def attach(self, request: Request, number: Number) -> Response:
        """A paper: its bytes are the body, its name stands in the address. Answers 201, or 422 and why not."""
        step = Step(
            request.query_params.get("token", ""),
            CaseActKind.ATTACHED,
            text=request.query_params.get("name", "").replace("\x00", ""),
        )
        try:
            with self._store.writing() as connection:
                docket.attach(
                    connection,
                    number,
                    step,
                    request.state.body,
                    request.state.person,
                    _caller(request),
                    self._now(),
                )
        except LookupError:
            raise HTTPException(404) from None
        except CaseWorkError as error:
            return Response(str(error), 422, media_type="text/plain")
        return Response(status_code=201)

    def paper(self, number: Number, sha256: str) -> Response:
        """A paper, to keep: what somebody put in is never opened on a page of ours."""
        with self._store.reading() as connection:
            found = docket.paper_content(connection, number, sha256)
        if found is None:
            raise HTTPException(404)
        paper, content = found
        return Response(
            content,
            media_type=paper.media_type,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(paper.name, safe='')}",
                "Cache-Control": "no-store",
            },
        )

    def _page(self, request: Request, number: int, *, refused: bool = False) -> Response:
        words, person = words_of(request), request.state.person
        with self._store.reading() as connection:
            case = docket.one_case(connection, number)
            if case is None:
                raise HTTPException(404)
            events = events_of(connection, case)
            papers = docket.papers_of(connection, number)
        view = case_view(case, events, papers, person.role, self._law, self._now(), words)
        return self._show(
            request,
            "case.html",
            422 if refused else 200,
            case=case,
            view=view,
            refused=refused,
            events=[views.row_view(each, words) for each in events],
            keys=[(each.device, each.event.event_id) for each in events],
            section="/cases",
            may_act=person.role in RULING,
            most_mib=PAPER_LIMIT_BYTES >> 20,
        )


def events_of(connection: sa.Connection, case: Case) -> list[Listed]:
    """The events of a case, oldest first."""
    found = (shelf.one_event(connection, device, event_id) for device, event_id in case.stands.events)
    return sorted((each for each in found if each is not None), key=lambda each: each.order_utc)


def event_case(connection: sa.Connection, listed: Listed) -> EventCase:
    """The case of an event, for its page."""
    number = docket.case_of_event(connection, listed.device, listed.event.event_id)
    case = None if number is None else docket.one_case(connection, number)
    if case is not None:
        return EventCase(case.code, case_address(case.number), ())
    subject = docket.subject_of(connection, listed.device, listed.event, listed.last_seq)
    others = docket.open_cases_of(connection, subject.text)
    return EventCase("", "", tuple((f"{case_address(each.number)}/acts", each.code) for each in others))


def urgent_cases(
    connection: sa.Connection, now: datetime, words: Words, law: Instruments | None = None
) -> list[CaseRow]:
    """The cases whose time of verification runs out soon or is over, for the queue."""
    law = law or shipped()
    rows = [case_row(case, law, now, words) for case in docket.running_cases(connection)]
    return [row for row in rows if row.clock is not None and row.clock.warns]


def _step(form: dict[str, str]) -> Step:
    """What a form asks for. Raises ValueError on what it does not know."""
    kind = CaseActKind(form.get("do", ""))
    if kind not in ASKED:
        raise ValueError(kind)
    return Step(
        form.get("token", ""),
        kind,
        stage=Stage(form.get("stage", "")) if kind is CaseActKind.MOVED else None,
        text=form.get("text", "").strip(),
        device=form.get("device") if kind in (CaseActKind.JOINED, CaseActKind.LEFT) else None,
        event_id=form.get("event_id") if kind in (CaseActKind.JOINED, CaseActKind.LEFT) else None,
    )


def _caller(request: Request) -> str:
    return request.client.host if request.client else ""
