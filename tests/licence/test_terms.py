"""The terms of a licence, each on its own days: suspensions, quota, vessels, depth, bank, mooring."""

import json
from datetime import date
from typing import Any

import pytest

from agent.errors import SettingsError
from agent.licence.conditions import QuotaPhase, Vessel
from agent.licence.licence import Licence, parse_licences
from agent.licence.standing import (
    bank_limit_on,
    depth_limit_on,
    mooring_orders_on,
    phase_on,
    suspension_on,
)
from agent.licence.vessels import Registration, registration
from licence.licence_builders import example, parse

PHASES = [
    {"name": "năm 1", "from": "2026-01-01", "to": "2026-12-31", "m3_per_day": 3333, "m3_per_month": 83333},
    {"name": "năm 2", "from": "2027-01-01", "to": "2027-12-31", "m3_per_day": 472, "m3_total": 141691},
]


def licence(**properties: Any) -> Licence:
    feature = example()
    feature["properties"] |= properties
    return parse(feature)


def refusal(**properties: Any) -> SettingsError:
    feature = example()
    feature["properties"] |= properties
    with pytest.raises(SettingsError) as refused:
        parse_licences(json.dumps(feature), "licence.geojson")
    return refused.value


def test_a_suspension_stops_the_work_from_its_first_day_to_its_last() -> None:
    stopped = licence(
        suspensions=[{"notice": "12/TB-SNNMT", "from": "2026-09-30", "to": "2026-10-02", "reason": "bão"}]
    )
    days = [date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 2), date(2026, 10, 3)]
    assert [suspension_on(stopped, day) is not None for day in days] == [False, True, True, False]


def test_a_suspension_until_further_notice_has_no_last_day() -> None:
    stopped = licence(suspensions=[{"notice": "13/TB-SNNMT", "from": "2026-12-31", "to": None}])
    notice = suspension_on(stopped, date(2027, 6, 1))
    assert notice is not None
    assert notice.notice == "13/TB-SNNMT"
    assert suspension_on(stopped, date(2026, 12, 30)) is None


def test_the_phase_of_the_quota_changes_at_the_turn_of_the_year() -> None:
    found = licence(quota={"volume": "in_place", "swell": 1.15, "phases": PHASES})
    assert phase_on(found, date(2026, 12, 31)) == QuotaPhase(
        "năm 1", date(2026, 1, 1), date(2026, 12, 31), m3_per_day=3333, m3_per_month=83333
    )
    second = phase_on(found, date(2027, 1, 1))
    assert second is not None
    assert second.m3_total == 141691
    assert phase_on(licence(), date(2026, 12, 31)) is None


def test_of_two_limits_in_force_the_stricter_one_counts() -> None:
    found = licence(
        depth=[
            {"bed_elevation_m": -16, "vertical_datum": "Hòn Dấu", "effective_from": "2026-01-01", "effective_to": None},
            {"bed_elevation_m": -12, "vertical_datum": "Hòn Dấu", "effective_from": "2026-07-01", "effective_to": None},
        ],
        bank=[
            {"at_least_m": 100, "effective_from": "2026-01-01", "effective_to": None},
            {"at_least_m": 150, "effective_from": "2026-07-01", "effective_to": "2026-07-31"},
        ],
    )  # fmt: skip
    depths = [depth_limit_on(found, day) for day in (date(2026, 6, 30), date(2026, 7, 1))]
    assert [limit and limit.bed_elevation_m for limit in depths] == [-16, -12]
    banks = [bank_limit_on(found, day) for day in (date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 1))]
    assert [limit and limit.at_least_m for limit in banks] == [100, 150, 100]
    assert bank_limit_on(found, date(2025, 12, 31)) is None


