"""A measurement is more than a lead only while the checks of the parts that made it hold."""

from datetime import date

import pytest

from agent.event.installation import Check, Installation, why_lead_only
from agent.event.phrases import reason_text


def installation(*checks: Check) -> Installation:
    return Installation(
        regime="authority",
        owner="Sở ví dụ",
        answerable="Nguyễn Văn A",
        installer="Trần Thị B",
        installed_on=date(2026, 1, 10),
        serials=(("receiver", "R-1"),),
        seals=("S-77",),
        checks=checks,
    )


RECEIVER = Check("receiver", date(2026, 1, 10), date(2027, 1, 9), "Trung tâm ví dụ")
ARM = Check("lever_arm", date(2026, 1, 10), date(2026, 12, 31), "Trần Thị B")


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (date(2026, 1, 9), ["check_missing", "check_missing"]),
        (date(2026, 1, 10), []),
        (date(2026, 12, 31), []),
        (date(2027, 1, 1), ["check_expired"]),
        (date(2027, 1, 10), ["check_expired", "check_expired"]),
        (None, ["check_undated"]),
    ],
)
def test_measurements_are_leads_on_every_day_without_a_valid_check(
    day: date | None, codes: list[str]
) -> None:
    assert [reason.code for reason in why_lead_only(installation(RECEIVER, ARM), day)] == codes


def test_a_box_without_a_record_of_its_installation_gives_leads_only() -> None:
    assert [reason.code for reason in why_lead_only(None, date(2026, 5, 1))] == ["uncalibrated"]


def test_a_part_that_was_never_checked_is_said_to_be_so() -> None:
    (reason,) = why_lead_only(installation(RECEIVER), date(2026, 5, 1))
    assert reason_text(reason, "en") == "the lever arm has not been checked: only a lead to check"


def test_an_expired_check_is_told_with_its_last_day_in_both_languages() -> None:
    (reason,) = why_lead_only(installation(RECEIVER, ARM), date(2027, 1, 1))
    assert (
        reason_text(reason, "en") == "the check of the lever arm expired on 31/12/2026: only a lead to check"
    )
    assert reason_text(reason, "vi").startswith("kiểm định khoảng lệch từ ăng-ten đã hết hạn ngày 31/12/2026")


def test_a_renewed_check_holds_again() -> None:
    renewed = Check("lever_arm", date(2027, 1, 5), date(2028, 1, 4), "Trần Thị B")
    record = installation(RECEIVER, ARM, renewed)
    assert why_lead_only(record, date(2027, 1, 6)) == ()
    assert [reason.code for reason in why_lead_only(record, date(2027, 1, 2))] == ["check_expired"]
