"""The department's list of vessels becomes the vessels of a licence, each with its own last day."""

from datetime import date
from pathlib import Path

import pytest

from agent.desk.vessel_list import read_vessels
from agent.errors import SettingsError
from agent.licence.vessels import Registration, registration
from desk.desk_builders import TERMS, as_csv, imported, table, written
from licence.licence_builders import parse

LIST = Path(__file__).parents[2] / "config" / "vessels" / "example-can-tho.csv"


def test_the_example_says_that_it_is_invented() -> None:
    assert "invented" in LIST.read_text(encoding="utf-8")


def test_rows_belong_to_the_company_named_above_them() -> None:
    assert [(row.hull_number, row.bucket_m3, row.m3_per_day, row.valid_to) for row in read_vessels(LIST)] == [
        ("VD-00001", 1.5, 163.0, date(2027, 7, 17)),
        ("VDg-5540", 1.5, 163.0, date(2027, 7, 11)),
        ("VĐ-120.67", 2.5, 357.2, date(2026, 11, 13)),
    ]
    (second,) = read_vessels(LIST, "Công ty Ví Dụ Hai")
    assert second.certificate == "02/DKPT ngày 20/01/2026"


def test_a_holder_who_is_not_in_the_list_is_told_who_is() -> None:
    with pytest.raises(SettingsError, match="names in the list: Công ty Ví Dụ Hai"):
        read_vessels(LIST, "Công ty Ba")


def test_a_holder_is_not_taken_for_another_whose_name_begins_alike() -> None:
    """A vessel of another's list would be permitted by this licence."""
    for holder in ("C", "Ví", "Công ty TNHH Một Thành Viên Ví Dụ Ha"):
        with pytest.raises(SettingsError, match=r"names in the list|fits several"):
            read_vessels(LIST, holder)
    (one,) = read_vessels(LIST, "CTY TNHH MTV VÍ DỤ HAI (Cần Thơ)")
    assert one.hull_number == "VĐ-120.67"


def test_the_companys_name_may_stand_in_a_column(tmp_path: Path) -> None:
    rows = [
        ["Doanh nghiệp", "Số đăng ký", "Gàu (m3)", "m3/ngày", "Hiệu lực đến"],
        ["A", "VD-1", "1.5", "127", "2026-12-09"],
        ["B", "VD-2", "1,5", "127", "9/12/2026"],
    ]
    path = written(tmp_path, as_csv(rows), "list.csv")
    assert [row.hull_number for row in read_vessels(path, "B")] == ["VD-2"]
    assert [row.valid_to for row in read_vessels(path)] == [date(2026, 12, 9)] * 2


def test_vessels_of_a_list_are_judged_by_their_own_last_day(tmp_path: Path) -> None:
    done = imported(written(tmp_path, table()))
    feature = done.feature
    properties = feature["properties"]
    assert isinstance(properties, dict)
    properties |= TERMS | {"vessels": [row.as_json() for row in read_vessels(LIST)]}
    licence = parse(feature)
    assert registration(licence.vessels, "VĐ 12067", date(2026, 11, 13))[0] is Registration.VALID
    assert registration(licence.vessels, "VĐ 12067", date(2026, 11, 14))[0] is Registration.EXPIRED
