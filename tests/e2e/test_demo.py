"""`make run`, as a newcomer sees it: the demonstration runs to its end, and the page shows what happened."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ashore.screens import looking
from e2e.boat_and_shore import ROOT, Shore

SCREENSHOT = ROOT / "docs" / "images" / "event-page.png"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that ran once to its end."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "station.cli", "demo", "--once", "--port", "0", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr + done.stdout
    assert re.search(r"http://127\.0\.0\.1:\d+/", done.stdout)
    assert "Everything the agent recorded is held by the station" in done.stdout
    return folder


def test_a_second_demonstration_finds_everything_delivered(demo: Path) -> None:
    command = [sys.executable, "-m", "station.cli", "demo", "--once", "--port", "0", "--folder", str(demo)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr + done.stdout


def test_the_kept_demonstration_is_private_to_its_user(demo: Path) -> None:
    assert (demo / "agent" / "device.key").stat().st_mode & 0o077 == 0
    assert (demo / "station" / "station.key").stat().st_mode & 0o077 == 0


@pytest.mark.browser
def test_the_inspector_sees_the_event_with_map_pictures_and_reasons(demo: Path) -> None:
    """`UPDATE_SCREENSHOTS=1` keeps the picture of this page for the README."""
    shore = Shore(demo / "station")
    with shore.serving() as url, looking(url, visitor=shore.visitor(url)) as seen:
        page = seen.page
        page.get_by_role("link", name=re.compile("Ngoài ranh giới")).first.click()
        page.wait_for_selector("#map[data-ready]")
        page.wait_for_load_state("networkidle")
        text = page.inner_text("body")
        for part in ("nghi vấn vi phạm", "± ", "VÍ DỤ-01/GP", "DỮ LIỆU TỔNG HỢP", "gàu"):
            assert part in text
        pictures = page.locator("figure img").all()
        assert pictures
        assert all(picture.evaluate("image => image.naturalWidth") == 640 for picture in pictures)
        assert seen.errors == []
        assert seen.foreign == []
        if os.environ.get("UPDATE_SCREENSHOTS") == "1":
            page.screenshot(path=SCREENSHOT, full_page=True)
