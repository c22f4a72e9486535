"""Stored work judged again by a licence: place, hours, notices and vessel at every position, quotas over every box.

The rules are the box's own (`agent.licence.by_licence`), over the positions within its production records. A position of the
track stands for about a minute, so two in a row have to say the same: one alone says nothing. What was found is added as a new
run beside those before it; nothing that was found earlier is changed.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Any, Final

import sqlalchemy as sa

from agent.event import wire
from agent.licence.by_licence import ByLicence
from agent.licence.hours import local_time
from agent.licence.licence import Licence
from agent.position.place import GearPlace
from agent.types import ClockQuality, FindingKind, Stamp, Verdict
from station import licences, production, shelf, tables
from station.account import against_on
from station.outer_tables import account_findings, account_runs
from station.words import LOCAL, moment_of

UNKNOWN_ERROR_M: Final = 15.0  # of a position whose box did not say
LONGEST: Final = (
    400  # days back at most: no quota of a phase is cut, and a mistyped year does not read everything
)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing the account says: of a quota over a span, or of a vessel's work on a day."""

    kind: str
    verdict: Verdict
    span: str
    first_day: str
    vessel: str
    value: float | None
    error: float | None
    allowed: float | None
    unit: str
    points: int


@dataclass(frozen=True, slots=True)
class Run:
    """One judging with all it found."""

    run: int
    licence: str
    sha256: str
    first_day: str
    last_day: str
    judged_utc: str
    judged_by: str
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _Spell:
    """One production record: from when to when who worked."""

    device: str
    vessel: str
    boot_id: str
    clock: ClockQuality
    from_mono_ns: int
    to_mono_ns: int


def judge(
    connection: sa.Connection, licence: Licence, first: date, last: date, by: str, now: datetime
) -> int:
    """Judge the days from `first` to `last` by a licence; the number of the new run."""
    first = max(first, last - timedelta(days=LONGEST))
    found = [*_quotas(connection, licence, first, last), *_work(connection, licence, first, last)]
    run: int = connection.execute(
        sa.insert(account_runs)
        .values(
            licence=licence.number,
            sha256=licence.sha256,
            first_day=first.isoformat(),
            last_day=last.isoformat(),
            judged_utc=wire.utc_text(now),
            judged_by=by,
        )
        .returning(account_runs.c.run)
    ).scalar_one()
    rows = [
        {
            "run": run,
            "place": place,
            **{name: getattr(one, name) for name in Found.__slots__ if name != "verdict"},
            "verdict": one.verdict.value,
        }
        for place, one in enumerate(found, start=1)
    ]
    if rows:
        connection.execute(sa.insert(account_findings), rows)
    return run


def runs_of(connection: sa.Connection, licence: str) -> list[Run]:
    """Every run over a licence, newest first."""
    column = account_runs.c
    found: dict[int, list[Found]] = {}
    mine = sa.select(column.run).where(column.licence == licence)
    for row in connection.execute(
        sa.select(account_findings)
        .where(account_findings.c.run.in_(mine))
        .order_by(account_findings.c.run, account_findings.c.place)
    ):
        values = {name: getattr(row, name) for name in Found.__slots__}
        found.setdefault(row.run, []).append(Found(**{**values, "verdict": Verdict(row.verdict)}))
    rows = connection.execute(
        sa.select(account_runs).where(column.licence == licence).order_by(column.run.desc())
    )
    return [
        Run(
            **{name: getattr(row, name) for name in Run.__slots__ if name != "found"},
            found=tuple(found.get(row.run, ())),
        )
        for row in rows
    ]


# ── quotas ────────────────────────────────────────────────────────────────────────────────────────────


def _quotas(connection: sa.Connection, licence: Licence, first: date, last: date) -> Iterator[Found]:
    """Each day, month, year and phase that was passed, told at its first day on which it was."""
    if licence.quota is None:
        return
    begin = min([first.replace(month=1, day=1), *(phase.first for phase in licence.quota.phases)])
    days = production.by_day(connection, licence.number, begin, last)
    graver: dict[tuple[str, date], Found] = {}
    for day in sorted(day for day in days if first <= day):
        for one in against_on(licence, days, day):
            if one.verdict is Verdict.PERMITTED:
                continue
            graver[one.span, one.first] = Found(
                FindingKind.QUOTA_PASSED.value,
                one.verdict,
                one.span,
                one.first.isoformat(),
                "",
                round(one.value_m3, 1),
                round(one.error_m3, 1),
                one.limit_m3,
                "m³",
                0,
            )  # the last day of a span has its whole sum
    yield from graver.values()


