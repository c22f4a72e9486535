"""An inspector at work in a real browser: by keyboard alone, on a phone, with the link cut in the middle of a note."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import builders
from agent.types import FindingKind
from ashore import scene
from ashore.boat import Boat
from ashore.screens import DESK, PHONE, looking
from ashore.test_review import Inspector
from station.app import Station

pytestmark = pytest.mark.browser

EVENT = "/events/barge-1/voyage:invented-evening.1"
SERIOUS = ("serious", "critical")


@pytest.fixture
def evening(boat: Boat) -> Iterator[Boat]:
    """One event with pictures and two plainer ones behind it in the queue."""
    scene.play(boat, boxes=True)
    for number in (3, 4):
        at = builders.stamp(7200 * number)
        finding = builders.finding(kind=FindingKind.WRONG_MINE, value=None, error=None, unit=None)
        boat.happens(
            builders.event(
                event_id=f"voyage:test.{number}", opened=at, updated=at, evidence=(), findings=(finding,)
            )
        )
    boat.send()
    yield boat
    boat.visitor.close()


def test_three_events_are_decided_by_keyboard_alone_and_one_is_taken_back(evening: Boat) -> None:
    with looking(evening.url + "/review", visitor=evening.visitor) as seen:
        page, keys = seen.page, seen.page.keyboard
        state = page.locator("#review .card-head .state")
        expect(state).to_have_text("chưa xem")
        keys.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()
        keys.press("Escape")
        expect(page.locator("dialog#keys")).to_be_hidden()
        shown = page.locator("#viewer figure:visible")
        first = shown.get_attribute("id")
        keys.press("Space")
        expect(shown).not_to_have_attribute("id", first or "")
        keys.press("b")
        expect(shown.locator("rect")).to_be_hidden()
        keys.press("n")
        keys.type("Thấy gàu làm việc 2 lần")
        keys.press("Escape")
        here = page.url
        keys.press("1")
        expect(page.locator(".reasons:visible")).to_have_count(1)
        keys.press("3")
        keys.press("Enter")
        expect(page).not_to_have_url(here)
        page.wait_for_selector("#map[data-ready]")
        expect(page.locator("#told")).to_contain_text("Đã ghi: Xác nhận nghi vấn")
        keys.press("u")
        page.wait_for_url(here)
        page.wait_for_selector("#map[data-ready]")
        expect(state).to_have_text("chưa xem")
        expect(page.locator(".acts .undone")).to_contain_text("Thấy gàu làm việc 2 lần")
        for ruling, reason in (("3", "1"), ("2", "2"), ("4", "1")):
            at = page.url
            keys.press(ruling)
            keys.press(reason)
            keys.press("Enter")
            expect(page).not_to_have_url(at)
            page.wait_for_load_state("networkidle")
        keys.press("k")
        page.wait_for_load_state("networkidle")
        assert seen.errors == []
        assert seen.foreign == []
    rows = evening.page("/api/events", order="queue", state="waiting").json()["rows"]
    assert [row["review"] for row in rows].count("new") == 1


def test_j_and_k_walk_the_queue(evening: Boat) -> None:
    with looking(evening.url + "/review", visitor=evening.visitor) as seen:
        page = seen.page
        start = page.url
        page.keyboard.press("j")
        expect(page).not_to_have_url(start)
        page.wait_for_selector("#map[data-ready]")
        page.keyboard.press("k")
        page.wait_for_url(start)
        assert seen.errors == []


def test_a_half_typed_note_outlives_a_lost_link_and_is_sent_when_it_is_back(evening: Boat) -> None:
    with looking(evening.url + EVENT, visitor=evening.visitor) as seen:
        page = seen.page
        page.locator("textarea").fill("Sà lan không có số hiệu, đèn tắt")
        page.context.set_offline(offline=True)
        page.locator("textarea").press_sequentially(", chạy về phía thượng lưu")
        page.get_by_role("button", name="Chỉ ghi chú").click()
        expect(page.locator("#trouble")).to_contain_text("Ghi chú được giữ trên máy này")
        page.context.set_offline(offline=False)
        said = page.locator(".acts q")
        expect(said).to_have_text("Sà lan không có số hiệu, đèn tắt, chạy về phía thượng lưu", timeout=15_000)
        expect(page.locator("textarea")).to_have_value("")
        assert said.count() == 1


def test_a_note_that_was_not_sent_is_there_again_after_the_page_was_closed(evening: Boat) -> None:
    with looking(evening.url + EVENT, visitor=evening.visitor) as seen:
        page = seen.page
        page.context.set_offline(offline=True)
        page.locator("textarea").fill("Chưa kịp gửi")
        page.context.set_offline(offline=False)
        page.goto(evening.url + "/queue")
        page.goto(evening.url + EVENT, wait_until="networkidle")
        expect(page.locator("textarea")).to_have_value("Chưa kịp gửi")
        expect(page.locator("#told")).to_have_text("Ghi chú chưa gửi, giữ từ lần trước.")
        other = evening.url + "/events/barge-1/voyage:test.3"
        page.goto(other, wait_until="networkidle")
        expect(page.locator("textarea")).to_have_value("")


def test_on_a_phone_an_event_is_decided_with_the_thumb(evening: Boat) -> None:
    with looking(evening.url + "/review", PHONE, visitor=evening.visitor) as seen:
        page = seen.page
        here = page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        for ruling in page.locator(".ruling").all():
            box = ruling.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        page.locator(".ruling", has_text="Báo động sai").click()
        page.locator(".reasons:visible label", has_text="vị trí sai").click()
        page.get_by_role("button", name="Ghi kết luận").click()
        expect(page).not_to_have_url(here)
        assert seen.errors == []


@pytest.mark.parametrize(
    "path", ["/queue", EVENT, "/licences", "/statistics", "/devices", "/accounts", "/login"]
)
def test_axe_finds_nothing_serious(evening: Boat, path: str) -> None:
    visitor = None if path == "/login" else evening.visitor
    for viewport, scheme in ((DESK, "light"), (PHONE, "dark")):
        with looking(evening.url + path, viewport, "dark" if scheme == "dark" else "light", visitor) as seen:
            assert serious(seen.page) == []


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe-core calls serious or worse, with the element it means."""
    page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        (violation["id"], node["html"][:200])
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def test_what_a_colleague_has_ruled_on_leaves_the_open_queue(evening: Boat, station: Station) -> None:
    with looking(evening.url + "/queue", visitor=evening.visitor) as seen:
        rows = seen.page.locator("#rows > li")
        expect(rows).to_have_count(4)
        assert Inspector(evening, station).rules(3, "no_breach", "passing") == 200
        expect(rows).to_have_count(3, timeout=15_000)
        assert seen.errors == []


def test_a_person_signs_in_and_out_by_the_forms_of_the_pages(evening: Boat) -> None:
    """The door asks from where a form comes: a browser must be allowed to say it."""
    with looking(evening.url + "/login") as seen:
        page = seen.page
        page.locator("input[name=name]").fill("supervisor")
        page.locator("input[name=password]").fill("song hau supervisor")
        page.locator("main form button").click()
        page.get_by_role("button", name="Đăng xuất").click()
        page.wait_for_url("**/login")
        assert seen.errors == []
