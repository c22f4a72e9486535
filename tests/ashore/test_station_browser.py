"""The pages in a real browser: drawn, silent, asking nobody else, and at home on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

import builders
from ashore import scene
from ashore.boat import Boat
from ashore.screens import DESK, PHONE, looking

pytestmark = pytest.mark.browser

SCREENSHOT = Path(__file__).parents[2] / "docs" / "images" / "event-page.png"
EVENT = "/events/barge-1/voyage:invented-evening.1"


@pytest.fixture
def evening(boat: Boat) -> Boat:
    scene.play(boat)
    return boat


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", ["/", EVENT, "/devices", "/licences"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_page_is_silent_asks_nobody_else_and_fits(
    evening: Boat, path: str, lang: str, viewport: tuple[int, int]
) -> None:
    with looking(f"{evening.url}{path}?lang={lang}", viewport, visitor=evening.visitor) as seen:
        assert seen.errors == []
        assert seen.foreign == []
        assert seen.page.locator("html").get_attribute("lang") == lang
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= viewport[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_map_draws_area_track_vessel_error_and_distance(evening: Boat, scheme: str) -> None:
    with looking(
        evening.url + EVENT, scheme="dark" if scheme == "dark" else "light", visitor=evening.visitor
    ) as seen:
        drawn = seen.page.locator("#map")
        for part in (
            "path.licence",
            "path.track",
            "path.error",
            "path.boundary",
            ".hull",
            ".leaflet-control-scale",
        ):
            expect(drawn.locator(part)).to_have_count(1)
        expect(drawn.locator(".area-name")).to_have_text("VÍ DỤ-01/GP")
        expect(drawn.locator(".distance")).to_have_text("66,4 m ± 8,6 m")
        assert drawn.locator(".tick").count() >= 2
        assert drawn.locator("img").count() == 0
        seen.page.get_by_role("button", name="Toàn cảnh").click()
        expect(drawn.locator(".tick").first).to_be_visible()
        assert seen.errors == []


def test_pictures_are_loaded_and_chosen_by_keyboard(evening: Boat) -> None:
    with looking(evening.url + EVENT, visitor=evening.visitor) as seen:
        page = seen.page
        figures = page.locator("#viewer figure")
        expect(figures).to_have_count(3)
        expect(page.locator("#viewer figure:visible")).to_have_count(1)
        widths = page.eval_on_selector_all("#viewer figure img", "all => all.map(each => each.naturalWidth)")
        assert widths == [1280, 1280, 1280]
        page.locator(".thumbnail").nth(1).focus()
        page.keyboard.press("Enter")
        expect(figures.nth(1)).to_be_visible()
        expect(figures.nth(0)).to_be_hidden()


def test_boxes_can_be_switched_off_and_on(boat: Boat) -> None:
    scene.play(boat, boxes=True)
    with looking(boat.url + EVENT, visitor=boat.visitor) as seen:
        boxes = seen.page.locator("#viewer figure:visible rect")
        expect(boxes).to_be_visible()
        seen.page.locator("#boxes").uncheck()
        expect(boxes).to_be_hidden()
        seen.page.locator("#boxes").check()
        expect(boxes).to_be_visible()


def test_new_and_changed_events_come_into_the_open_list(boat: Boat) -> None:
    boat.happens(builders.event(event_id="voyage:test.1", evidence=()))
    boat.send()
    with looking(boat.url + "/?lang=en", visitor=boat.visitor) as seen:
        rows = seen.page.locator("#rows > li")
        expect(rows).to_have_count(1)
        later = builders.stamp(100)
        boat.happens(builders.event(event_id="voyage:test.2", opened=later, updated=later, evidence=()))
        boat.happens(builders.event(event_id="voyage:test.1", closed=builders.stamp(70), evidence=()))
        boat.send()
        expect(rows).to_have_count(2, timeout=15000)
        assert [row.get_attribute("data-key") for row in rows.all()] == [
            "barge-1/voyage:test.2",
            "barge-1/voyage:test.1",
        ]
        expect(rows.nth(1).locator("[data-part=state]")).to_have_text("lasted 1 min")
        expect(seen.page.get_by_role("status")).to_have_text("Events new or just changed: 2")
        rows.first.locator("a").click()
        seen.page.wait_for_url("**/events/barge-1/voyage:test.2?order=newest")
        assert seen.errors == []


def test_every_control_has_a_name(evening: Boat) -> None:
    for path in ("/", EVENT):
        with looking(evening.url + path, visitor=evening.visitor) as seen:
            for role in ("button", "link", "combobox", "checkbox", "img"):
                for each in seen.page.get_by_role(role).all():
                    nameless = each.evaluate(
                        "e => !(e.ariaLabel || e.innerText || e.alt || e.title || e.labels?.length)"
                    )
                    assert not nameless, each.evaluate("e => e.outerHTML")
