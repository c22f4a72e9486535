"""The pages: what they show, in which language, and that nothing a boat writes becomes markup."""

import json
import re
from typing import Any

import pytest
import requests

import builders
from agent.event import wire
from agent.types import (
    Activity,
    ActivityKind,
    ClockQuality,
    Detection,
    Event,
    FindingKind,
    Happening,
    Origin,
    Reason,
    Verdict,
)
from ashore import scene
from ashore.boat import Boat, evidence, still
from station.app import Station

PICTURE = still(width=320, height=180)
EVIL = "<img src=x onerror=alert(1)>\"'&"


def page(boat: Boat, path: str, lang: str = "en") -> str:
    response = boat.page(path, lang=lang)
    assert response.status_code == 200, response.text
    return response.text


def event_page(boat: Boat, event: Event, lang: str = "en") -> str:
    return page(boat, f"/events/{boat.device}/{event.event_id}", lang)


def rows(boat: Boat, **query: str) -> dict[str, Any]:
    response = boat.page("/api/events", **{"lang": "en", **query})
    answer: dict[str, Any] = response.json()
    return answer


def numbered(number: int, **other: Any) -> Event:
    """One of many events, a minute apart."""
    at = builders.stamp(60 * number)
    return builders.event(event_id=f"voyage:test.{number}", opened=at, updated=at, evidence=(), **other)


def permitted(number: int, **other: Any) -> Event:
    return numbered(number, findings=(builders.finding(verdict=Verdict.PERMITTED),), **other)


# ── who answers for the box ──────────────────────────────────────────────────────────────────────────


def installed(**changes: Any) -> dict[str, Any]:
    check = {
        "what": "receiver",
        "on": "2026-01-10",
        "valid_to": "2027-01-09",
        "by": "Trung tâm Ví Dụ",
        "certificate": "KD-7",
    }
    return {
        "regime": "authority",
        "owner": "Sở Ví Dụ",
        "answerable": "Nguyễn Văn Ví Dụ",
        "installer": "Trần Thị Ví Dụ",
        "installed_on": "2026-01-10",
        "serials": {"receiver": "R-1"},
        "seals": ["S-77", "S-78"],
        "check": [check, check | {"what": "lever_arm", "valid_to": "2026-05-31"}],
    } | changes


def test_the_page_says_who_answers_for_the_box_and_which_check_had_expired(boat: Boat) -> None:
    boat.write("config.applied", {"installation": installed()})
    event = numbered(1)
    boat.happens(event)
    boat.send()
    shown = event_page(boat, event)
    for words in (
        "The authority&#39;s own device",
        "Nguyễn Văn Ví Dụ",
        "10/01/2026",
        "receiver R-1",
        "S-77, S-78",
    ):
        assert words in shown
    assert "lever arm: from 10/01/2026 to 31/05/2026, Trung tâm Ví Dụ KD-7" in shown
    assert shown.count("not valid on the day of the event: only a lead") == 1
    assert "không còn hạn vào ngày xảy ra sự kiện: chỉ là manh mối" in event_page(boat, event, "vi")


def test_a_box_without_a_record_or_with_one_of_a_newer_version_is_no_obstacle(boat: Boat) -> None:
    first, second = numbered(1), numbered(2)
    boat.write("config.applied", {"licences": []})
    boat.happens(first)
    boat.write("config.applied", {"installation": installed(check=7, serials=[1], regime=EVIL, owner=None)})
    boat.happens(second)
    boat.send()
    assert "no record of its installation" in event_page(boat, first)
    assert EVIL not in event_page(boat, second)
    assert "No check yet: only a lead." in event_page(boat, second)


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────


def test_list_is_newest_first_in_pages_without_a_gap(boat: Boat) -> None:
    for number in range(1, 121):
        boat.happens(numbered(number))
    boat.send()
    seen: list[str] = []
    answer = rows(boat)
    while True:
        seen += [row["key"] for row in answer["rows"]]
        if answer["after"] is None:
            break
        answer = rows(boat, before=answer["after"])
    assert seen == [f"{boat.device}/voyage:test.{number}" for number in range(120, 0, -1)]


def test_events_of_the_same_moment_are_not_lost_between_pages(boat: Boat) -> None:
    for number in range(1, 76):
        boat.happens(builders.event(event_id=f"voyage:test.{number}", evidence=()))
    boat.send()
    first = rows(boat)
    second = rows(boat, before=first["after"])
    assert len({row["key"] for row in first["rows"] + second["rows"]}) == 75


def test_event_that_comes_late_stands_where_it_happened(boat: Boat, station: Station) -> None:
    boat.happens(numbered(10))
    boat.send()
    other = Boat(boat.url, "barge-2", number=2).enrolled_at(station)
    other.happens(numbered(5))
    other.send()
    assert [row["key"] for row in rows(boat)["rows"]] == ["barge-1/voyage:test.10", "barge-2/voyage:test.5"]


