"""Who answers for a box, as the page of an event shows it: the record of its installation in `config.applied`.

The record is signed by the box. A part of it that this version does not understand is left out, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from agent.event import phrases
from agent.licence.hours import local_time
from agent.types import Json
from station.words import Words


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check of a part; `holds` on the day of the event, None where that day is not known."""

    part: str
    on: str
    valid_to: str
    by: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class InstallationView:
    regime: str
    facts: tuple[tuple[str, str], ...]
    checks: tuple[CheckView, ...]


def installation_view(
    config: Mapping[str, Json], opened: datetime | None, words: Words
) -> InstallationView | None:
    """The record in force when the event opened; None where the box has none."""
    record = config.get("installation")
    if not isinstance(record, dict):
        return None
    _ = words.say
    regimes = {
        "authority": _("Thiết bị của cơ quan quản lý"),
        "supplied": _("Dữ liệu do tổ chức, cá nhân khác cung cấp"),
    }
    serials = record.get("serials")
    seals = record.get("seals")
    parts = [f"{name} {number}" for name, number in serials.items()] if isinstance(serials, dict) else []
    facts = [
        (_("Chủ thiết bị"), _text(record, "owner")),
        (_("Người chịu trách nhiệm"), _text(record, "answerable")),
        (_("Người lắp đặt"), _text(record, "installer")),
        (_("Ngày lắp đặt"), _day(_text(record, "installed_on"))),
        (_("Số máy"), ", ".join(parts)),
        (_("Niêm phong"), ", ".join(str(seal) for seal in seals) if isinstance(seals, list) else ""),
    ]
    checks = record.get("check")
    day = None if opened is None else local_time(opened).date()
    return InstallationView(
        regime=regimes.get(_text(record, "regime"), _text(record, "regime")),
        facts=tuple((name, value) for name, value in facts if value),
        checks=tuple(_check(item, day, words) for item in checks if isinstance(item, dict))
        if isinstance(checks, list)
        else (),
    )


def _check(item: dict[str, Json], day: date | None, words: Words) -> CheckView:
    what = _text(item, "what")
    first, last = _date(_text(item, "on")), _date(_text(item, "valid_to"))
    by = " ".join(part for part in (_text(item, "by"), _text(item, "certificate")) if part)
    return CheckView(
        part=words.pick(phrases.PARTS[what]) if what in phrases.PARTS else what,
        on=_day(_text(item, "on")),
        valid_to=_day(_text(item, "valid_to")),
        by=by,
        holds=None if day is None or first is None or last is None else first <= day <= last,
    )


def _text(record: Mapping[str, Json], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _day(text: str) -> str:
    """`31/12/2027`; what is no date stands as it came."""
    day = _date(text)
    return text if day is None else day.strftime("%d/%m/%Y")
