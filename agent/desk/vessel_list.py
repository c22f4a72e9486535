"""The list of registered vessels as the department publishes it: company, hull number, bucket, m³ a day, certificate, last day.

The columns are found by their Vietnamese headers, in any order. A line of text alone names the company of the rows
below it (`Công ty … (4 of 4 vessels)`); with `--holder` only the rows of that company are taken, compared by whole words
without those that every company has. A holder that fits several companies is refused: a vessel of another's list would
be permitted by this licence.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from agent.desk.headers import plain
from agent.desk.numbers import coordinate
from agent.desk.tables import Row, read_rows
from agent.errors import Both, Mistake, SettingsError
from agent.licence.licence import THE_FILE
from agent.types import Json

_COLUMNS: Final = {
    "company": re.compile(r"(ten )?(doanh nghiep|cong ty|to chuc( ca nhan)?|don vi|chu phuong tien|company)"),
    "hull": re.compile(
        r"(so hieu|so dang ky|bien so|bien kiem soat)( phuong tien)?|phuong tien|hull( no| number)?"
    ),
    "bucket": re.compile(r"dung tich( gau| xang cap)?( m3)?|gau m3|bucket( m3)?"),
    "daily": re.compile(r"cong suat( khai thac)?( m3 ngay)?|m3 ngay|capacity( m3 day)?"),
    "certificate": re.compile(
        r"(so )?(xac nhan|giay xac nhan|dang ky khai thac|xac nhan dang ky|dkpt)( so)?|registration"
    ),
    "valid_to": re.compile(
        r"(co )?(gia tri|hieu luc)( den)?( ngay)?|thoi han|han( dung| dang kiem)?|het han|valid to"
    ),
}
_EVERY_COMPANY: Final = re.compile(
    r"\b(cong ty|cty|tnhh|mtv|mot thanh vien|co phan|cp|doanh nghiep( tu nhan)?|dntn)\b"
)
_DATE: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list."""

    company: str
    hull_number: str
    bucket_m3: float
    m3_per_day: float
    certificate: str
    valid_to: date

    def as_json(self) -> dict[str, Json]:
        """The row as it stands in a licence."""
        return {
            "hull_number": self.hull_number,
            "bucket_m3": self.bucket_m3,
            "m3_per_day": self.m3_per_day,
            "valid_to": self.valid_to.isoformat(),
            "certificate": self.certificate,
        }


def read_vessels(path: Path, holder: str = "") -> tuple[Listed, ...]:
    """The vessels of a list, of one company where `holder` is given. Raises SettingsError with every mistake."""
    rows = read_rows(path)
    header, columns = _header(rows)
    missing = [name for name in ("hull", "bucket", "daily", "valid_to") if name not in columns]
    if missing:
        problem = Both(
            vi="không có dòng tiêu đề ghi đủ: số hiệu phương tiện, dung tích gàu, công suất m3/ngày, thời hạn",
            en="has no header that names all of: hull number, bucket m³, m³ a day, last day",
        )
        raise SettingsError(str(path), [Mistake(THE_FILE, ", ".join(missing), problem)])
    found: list[Listed] = []
    mistakes: list[Mistake] = []
    company = ""
    for row in rows[header + 1 :]:
        if not _cell(row, columns["bucket"]) and not _cell(row, columns["daily"]):
            company = row.text
            continue
        company = _cell(row, columns.get("company")) or company
        vessel, wrong = _vessel(row, columns, company)
        mistakes += wrong
        if vessel is not None:
            found.append(vessel)
    if mistakes:
        raise SettingsError(str(path), mistakes)
    wanted = _name(holder)
    taken = tuple(vessel for vessel in found if not wanted or _same(wanted, _name(vessel.company)))
    if not taken:
        problem = Both(vi="không có phương tiện nào của đơn vị này", en="holds no vessel of this holder")
        remedy = Both(
            vi="tên trong danh sách: " + ", ".join(sorted({vessel.company for vessel in found})),
            en="names in the list: " + ", ".join(sorted({vessel.company for vessel in found})),
        )
        raise SettingsError(str(path), [Mistake("--holder", holder, problem, remedy)])
    if wanted:
        _one_company(path, holder, taken)
    return taken