def test_list_is_filtered_by_verdict_happening_and_device(boat: Boat, station: Station) -> None:
    other = Boat(boat.url, "barge-2", number=2).enrolled_at(station)
    boat.happens(numbered(1))
    boat.happens(permitted(2))
    boat.happens(permitted(3, happening=Happening.POSITION))
    boat.send()
    other.happens(numbered(4))
    other.send()

    def shown(**query: str) -> list[str]:
        return [row["key"].rpartition(".")[2] for row in rows(boat, **query)["rows"]]

    assert shown(verdict="breach") == ["4", "1"]
    assert shown(verdict="permitted", device=boat.device) == ["3", "2"]
    assert shown(happening="position") == ["3"]
    assert shown(device="barge-2") == ["4"]
    assert shown(verdict="", happening="", device="") == ["4", "3", "2", "1"]


@pytest.mark.parametrize("query", ["verdict=guilty", "happening=x", "before=%00", "before=AAAA", "before=é"])
def test_wrong_filter_or_cursor_is_a_page_that_says_so(boat: Boat, query: str) -> None:
    response = boat.page(f"/?{query}")
    assert response.status_code == 400
    assert "Địa chỉ này không đúng" in response.text


def test_closed_event_changes_its_row_and_its_revision(boat: Boat) -> None:
    boat.happens(numbered(1))
    boat.send()
    before = rows(boat)["rows"][0]
    end = builders.stamp(60 + 90)
    boat.happens(numbered(1, closed=end))
    boat.send()
    after = rows(boat)["rows"][0]
    assert (before["state"], before["open"]) == ("ongoing", True)
    assert (after["state"], after["open"]) == ("lasted 1 min 30 s", False)
    assert after["revision"] > before["revision"]


# ── one event ─────────────────────────────────────────────────────────────────────────────────────────


def test_event_is_shown_with_value_error_reasons_time_and_chain(boat: Boat) -> None:
    event = builders.event(evidence=())
    record = boat.happens(event)
    boat.send()
    vietnamese, english = event_page(boat, event, "vi"), event_page(boat, event, "en")
    assert "20,0 ± 5,0 m ngoài ranh giới" in vietnamese
    assert "20.0 ± 5.0 m beyond the boundary" in english
    assert "cách ranh giới giấy phép VÍ DỤ-01/GP" in vietnamese.replace("Cách", "cách")
    assert "20/11/2026 10:00:10" in vietnamese
    assert "giờ vệ tinh" in vietnamese
    assert record.hash in vietnamese
    assert "Chữ ký và chuỗi bản ghi đã được kiểm tra khi nhận" in vietnamese
    assert "đứng yên trên sông" in vietnamese


def test_before_a_ruling_a_breach_is_only_ever_suspected(boat: Boat) -> None:
    event = builders.event(evidence=())
    boat.happens(event)
    boat.send()
    texts = event_page(boat, event, "vi") + page(boat, "/", "vi")
    assert "nghi vấn vi phạm" in texts
    assert re.findall(r"(?<!nghi vấn )vi phạm", texts) == []
    texts = event_page(boat, event, "en") + page(boat, "/", "en")
    assert re.findall(r"(?<!suspected )violation", texts) == []


def test_synthetic_event_says_so_and_a_live_one_does_not(boat: Boat) -> None:
    boat.happens(numbered(1))
    live = numbered(2, origin=Origin("live"))
    boat.happens(live)
    boat.send()
    assert "DỮ LIỆU TỔNG HỢP" in event_page(boat, numbered(1), "vi")
    assert "SYNTHETIC DATA" in event_page(boat, numbered(1), "en")
    assert "SYNTHETIC" not in event_page(boat, live)
    assert "synthetic" not in event_page(boat, live)
    assert [row["synthetic"] for row in rows(boat)["rows"]] == ["", "synthetic"]


def test_evidence_that_is_not_here_yet_is_called_that(boat: Boat) -> None:
    event = builders.event(evidence=(evidence(PICTURE),))
    boat.happens(event)
    boat.send()
    before = event_page(boat, event)
    assert "not yet uploaded" in before
    assert f'src="/evidence/{evidence(PICTURE).sha256}"' not in before
    assert boat.page(f"/evidence/{evidence(PICTURE).sha256}").status_code == 404
    boat.upload(PICTURE)
    after = event_page(boat, event)
    assert "not yet uploaded" not in after
    assert f'src="/evidence/{evidence(PICTURE).sha256}"' in after


