"""The lists people take away: events, production by day, boxes, each as headings and rows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from agent.types import Event, Verdict
from station import fleet, production, shelf
from station.choice import Choice
from station.listing import Summary
from station.shelf import Listed
from station.spreadsheet import Cell, Sheet
from station.verdicts import state_text
from station.views import title_of, verdict_text
from station.vn2000_zones import Zone
from station.words import LOCAL, Words, moment_of

MOST: Final = 100_000
PAGE: Final = 500
NAMES: Final = ("events", "production", "devices")


def sheet_of(connection: sa.Connection, name: str, choice: Choice, zone: Zone | None, words: Words) -> Sheet:
    """The list of that name. Raises LookupError where there is none."""
    if name == "events":
        return _events(connection, choice, zone, words)
    if name == "production":
        return _production(connection, choice, words)
    if name == "devices":
        return _devices(connection, words)
    raise LookupError(name)


def _events(connection: sa.Connection, choice: Choice, zone: Zone | None, words: Words) -> Sheet:
    _ = words.say
    headings = [
        _("Bắt đầu"),
        _("Kết thúc"),
        _("Phương tiện"),
        _("Thiết bị"),
        _("Giấy phép"),
        _("Nhận định"),
        _("Nội dung"),
        _("Giá trị"),
        _("± sai số"),
        _("Đơn vị"),
        _("Kết luận"),
        _("Người phụ trách"),
        _("Vĩ độ"),
        _("Kinh độ"),
        _("Sai số vị trí (m)"),
    ]
    if zone is not None:
        headings += [f"X ({zone.name})", f"Y ({zone.name})"]
    headings += [_("Nguồn"), _("Mã sự kiện")]
    rows = (_event(listed, zone, words) for listed in _all_events(connection, choice))
    return Sheet("events", tuple(headings), rows)


def _all_events(connection: sa.Connection, choice: Choice) -> Iterator[Listed]:
    given, before = 0, None
    while given < MOST:
        page = shelf.page_of_events(connection, choice, before, rows=PAGE)
        yield from page.rows
        given, before = given + len(page.rows), page.after
        if before is None:
            return


def _event(listed: Listed, zone: Zone | None, words: Words) -> list[Cell]:
    event = listed.event
    fix = event.fix
    finding = Summary(listed.device, event, listed.verdict, None, None, listed.state, "").gravest
    lat, lon = (None, None) if fix is None else (fix.lat_deg, fix.lon_deg)
    cells: list[Cell] = [
        local_text(event.opened.utc),
        None if event.closed is None else local_text(event.closed.utc),
        listed.vessel,
        listed.device_name,
        ", ".join(dict.fromkeys(one.licence for one in event.findings if one.licence)),
        verdict_text(listed.verdict, words),
        title_of(listed, words),
        None if finding is None or finding.verdict is Verdict.PERMITTED else finding.value,
        None if finding is None or finding.verdict is Verdict.PERMITTED else finding.error,
        None if finding is None or finding.verdict is Verdict.PERMITTED else finding.unit,
        state_text(listed.state, words),
        listed.assignee_name,
        lat,
        lon,
        None if fix is None else fix.error_m,
    ]
    if zone is not None:
        cells += [None, None] if lat is None or lon is None else zone.plane(lat, lon)
    return [*cells, _origin(event, words), f"{listed.device}/{event.event_id}"]


def _origin(event: Event, words: Words) -> str:
    if event.origin.synthetic:
        return words.say("tổng hợp")
    return words.say("phát lại") if event.origin.kind == "replay" else words.say("trực tiếp")


def _production(connection: sa.Connection, choice: Choice, words: Words) -> Sheet:
    """By licence, day and box; the choice's days, licence, vessel and box hold."""
    _ = words.say
    names = {ship.device: (ship.vessel, ship.name) for ship in fleet.ships(connection)}
    headings = (
        _("Giấy phép"),
        _("Ngày"),
        _("Phương tiện"),
        _("Thiết bị"),
        _("Số gàu"),
        _("Giờ làm việc"),
        _("Ít nhất, tại chỗ (m³)"),
        _("Tại chỗ (m³)"),
        _("± tại chỗ (m³)"),
        _("Rời trong khoang (m³)"),
        _("± rời (m³)"),
        _("Số gàu không rõ dung tích"),
    )

    def rows() -> Iterator[list[Cell]]:
        for line in production.by_box(connection, choice.since, choice.until):
            vessel, name = names.get(line.device, ("", line.device))
            if choice.licence not in (None, line.licence) or choice.device not in (None, line.device):
                continue
            if choice.vessel not in (None, vessel):
                continue
            taken = line.taken
            yield [
                line.licence,
                line.day,
                vessel,
                name,
                taken.cycles,
                round(taken.active_s / 3600, 2),
                round(max(0.0, taken.in_place_m3 - taken.in_place_error_m3), 1),
                round(taken.in_place_m3, 1),
                round(taken.in_place_error_m3, 1),
                round(taken.loose_m3, 1),
                round(taken.loose_error_m3, 1),
                taken.unmeasured,
            ]

    return Sheet("production", headings, rows())


def _devices(connection: sa.Connection, words: Words) -> Sheet:
    _ = words.say
    ships = {ship.device: ship for ship in fleet.ships(connection)}
    headings = (
        _("Thiết bị"),
        _("Tên"),
        _("Phương tiện"),
        _("Giấy phép"),
        _("Liên lạc gần nhất"),
        _("Bản ghi đang giữ"),
        _("Sự kiện"),
        _("Vĩ độ"),
        _("Kinh độ"),
        _("Lúc"),
    )

    def rows() -> Iterator[list[Cell]]:
        for row in shelf.all_devices(connection):
            ship = ships[row.id]
            last = ship.last
            yield [
                row.id,
                row.name,
                ship.vessel,
                ", ".join(ship.licences),
                local_text(moment_of(row.last_seen_utc)),
                row.head_seq,
                row.events,
                None if last is None else last.lat_deg,
                None if last is None else last.lon_deg,
                None if last is None else local_text(moment_of(last.utc)),
            ]

    return Sheet("devices", headings, rows())


def local_text(moment: datetime | None) -> str | None:
    """Local time of the river as ISO 8601 with its offset, so that no reader has to guess."""
    return None if moment is None else moment.astimezone(LOCAL).isoformat(timespec="seconds")
