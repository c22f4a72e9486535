"""The work of an event in the words of its page."""

from agent.types import ActivityKind, Work, WorkSpan
from station.words import Words
from station.work import brief, work_view

WORK = Work(
    42, 2520.0, 53.6, 10.4, 44.6, 9.5, 1.2,
    (WorkSpan(ActivityKind.MACHINE_WORKING, 0.0, 120.0), WorkSpan(ActivityKind.DREDGING, 120.0, 2640.0)),
    (60.0, 1320.0),
)  # fmt: skip


def test_list_says_buckets_cubic_metres_with_their_error_and_hours() -> None:
    assert brief(WORK, Words("en")) == "42 buckets, 54 ± 10 m³, 42 min"
    assert brief(WORK, Words("vi")) == "42 gàu, 54 ± 10 m³, 42 phút"
    assert brief(None, Words("en")) == ""


def test_volume_in_place_says_its_swell_and_the_strip_covers_the_event() -> None:
    view = work_view(WORK, Words("en"))
    assert view is not None
    assert view.in_place is not None
    assert view.in_place.startswith("45 ± ")
    assert "swell 1.2" in view.in_place
    assert [span.style for span in view.spans] == ["machine", "dredging"]
    assert sum(span.width for span in view.spans) > 999
    assert view.beats == (22.7, 500.0)
