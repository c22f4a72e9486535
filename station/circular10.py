"""Production as the text files of Circular 10/2021/TT-BTNMT, annex 15, for departments whose servers read those.

One file a production record, `PROVINCE_SITE_STATION_yyyyMMddHHmmss.txt` under `STATION/yyyy/MM/dd`; a line a parameter: symbol,
value, unit, local time, status, with tabs between. The circular has no symbols for dredging; those below are ours, so the reader
has to be told them. The form was read in public implementations, not in the circular itself.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from agent.durable import make_folder, write_file
from agent.errors import SandwatchError
from agent.types import Json
from station import tables
from station.words import LOCAL, moment_of

MEASURING, FAULT = "00", "02"
MOSTLY: Final = 0.5  # of the time of a record in which the gear was not seen: the value is told as of a fault
NAME: Final = re.compile(r"[A-Za-z0-9-]{1,30}")


class CircularError(SandwatchError, ValueError):
    """The files cannot be written as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Reading10:
    """One file: where it lies below the folder, and its text."""

    path: Path
    text: str


def write_files(
    connection: sa.Connection, folder: Path, province: str, site: str, since: str, until: str
) -> int:
    """Write the files of production between two UTC times that are not there yet; how many. Raises CircularError."""
    for what, text in (("province", province), ("site", site)):
        if not NAME.fullmatch(text):
            raise CircularError(
                f"{what} {text!r} cannot stand in a file name of the circular: 1 to 30 of A-Z a-z 0-9 -"
            )
    written = 0
    for reading in readings(connection, province, site, since, until):
        path = folder / reading.path
        if not path.exists():
            make_folder(path.parent, mode=0o755)
            write_file(path, reading.text.encode("ascii"), mode=0o644)
            written += 1
    return written


def readings(
    connection: sa.Connection, province: str, site: str, since: str, until: str
) -> Iterator[Reading10]:
    """The files of a span, by box and time. A record whose time nobody knew then has none."""
    column = tables.records.c
    rows = connection.execute(
        sa.select(column.device, column.utc, column.raw)
        .where(column.kind == "production", column.problem.is_(None), column.utc.between(since, until))
        .order_by(column.device, column.seq)
    )
    for row in rows:
        moment = moment_of(row.utc)
        if moment is not None:
            station = re.sub(r"[^A-Za-z0-9-]", "-", row.device)[:30]
            yield _file(province, site, station, moment.astimezone(LOCAL), json.loads(row.raw)["body"])


def _file(province: str, site: str, station: str, local: datetime, body: dict[str, Json]) -> Reading10:
    stamp = local.strftime("%Y%m%d%H%M%S")
    volume = body.get("volume")
    active, unseen = _number(body.get("active_s")), _number(body.get("not_counted_s"))
    status = FAULT if unseen > MOSTLY * max(active, unseen, 1.0) else MEASURING
    values = [("SoGau", _number(body.get("cycles")), "gau"), ("GioLamViec", active / 3600, "h")]
    if isinstance(volume, dict):
        values += [
            ("KLTaiCho", _number(volume.get("in_place_m3")), "m3"),
            ("SaiSoTaiCho", _number(volume.get("in_place_error_m3")), "m3"),
            ("KLRoi", _number(volume.get("loose_m3")), "m3"),
        ]
    lines = [f"{symbol}\t{value:.2f}\t{unit}\t{stamp}\t{status}" for symbol, value, unit in values]
    name = f"{province}_{site}_{station}_{stamp}.txt"
    return Reading10(
        Path(station) / local.strftime("%Y") / local.strftime("%m") / local.strftime("%d") / name,
        "\r\n".join(lines) + "\r\n",
    )


def _number(value: Json) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
