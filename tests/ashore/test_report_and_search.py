"""The report of a day, and finding without diacritics; the new pages in a browser, at a desk and on a phone."""

import pytest

import builders
from ashore import scene
from ashore.boat import Boat
from ashore.screens import DESK, PHONE, looking
from ashore.test_account import HULL, configured, works
from ashore.test_overview import NUMBER
from ashore.test_review import Inspector
from ashore.test_silences import gap
from station.app import Station
from station.finding import folded


@pytest.fixture
def day(boat: Boat) -> Boat:
    scene.play(boat)
    works(configured(boat), 200)
    boat.write("gap", gap("camera:deck", "03:00", "06:30"))
    boat.send()
    return boat


def test_the_report_of_a_day_says_what_was_seen_allowed_ruled_and_unseen(day: Boat, station: Station) -> None:
    text = day.page("/report", lang="en").text
    for said in (
        HULL,
        NUMBER,
        "500 ± 100",
        "blind 3.5 h",
        "outside the licence area",
        "Rulings made that day: 0",
    ):
        assert said in text
    other = day.page("/report", lang="en", day="2026-11-19").text
    assert HULL not in other.split("<tbody>")[1].split("</tbody>")[0]
    assert day.page("/report", day="yesterday").status_code == 400


@pytest.mark.parametrize(
    ("text", "plain"),
    [("VĐ-0209", "vd0209"), ("Công ty Ví Dụ", "congtyvidu"), ("ĐƯỜNG", "duong"), ("e\u0301", "e"), ("", "")],
)
def test_marks_case_and_separators_do_not_count(text: str, plain: str) -> None:
    assert folded(text) == plain


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("vd0209", "VĐ-0209"),
        ("cong ty vi du ba", "/production?licence=V"),
        ("BARGE", "barge-1"),
        ("song day", "sông dậy sóng"),
        ("v", "Nothing found."),
        ("khong co gi nhu the", "Nothing found."),
    ],
)
def test_things_are_found_without_their_marks(day: Boat, station: Station, asked: str, said: str) -> None:
    day.happens(builders.event(event_id="voyage:test.1", evidence=()))
    day.send()
    assert Inspector(day, station).acts(1, "commented", text="sông dậy sóng") == 200
    assert said in day.page("/search", lang="en", q=asked).text


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_new_pages_are_silent_ask_nobody_else_and_fit(day: Boat, viewport: tuple[int, int]) -> None:
    with looking(f"{day.url}/fleet?lang=vi", viewport, visitor=day.visitor) as seen:
        seen.page.wait_for_selector("#fleet-map[data-ready]")
        assert seen.page.locator("#fleet-map path.ship").count() == 1
        for path in (
            "/fleet",
            "/silences",
            "/production",
            f"/production?licence={NUMBER}",
            "/exports",
            "/report",
            "/search?q=vd",
        ):
            seen.page.goto(day.url + path, wait_until="networkidle")
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= viewport[0], path
        assert seen.errors == []
        assert seen.foreign == []