def test_without_a_detector_no_boxes_are_claimed(boat: Boat) -> None:
    event = builders.event(evidence=(evidence(PICTURE),))
    boat.happens(event)
    boat.send()
    boat.upload(PICTURE)
    text = event_page(boat, event)
    assert "No detector loaded" in text
    assert "<rect" not in text
    assert 'id="boxes"' not in text


def test_boxes_of_a_detector_are_drawn_over_the_picture(boat: Boat) -> None:
    box = Detection("dredger", 0.874, 10, 20, 110, 70)
    nothing = still(seed=3, width=320, height=180)
    event = builders.event(evidence=(evidence(PICTURE, detections=(box,)), evidence(nothing, detections=())))
    boat.happens(event)
    boat.send()
    boat.upload(PICTURE)
    boat.upload(nothing)
    text = event_page(boat, event)
    assert '<rect x="10.0" y="20.0" width="100.0" height="50.0"/>' in text
    assert "dredger 87 %" in text
    assert "the detector saw nothing" in text
    assert "No detector loaded" not in text.replace("No detector loaded</li>", "")


def test_event_without_position_activity_or_findings_is_shown(boat: Boat) -> None:
    nowhen = builders.stamp(10, ClockQuality.NONE)
    event = builders.event(
        opened=nowhen, updated=nowhen, findings=(), activity=None, fix=None, evidence=(), notes=()
    )
    boat.happens(event)
    boat.send()
    text = event_page(boat, event)
    assert "This event has no position" in text
    assert "time not known" in text
    assert rows(boat)["rows"][0]["verdict"] == "none"


def test_text_of_a_boat_never_becomes_markup(boat: Boat, station: Station) -> None:
    boat.enrolled_at(station, name=EVIL)
    event = builders.event(
        origin=Origin("replay", EVIL, synthetic=True),
        findings=(
            builders.finding(
                because=(Reason(EVIL, {EVIL: EVIL}), Reason("uncalibrated")), licence=EVIL, unit=EVIL
            ),
        ),
        activity=Activity(
            ActivityKind.UNKNOWN,
            0,
            (Reason("camera_state", dict.fromkeys(("camera", "state", "reason"), EVIL)),),
        ),
        evidence=(
            evidence(PICTURE, camera=EVIL, detections=(Detection(EVIL, 0.5, 1, 1, 2, 2),), model_hash=EVIL),
        ),
        notes=(Reason("evidence_missing", {"reason": EVIL}),),
    )
    boat.write("config.applied", {"licences": [_area(EVIL)]})
    boat.happens(event)
    boat.send()
    boat.upload(PICTURE)
    for lang in ("vi", "en"):
        for text in (
            event_page(boat, event, lang),
            page(boat, "/", lang),
            page(boat, "/devices", lang),
        ):
            assert "<img src=x" not in text
            assert "&lt;img src=x" in text
            assert 'onerror=alert(1)&gt;"' not in text
    answer = boat.page(f"/api/events/{boat.device}/{event.event_id}/map")
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert answer.json()["features"][0]["properties"]["label"] == EVIL


def _area(number: str) -> dict[str, Any]:
    ring = [[105.0, 10.0], [105.1, 10.0], [105.1, 10.1], [105.0, 10.0]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"number": number, "holder": "not for the map"},
    }


# ── the map ───────────────────────────────────────────────────────────────────────────────────────────


def test_map_holds_area_track_boundary_and_position(boat: Boat) -> None:
    boat.write("config.applied", scene.config())
    boat.write("track", scene.track())
    boat.happens(scene.working([]))
    boat.send()
    path = "/api/events/barge-1/voyage:invented-evening.1/map?lang=en"
    features = boat.page(path).json()["features"]
    roles = [feature["properties"]["role"] for feature in features]
    assert {role: roles.count(role) for role in roles} == {
        "licence": 1,
        "track": 1,
        "track_point": 31,
        "boundary": 1,
        "position": 1,
    }
    area, position = features[0], features[-1]
    assert area["properties"] == {"role": "licence", "label": "VÍ DỤ-01/GP"}
    assert position["geometry"]["coordinates"] == [scene.BARGE[1], scene.BARGE[0]]
    assert position["properties"]["error_m"] == 8.6
    line = next(feature for feature in features if feature["properties"]["role"] == "boundary")
    assert line["properties"]["label"] == "66.4 m ± 8.6 m"


def test_map_shows_the_licences_that_were_in_force_then(boat: Boat) -> None:
    boat.write("config.applied", {"licences": [_area("old")]})
    boat.happens(builders.event(evidence=()))
    boat.write("config.applied", {"licences": [_area("new")]})
    boat.send()
    path = f"/api/events/{boat.device}/voyage:test.1/map"
    features = boat.page(path).json()["features"]
    assert [f["properties"]["label"] for f in features if f["properties"]["role"] == "licence"] == ["old"]