def test_vessels_may_be_ordered_to_lie_in_a_zone_outside_their_hours() -> None:
    found = licence(
        mooring=[
            {"zone": "Bến A", "when": "outside_hours", "effective_from": "2026-03-01", "effective_to": None}
        ]
    )
    assert [order.zone for order in mooring_orders_on(found, date(2026, 3, 1))] == ["Bến A"]
    assert mooring_orders_on(found, date(2026, 2, 28)) == []


VESSELS = (
    Vessel("CT-00432", 1.5, 163, date(2026, 7, 17), valid_from=date(2025, 7, 18)),
    Vessel("CT-00432", 1.5, 163, date(2027, 7, 17), valid_from=date(2026, 8, 1)),
    Vessel("AG-120.67", 1.5, 127, date(2027, 1, 18)),
    Vessel("ĐN-0209", 2.5, 357.2, date(2026, 11, 13)),
)


@pytest.mark.parametrize(
    ("hull", "day", "answer"),
    [
        ("ct 00432", date(2026, 7, 17), Registration.VALID),
        ("CT00432", date(2026, 7, 18), Registration.EXPIRED),  # between its two certificates
        ("CT-00432", date(2026, 8, 1), Registration.VALID),
        ("CT-00432", date(2027, 7, 18), Registration.EXPIRED),
        ("AG 12067", date(2027, 1, 18), Registration.VALID),
        ("AG-12068", date(2027, 1, 18), Registration.UNLISTED),
        ("Đn-0209", date(2026, 11, 13), Registration.VALID),
        ("DN-0209", date(2026, 11, 13), Registration.ALIKE),
        ("", date(2026, 11, 13), Registration.UNKNOWN),
    ],
)
def test_each_vessel_has_its_own_last_day_and_its_number_may_be_written_in_many_ways(
    hull: str, day: date, answer: Registration
) -> None:
    assert registration(VESSELS, hull, day)[0] is answer


def test_a_registration_that_has_not_begun_is_told_from_one_that_has_ended() -> None:
    early = (Vessel("CT-1", 1.5, 100, date(2027, 1, 1), valid_from=date(2026, 5, 1)),)
    assert registration(early, "CT-1", date(2026, 4, 30))[0] is Registration.NOT_YET
    assert registration((), "CT-1", date(2026, 4, 30))[0] is Registration.UNKNOWN


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        (
            {"suspensions": [{"notice": "1", "from": "2026-02-01", "to": "2026-01-01"}]},
            r"suspensions[0].to = 2026-01-01: lies before from 2026-02-01",
        ),
        (
            {"quota": {"volume": "loose", "phases": [PHASES[0] | {"m3_per_day": 833330}]}},
            "phases[0].m3_per_day = 833330: is more than m3_per_month 83333",
        ),
        (
            {"quota": {"volume": "loose", "phases": [PHASES[0], PHASES[1] | {"from": "2026-12-31"}]}},
            "phases[1].from = 2026-12-31: phase “năm 1” lasts until 2026-12-31",
        ),
        (
            {"quota": {"volume": "loose", "phases": [PHASES[0] | {"to": "2028-01-31"}]}},
            "phases[0] = năm 1: has days outside the term of the licence",
        ),
        (
            {"quota": {"volume": "loose", "phases": [{"name": "n", "from": "2026-01-01", "to": "2026-02-01"}]}},
            "phases[0] = n: sets no volume",
        ),
        (
            {"vessels": [{"hull_number": n, "bucket_m3": 1, "m3_per_day": 9, "valid_to": "2026-12-31"}
                         for n in ("CT-1", "ct 1")]},
            "vessels[1].hull_number = ct 1: stands in the list already",
        ),
        (
            {"depth": [{"bed_elevation_m": -16, "effective_from": "2026-01-01", "effective_to": None}]},
            "depth[0].vertical_datum: is missing (the vertical datum",
        ),
    ],
)  # fmt: skip
def test_terms_that_contradict_each_other_are_refused(properties: dict[str, Any], said: str) -> None:
    refused = refusal(**properties)
    assert said in str(refused)
    assert len(refused.mistakes) == 1