def _one_company(path: Path, holder: str, taken: tuple[Listed, ...]) -> None:
    companies = sorted({vessel.company for vessel in taken if vessel.company})
    if len(companies) > 1:
        problem = Both(vi="hợp với nhiều đơn vị trong danh sách", en="fits several companies of the list")
        remedy = Both(
            vi="ghi đủ tên một đơn vị: " + ", ".join(companies),
            en="give the whole name of one: " + ", ".join(companies),
        )
        raise SettingsError(str(path), [Mistake("--holder", holder, problem, remedy)])


def _same(wanted: list[str], company: list[str]) -> bool:
    """A list that names no company is of the one that was asked for."""
    return not company or _within(wanted, company) or _within(company, wanted)


def _name(text: str) -> list[str]:
    """The words that tell a company from another; all of them where it has no other."""
    name = plain(re.sub(r"\(.*?\)", "", text))
    return _EVERY_COMPANY.sub("", name).split() or name.split()


def _within(few: list[str], many: list[str]) -> bool:
    """Do these words stand in that order, side by side, in the others?"""
    return any(many[at : at + len(few)] == few for at in range(len(many) - len(few) + 1))


def _header(rows: list[Row]) -> tuple[int, dict[str, int]]:
    for index, row in enumerate(rows):
        names = [plain(cell).replace("m³", "m3") for cell in row.cells]
        columns = {
            key: at
            for key, pattern in _COLUMNS.items()
            if (at := next((at for at, name in enumerate(names) if pattern.fullmatch(name)), None))
            is not None
        }
        if "hull" in columns and len(columns) > 2:
            return index, columns
    return len(rows), {}


def _cell(row: Row, column: int | None) -> str:
    return row.cells[column] if column is not None and column < len(row.cells) else ""


def _vessel(row: Row, columns: dict[str, int], company: str) -> tuple[Listed | None, list[Mistake]]:
    hull = _cell(row, columns["hull"])
    where = Both(vi=f"dòng {row.number} ({hull or '?'})", en=f"row {row.number} ({hull or '?'})")
    mistakes = []
    if not hull:
        problem = Both(vi="thiếu số hiệu phương tiện", en="has no hull number")
        mistakes.append(
            Mistake(where, "", problem, Both(vi="ghi số đăng ký", en="give the registration number"))
        )
    numbers: dict[str, float] = {}
    for key, vi, en, most in (
        ("bucket", "dung tích gàu", "bucket", 50.0),
        ("daily", "công suất m3/ngày", "m³ a day", 100_000.0),
    ):
        text = _cell(row, columns[key])
        value = _small(text)
        if value is None or not 0.0 < value <= most:
            problem = Both(vi=f"{vi} không phải là số hợp lý", en=f"{en} is no sensible number")
            remedy = Both(vi=f"số lớn hơn 0, nhiều nhất {most:g}", en=f"above 0, at most {most:g}")
            mistakes.append(Mistake(where, text, problem, remedy))
        else:
            numbers[key] = value
    valid_to = _date(_cell(row, columns["valid_to"]))
    if valid_to is None:
        problem = Both(vi="thời hạn không phải là ngày", en="its last day is no date")
        remedy = Both(
            vi="viết ngày/tháng/năm, ví dụ 17/07/2027", en="write day/month/year, such as 17/07/2027"
        )
        mistakes.append(Mistake(where, _cell(row, columns["valid_to"]), problem, remedy))
    if mistakes or valid_to is None:
        return None, mistakes
    certificate = _cell(row, columns.get("certificate"))
    return Listed(company, hull, numbers["bucket"], numbers["daily"], certificate, valid_to), []


def _small(text: str) -> float | None:
    """A number below 10,000 with either decimal mark: `1,5`, `357.2`."""
    if text.count(",") + text.count(".") <= 1:
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return None
    return coordinate(text)


def _date(text: str) -> date | None:
    """`17/07/2027`, or what a spreadsheet makes of a date."""
    found = _DATE.search(text)
    try:
        if found is not None:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