@pytest.mark.parametrize(
    "licences",
    [
        None,
        "text",
        [None, {"geometry": None}],
        [{"geometry": {"type": "Polygon", "coordinates": []}}],
        [{"geometry": {"type": "Polygon", "coordinates": [[[1e9, 0]]]}}],
        [{"geometry": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}],
        [{"geometry": {"type": "Point", "coordinates": [105, 10]}}],
    ],
)
def test_licences_that_cannot_be_drawn_are_left_out(boat: Boat, licences: Any) -> None:
    boat.write("config.applied", {"licences": licences})
    boat.happens(builders.event(evidence=()))
    boat.send()
    answer = boat.page(f"/api/events/{boat.device}/voyage:test.1/map")
    assert [f for f in answer.json()["features"] if f["properties"]["role"] == "licence"] == []


# ── evidence as a file, devices, headers ──────────────────────────────────────────────────────────────


def test_only_pictures_and_clips_are_shown_by_the_browser(boat: Boat) -> None:
    script = b"<script>alert(1)</script>"
    boat.happens(builders.event(evidence=(evidence(script, media_type="text/html"), evidence(PICTURE))))
    boat.send()
    boat.upload(script)
    boat.upload(PICTURE)
    hostile = boat.page(f"/evidence/{evidence(script).sha256}")
    assert hostile.headers["Content-Type"] == "application/octet-stream"
    assert hostile.headers["Content-Disposition"].startswith("attachment")
    assert hostile.headers["X-Content-Type-Options"] == "nosniff"
    good = boat.page(f"/evidence/{evidence(PICTURE).sha256}")
    assert (good.headers["Content-Type"], good.content) == ("image/jpeg", PICTURE)


def test_forked_device_and_unread_records_are_reported(boat: Boat) -> None:
    boat.write("event.opened", {"of": "a newer box"})
    boat.send()
    clone = Boat(boat.url, boat.device)
    clone.write("gap", {})
    assert clone.post(clone.records).status_code == 409
    text = page(boat, "/devices")
    assert "1 contradicting records" in text
    assert "1 records cannot be shown" in text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/devices",
        "/nowhere",
        "/events/a/b",
        "/static/list.js",
        "/static/leaflet/leaflet.css",
        "/healthz",
        "/v1/x",
    ],
)
def test_every_answer_carries_a_strict_policy(url: str, path: str) -> None:
    answer = requests.get(url + path, timeout=30)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_pages_have_nothing_inline_for_the_policy_to_allow(boat: Boat) -> None:
    scene.play(boat, boxes=True)
    event = "/events/barge-1/voyage:invented-evening.1"
    for text in (page(boat, "/"), page(boat, event), page(boat, "/devices")):
        assert re.search(r"<script(?![^>]*\ssrc=)", text) is None
        assert re.search(r"\s(style|on\w+)=", text) is None
        assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []


def test_language_is_vietnamese_until_asked_and_then_remembered(boat: Boat, url: str) -> None:
    with boat.visitor as visitor:
        assert '<html lang="vi">' in visitor.get(url + "/", timeout=30).text
        assert '<html lang="en">' in visitor.get(url + "/?lang=en", timeout=30).text
        assert '<html lang="en">' in visitor.get(url + "/devices", timeout=30).text
        assert '<html lang="vi">' in visitor.get(url + "/?lang=vi", timeout=30).text
        assert '<html lang="vi">' in visitor.get(url + "/?lang=xx", timeout=30).text


def test_missing_page_says_so_in_words(boat: Boat) -> None:
    answer = boat.page("/events/barge-1/nothing")
    assert answer.status_code == 404
    assert "Không có trang này" in answer.text


def test_health_and_icon(url: str) -> None:
    assert requests.get(url + "/healthz", timeout=30).json() == {"ok": True}
    assert requests.get(url + "/favicon.ico", timeout=30).headers["Content-Type"] == "image/svg+xml"


def test_list_json_is_what_the_page_was_written_from(boat: Boat) -> None:
    boat.happens(builders.event(evidence=()))
    boat.send()
    row = rows(boat)["rows"][0]
    text = page(boat, "/")
    for value in (row["title"], row["verdict_text"], row["opened"], row["state"], row["device"]):
        assert value in text
    assert json.loads(wire.canonical(row)) == row


def test_findings_of_every_kind_have_a_title(boat: Boat) -> None:
    for number, kind in enumerate(FindingKind, start=1):
        boat.happens(numbered(number, findings=(builders.finding(kind=kind),)))
    boat.send()
    titles = {row["title"] for row in rows(boat)["rows"]}
    assert len(titles) == len(FindingKind)
