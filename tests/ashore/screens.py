"""Looking at a page with a real Chromium: what it drew, what it asked for, what it complained about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page, Request, sync_playwright

from lacking import lacking

DESK = (1360, 1100)
PHONE = (390, 844)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Seen:
    """A page that is open, and everything that went wrong or went elsewhere while it was."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def _failed(request: Request) -> list[str]:
    """A browser breaks off a film once it has read its length: that is no failure."""
    broken_off = request.resource_type == "media" and request.failure == "net::ERR_ABORTED"
    return [] if broken_off else [f"{request.url}: {request.failure}"]


@contextmanager
def looking(
    url: str,
    viewport: tuple[int, int] = DESK,
    scheme: Literal["light", "dark"] = "light",
    visitor: requests.Session | None = None,
) -> Iterator[Seen]:
    """Open `url` as this person and wait until it is loaded and its map, if it has one, is drawn."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        width, height = viewport
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="vi-VN"
        )
        if visitor is not None:
            home = urlsplit(url).hostname
            page.context.add_cookies(
                [{"name": "session", "value": visitor.cookies["session"], "domain": home, "path": "/"}]
            )
        seen = Seen(page)
        page.on(
            "console",
            lambda said: seen.errors.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("requestfailed", lambda request: seen.errors.extend(_failed(request)))
        home = urlsplit(url).netloc
        page.on(
            "request",
            lambda request: (
                seen.foreign.append(request.url) if urlsplit(request.url).netloc != home else None
            ),
        )
        page.goto(url, wait_until="networkidle")
        if page.locator("#map").count():
            page.wait_for_selector("#map[data-ready]")
        yield seen
        browser.close()


def chromium() -> str:
    """The installed browser; without one the test is skipped, or fails where all is required."""
    found = shutil.which("chromium")
    if found is None:
        lacking("no chromium on PATH: sudo apt install chromium")
    return found
