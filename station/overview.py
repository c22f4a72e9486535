"""The pages of the whole: licences with what was seen taken, and what the rulings say of the boxes."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response

from agent.event import phrases
from agent.licence.hours import local_time
from agent.licence.quota import limits_on
from agent.licence.standing import phase_on
from station import licences, production, statistics
from station.clock import Now
from station.licences import Held
from station.rendering import Rendering, words_of
from station.statistics import KindCount
from station.store import Store
from station.words import Words


@dataclass(frozen=True, slots=True)
class MonthView:
    """What was seen taken in a month; `at_least` is the lower end of the error. `over`: even that is past the quota."""

    month: str
    at_least: str
    seen: str
    quota: str
    share: str
    cycles: str
    unmeasured: str
    over: bool


@dataclass(frozen=True, slots=True)
class LicenceView:
    number: str
    holder: str
    valid: str
    in_force: bool
    vessels: tuple[str, ...]
    devices: tuple[str, ...]
    version: str
    versions: int
    unit: str
    synthetic: bool
    months: tuple[MonthView, ...]


class Overview:
    """Licences and production; statistics."""

    def __init__(self, store: Store, rendering: Rendering, now: Now) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/licences", self.licences, methods=["GET"])
        router.add_api_route("/statistics", self.statistics, methods=["GET"])
        return router

    def licences(self, request: Request) -> Response:
        words = words_of(request)
        today = local_time(self._now()).date()
        with self._store.reading() as connection:
            held = licences.held_licences(licences.last_configs(connection))
            numbers = [each.licence.number for each in held]
            rows = [_licence(connection, each, numbers, today, words) for each in held]
        return self._show(request, "licences.html", rows=rows)

    def statistics(self, request: Request) -> Response:
        words = words_of(request)
        with self._store.reading() as connection:
            counts = statistics.by_kind(connection)
        rows = [(count, _kind(count, words), _share(count, words)) for count in counts]
        return self._show(request, "statistics.html", rows=rows)


def _kind(count: KindCount, words: Words) -> str:
    text = words.pick(phrases.FINDINGS[count.kind])
    return text[:1].upper() + text[1:]


def _share(count: KindCount, words: Words) -> str:
    if count.precision is None:
        return "—"
    share, low, high = (words.number(100 * part, 0) for part in count.precision)
    return f"{share} % ({low}–{high} %)"


def _licence(
    connection: sa.Connection, held: Held, numbers: list[str], today: date, words: Words
) -> LicenceView:
    licence = held.licence
    loose = licence.quota is not None and licence.quota.volume == "loose"
    return LicenceView(
        number=licence.number,
        holder=licence.holder,
        valid=f"{licence.valid_from:%d/%m/%Y} – {licence.valid_to:%d/%m/%Y}",
        in_force=licence.valid_from <= today <= licence.valid_to,
        vessels=tuple(f"{row.hull_number} ({row.valid_to:%d/%m/%Y})" for row in licence.vessels),
        devices=held.devices,
        version=licence.sha256[:12],
        versions=numbers.count(licence.number),
        unit=words.say("m³ rời trong khoang") if loose else words.say("m³ nguyên khai tại chỗ"),
        synthetic=licence.synthetic,
        months=tuple(
            _month(held, month, taken, words, loose=loose)
            for month, taken in production.by_month(connection, licence.number).items()
        ),
    )


def _month(held: Held, month: str, taken: production.Taken, words: Words, *, loose: bool) -> MonthView:
    value, error = taken.volume(loose=loose)
    phase = phase_on(held.licence, date.fromisoformat(f"{month}-01"))
    limit = None if phase is None else limits_on(phase, None).get("month")
    return MonthView(
        month=f"{month[5:]}/{month[:4]}",
        at_least=words.number(max(0.0, value - error), 0),
        seen=f"{words.number(value, 0)} ± {words.number(error, 0)}",
        quota="—" if limit is None else words.number(limit, 0),
        share="" if not limit else f"{words.number(100 * value / limit, 0)} %",
        cycles=words.number(taken.cycles, 0),
        unmeasured=words.number(taken.unmeasured, 0) if taken.unmeasured else "",
        over=limit is not None and value - error > limit,
    )
