"""The daily report, to be read or printed, and the page that finds things by a word."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from agent.event import phrases, wire
from agent.licence.licence import Licence
from agent.types import FindingKind, Verdict
from station import account, finding, fleet, licence_book, production, recount, silences, tables
from station.account_words import AccountView, account_view
from station.clock import Now
from station.finding import Hit
from station.rendering import Rendering, words_of
from station.silences import TOLD, SilenceKind, hours_by_day
from station.store import Store
from station.views import address, verdict_text
from station.words import LOCAL, Words


@dataclass(frozen=True, slots=True)
class VesselDay:
    """What one box saw on the day."""

    vessel: str
    name: str
    licence: str
    cycles: str
    hours: str
    at_least: str
    seen: str
    silent: str


@dataclass(frozen=True, slots=True)
class Report:
    """One local day."""

    vessels: tuple[VesselDay, ...]
    accounts: tuple[AccountView, ...]
    kinds: tuple[tuple[str, str, int], ...]  # what, verdict, events
    rulings: int
    unheard: tuple[str, ...]


class Reporting:
    """`/report` and `/search`."""

    def __init__(self, store: Store, rendering: Rendering, now: Now) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/report", self.report, methods=["GET"])
        router.add_api_route("/search", self.search, methods=["GET"])
        return router

    def report(self, request: Request) -> Response:
        words, today = words_of(request), recount.today(self._now())
        try:
            day = date.fromisoformat(request.query_params.get("day") or today.isoformat())
        except ValueError:
            raise HTTPException(400) from None
        with self._store.reading() as connection:
            made = report_of(connection, day, self._now(), words)
        span = urlencode({"since": day.isoformat(), "until": day.isoformat()})
        return self._show(request, "report.html", section="/production", day=day, report=made, span=span)

    def search(self, request: Request) -> Response:
        words, asked = words_of(request), request.query_params.get("q", "")[:200]
        with self._store.reading() as connection:
            hits = finding.find(connection, asked)
        rows = [(_what(hit, words), hit, _where(hit)) for hit in hits]
        return self._show(request, "search.html", asked=asked, rows=rows)


def report_of(connection: sa.Connection, day: date, now: datetime, words: Words) -> Report:
    """The report of a local day, as far as records of it are here."""
    ships = {ship.device: ship for ship in fleet.ships(connection)}
    held = licence_book.in_force(connection)
    begin = datetime.combine(day, time(), LOCAL)
    end = begin + timedelta(days=1)
    found = silences.silences(connection, begin, end, now)
    lines = production.by_box(connection, day.isoformat(), day.isoformat())
    vessels = [
        _vessel(
            line,
            ships.get(line.device),
            held.get(line.licence),
            _silent(found, line.device, begin, end, words),
            words,
        )
        for line in lines
    ]
    worked = {line.device for line in lines}
    for ship in ships.values():
        silent = _silent(found, ship.device, begin, end, words)
        if ship.device not in worked and silent:
            vessels.append(VesselDay(ship.vessel, ship.name, "", "0", "0", "", "", silent))
    act = tables.acts.c
    rulings = connection.execute(
        sa.select(sa.func.count())
        .select_from(tables.acts)
        .where(act.kind == "ruled", act.utc >= wire.utc_text(begin), act.utc < wire.utc_text(end))
    ).scalar_one()
    return Report(
        vessels=tuple(vessels),
        accounts=tuple(
            account_view(account.account_of(connection, licence, day, list(ships.values())), words)
            for licence in held.values()
            if licence.valid_from <= day <= licence.valid_to
        ),
        kinds=tuple(_kinds(connection, begin, end, words)),
        rulings=rulings,
        unheard=tuple(ships[one.device].name for one in found if not one.known),
    )


def _vessel(
    line: production.Line, ship: fleet.Ship | None, licence: Licence | None, silent: str, words: Words
) -> VesselDay:
    loose = licence is not None and licence.quota is not None and licence.quota.volume == "loose"
    value, error = line.taken.volume(loose=loose)
    return VesselDay(
        vessel="" if ship is None else ship.vessel,
        name=line.device if ship is None else ship.name,
        licence=line.licence,
        cycles=words.number(line.taken.cycles, 0),
        hours=words.number(line.taken.active_s / 3600, 1),
        at_least=words.number(max(0.0, value - error), 0),
        seen=f"{words.number(value, 0)} ± {words.number(error, 0)}",
        silent=silent,
    )


def _silent(found: list[silences.Silence], device: str, begin: datetime, end: datetime, words: Words) -> str:
    """Hours of each kind of silence of a box on the day."""
    _ = words.say
    names = {
        SilenceKind.OFF: _("tắt"),
        SilenceKind.BLIND: _("không thấy"),
        SilenceKind.LOST: _("mất vị trí"),
        SilenceKind.DEAF: _("cảm biến khác"),
    }
    parts = []
    for kind in TOLD:
        spans = [(one.since, one.until) for one in found if one.device == device and one.kind is kind]
        hours = sum(hours_by_day(spans, begin, end).values())
        if hours >= 0.05:
            parts.append(f"{names[kind]} {words.number(hours, 1)} h")
    return ", ".join(parts)


def _kinds(
    connection: sa.Connection, begin: datetime, end: datetime, words: Words
) -> list[tuple[str, str, int]]:
    """Events that began on the day, by the kinds of their findings and the verdict they are listed under."""
    event, term = tables.events.c, tables.terms.c
    rows = connection.execute(
        sa.select(term.value, event.verdict)
        .join_from(
            tables.events, tables.terms, (term.device == event.device) & (term.event_id == event.event_id)
        )
        .where(
            term.what == "kind",
            event.order_utc >= wire.utc_text(begin),
            event.order_utc < wire.utc_text(end),
            event.verdict != Verdict.PERMITTED.value,
        )
    )
    counts = Counter((row.value, row.verdict) for row in rows)
    return [
        (words.pick(phrases.FINDINGS[FindingKind(kind)]), verdict_text(verdict, words), count)
        for (kind, verdict), count in counts.most_common()
    ]


def _what(hit: Hit, words: Words) -> str:
    _ = words.say
    return {
        "vessel": _("Phương tiện"),
        "licence": _("Giấy phép"),
        "device": _("Thiết bị"),
        "case": _("Hồ sơ"),
        "note": _("Ghi chú"),
    }[hit.kind]


def _where(hit: Hit) -> str:
    match hit.kind:
        case "licence":
            return "/production?" + urlencode({"licence": hit.key[0]})
        case "case":
            return f"/cases/{hit.key[0]}"
        case "note":
            return address(*hit.key)
    return "/?" + urlencode({str(hit.kind): hit.key[0]})