# ── place, hours, notices, vessel ─────────────────────────────────────────────────────────────────────


def _work(connection: sa.Connection, licence: Licence, first: date, last: date) -> Iterator[Found]:
    rules: dict[str, ByLicence] = {}
    worst: dict[tuple[str, str, str], Found] = {}
    for spell in _spells(connection, licence.number, first, last):
        if spell.vessel not in rules:
            rules[spell.vessel] = ByLicence([licence], (), spell.vessel)
        for day, kind, one in _judged(connection, rules[spell.vessel], spell):
            key = (day, spell.vessel, kind)
            worst[key] = _graver(worst.get(key), one)
    yield from (worst[key] for key in sorted(worst))


def _graver(held: Found | None, one: Found) -> Found:
    if held is None:
        return one
    grave, other = (one, held) if _rank(one) > _rank(held) else (held, one)
    same = grave.verdict is other.verdict
    return _with_points(grave, grave.points + other.points if same else grave.points)


def _rank(one: Found) -> tuple[bool, float]:
    return one.verdict is Verdict.BREACH, (one.value or 0.0) - (one.error or 0.0)


def _with_points(one: Found, points: int) -> Found:
    values = {name: getattr(one, name) for name in Found.__slots__}
    return Found(**{**values, "points": points})


def _judged(connection: sa.Connection, rules: ByLicence, spell: _Spell) -> Iterator[tuple[str, str, Found]]:
    """What two positions in a row say the same of."""
    told = []
    for place, stamp in _places(connection, spell):
        findings, _licence = rules.findings(place, stamp)
        told.append((stamp, {finding.kind: finding for finding in findings}))
    for (_before, earlier), (stamp, now) in pairwise(told):
        for kind, finding in now.items():
            same = earlier.get(kind)
            if finding.verdict is Verdict.PERMITTED or same is None or same.verdict is not finding.verdict:
                continue
            assert stamp.utc is not None  # noqa: S101 - `_places` leaves out what has no time
            day = local_time(stamp.utc).date().isoformat()
            yield (
                day,
                kind.value,
                Found(
                    kind.value,
                    finding.verdict,
                    "day",
                    day,
                    spell.vessel,
                    finding.value,
                    finding.error,
                    None,
                    finding.unit or "",
                    1,
                ),
            )


def _spells(connection: sa.Connection, number: str, first: date, last: date) -> Iterator[_Spell]:
    """The production records of a licence in a span of days, in order."""
    column, record = tables.production.c, tables.records.c
    rows = connection.execute(
        sa.select(column.device, column.seq, record.raw)
        .join_from(
            tables.production, tables.records, (record.device == column.device) & (record.seq == column.seq)
        )
        .where(column.licence == number, column.day.between(first.isoformat(), last.isoformat()))
        .order_by(column.device, column.seq)
    ).all()
    for row in rows:
        written = json.loads(row.raw)
        body: dict[str, Any] = written["body"]
        begin, end = str(body.get("from_mono_ns", "")), str(body.get("to_mono_ns", ""))
        if begin.isdecimal() and end.isdecimal():
            vessel = licences.hull_of(shelf.config_for(connection, row.device, row.seq))
            clock = ClockQuality(written["clock_quality"])
            yield _Spell(row.device, vessel, written["boot_id"], clock, int(begin), int(end))


def _places(connection: sa.Connection, spell: _Spell) -> Iterator[tuple[GearPlace, Stamp]]:
    column = tables.track.c
    rows = connection.execute(
        sa.select(column.mono_ns, column.utc, column.lat_deg, column.lon_deg)
        .where(
            column.device == spell.device,
            column.boot_id == spell.boot_id,
            column.mono_ns.between(spell.from_mono_ns, spell.to_mono_ns),
        )
        .order_by(column.mono_ns)
    ).all()
    for row in rows:
        moment = moment_of(row.utc)
        if moment is not None:
            stamp = Stamp(row.mono_ns, moment, spell.clock)
            yield GearPlace(row.lat_deg, row.lon_deg, UNKNOWN_ERROR_M), stamp


def by_day(found: Iterable[Found]) -> list[tuple[str, list[Found]]]:
    """Findings under their days, in order."""
    ordered = sorted(found, key=lambda one: one.first_day)
    return [(day, list(group)) for day, group in groupby(ordered, key=lambda one: one.first_day)]


def today(now: datetime) -> date:
    """The local day of a moment."""
    return now.astimezone(LOCAL).date()


def midnight(day: date) -> str:
    """The beginning of a local day, as the wire writes it."""
    return wire.utc_text(datetime.combine(day, time(), LOCAL))
