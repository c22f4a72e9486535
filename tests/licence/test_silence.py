"""Silence: positions lost or suspect, cameras that do not see."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.event.phrases import reason_text
from agent.licence.silence import Silence
from agent.types import (
    Finding,
    FindingKind,
    Fix,
    FixQuality,
    Happening,
    Health,
    Observation,
    Reason,
    SourceState,
    Verdict,
)

SECOND = 1_000_000_000
JUMP = Reason("position_jump", {"distance_m": 900.0, "seconds": 1.0})


def fix(at: float) -> Fix:
    return Fix(int(at * SECOND), None, 10.262, 105.575, FixQuality.GNSS)


def lost(at: float) -> Fix:
    return Fix(int(at * SECOND), None, None, None, FixQuality.NONE)


def state(at: float, source: str, health: Health) -> SourceState:
    return SourceState(int(at * SECOND), source, health, "no frame for 10 s")


def picture(at: float) -> Observation:
    return Observation(int(at * SECOND), "deck", 1280, 720, 90.0, 200.0)


def position(silence: Silence, at: float) -> tuple[Finding, ...]:
    return dict(silence.findings(int(at * SECOND)))[Happening.POSITION]


def sight(silence: Silence, at: float) -> tuple[Finding, ...]:
    return dict(silence.findings(int(at * SECOND)))[Happening.SIGHT]


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [reason.code for finding in findings for reason in finding.because]


def running(until: int = 100) -> Silence:
    silence = Silence()
    for at in range(until + 1):
        silence.heard(fix(at), ())
    return silence


def test_both_happenings_are_answered_every_time() -> None:
    assert Silence().findings(0) == ((Happening.POSITION, ()), (Happening.SIGHT, ()))


def test_receiver_that_sends_nothing_is_silent_after_thirty_seconds_and_says_where_it_was() -> None:
    silence = running()
    assert position(silence, 130) == ()
    (finding,) = position(silence, 131)
    assert (finding.kind, finding.verdict) == (FindingKind.POSITION_LOST, Verdict.UNDETERMINED)
    assert (finding.value, finding.unit) == (31.0, "s")
    assert finding.because == (
        Reason("receiver_silent", {"seconds": 31}),
        Reason("last_seen", {"lat_deg": 10.262, "lon_deg": 105.575}),
    )


def test_receiver_without_a_position_is_lost_after_a_minute() -> None:
    silence = running()
    for at in range(101, 162):
        silence.heard(lost(at), ())
    assert position(silence, 160) == ()
    assert codes(position(silence, 161)) == ["fix_lost_for", "last_seen"]
    silence.heard(fix(162), ())
    assert position(silence, 162) == ()


def test_receiver_never_heard_has_five_minutes_from_the_start() -> None:
    silence = Silence()
    assert position(silence, 10) == ()  # the start
    assert position(silence, 310) == ()
    assert codes(position(silence, 311)) == ["receiver_silent"]


def test_cold_receiver_has_five_minutes_to_its_first_position() -> None:
    silence = Silence()
    for at in range(302):
        silence.heard(lost(at), ())
    assert position(silence, 300) == ()
    assert codes(position(silence, 301)) == ["fix_lost_for"]


def test_end_of_a_replayed_log_is_no_loss() -> None:
    silence = running()
    silence.step(state(100, "gnss", Health.ENDED))
    assert position(silence, 9999) == ()


def test_failed_receiver_is_a_loss_like_any_silence() -> None:
    silence = running()
    silence.step(state(101, "gnss", Health.FAILED))
    assert codes(position(silence, 131)) == ["receiver_silent", "last_seen"]


def test_position_is_suspect_when_the_doubt_has_lasted_ten_seconds() -> None:
    silence = running()
    for at in range(101, 111):
        silence.heard(fix(at), (JUMP,))
        assert position(silence, at) == ()
    silence.heard(fix(111), (JUMP,))
    (finding,) = position(silence, 111)
    assert (finding.kind, finding.verdict) == (FindingKind.POSITION_SUSPECT, Verdict.UNDETERMINED)
    assert finding.because == (JUMP,)
    silence.heard(fix(112), ())
    assert position(silence, 112) == ()


def test_suspect_position_that_falls_silent_is_lost_and_no_longer_suspect() -> None:
    silence = running()
    for at in range(101, 121):
        silence.heard(fix(at), (JUMP,))
    assert [finding.kind for finding in position(silence, 150)] == [FindingKind.POSITION_SUSPECT]
    assert [finding.kind for finding in position(silence, 151)] == [FindingKind.POSITION_LOST]


@pytest.mark.parametrize("health", [Health.SILENT, Health.RECOVERING, Health.FAILED])
@pytest.mark.parametrize("source", ["camera:deck", "eyes"])
def test_camera_or_eyes_out_for_a_minute_are_lost(source: str, health: Health) -> None:
    silence = running()
    silence.step(state(100, source, health))
    assert sight(silence, 160) == ()
    (finding,) = sight(silence, 161)
    assert (finding.kind, finding.verdict) == (FindingKind.CAMERA_LOST, Verdict.UNDETERMINED)
    values = {"camera": source.removeprefix("camera:"), "state": health.value, "reason": "no frame for 10 s"}
    assert finding.because == (Reason("camera_state", values),)
    assert "no frame" in reason_text(finding.because[0], "vi")


def test_camera_that_goes_from_silent_to_failed_to_recovering_is_lost_since_the_first() -> None:
    silence = running()
    for at, health in ((100, Health.SILENT), (120, Health.FAILED), (150, Health.RECOVERING)):
        silence.step(state(at, "camera:deck", health))
    (finding,) = sight(silence, 161)
    assert finding.value == 61.0
    assert finding.because[0].values["state"] == "recovering"


@pytest.mark.parametrize("health", [Health.HEALTHY, Health.ENDED])
def test_camera_that_came_back_or_film_that_ended_is_no_loss(health: Health) -> None:
    silence = running()
    silence.step(state(100, "camera:deck", Health.SILENT))
    silence.step(state(200, "camera:deck", health))
    assert sight(silence, 9999) == ()


def test_a_picture_proves_that_the_camera_and_the_eyes_see() -> None:
    silence = running()
    silence.step(state(100, "camera:deck", Health.SILENT))
    silence.step(state(100, "camera:bow", Health.SILENT))
    silence.step(state(100, "eyes", Health.FAILED))
    silence.saw(picture(150))
    assert [reason.values["camera"] for reason in sight(silence, 200)[0].because] == ["bow"]


def test_two_lost_cameras_are_one_finding_with_two_reasons() -> None:
    silence = running()
    silence.step(state(100, "camera:deck", Health.SILENT))
    silence.step(state(110, "camera:bow", Health.SILENT))
    (finding,) = sight(silence, 500)
    assert [reason.values["camera"] for reason in finding.because] == ["bow", "deck"]
    assert finding.value == 400.0


happenings = st.lists(
    st.tuples(
        st.sampled_from(["fix", "lost", "suspect", "state", "picture", "tick"]),
        st.sampled_from([0.1, 1.0, 15.0, 61.0, 400.0]),
        st.sampled_from(["gnss", "eyes", "camera:deck", "camera:bow"]),
        st.sampled_from(Health),
    ),
    min_size=1,
    max_size=50,
)


@settings(max_examples=200, deadline=None)
@given(happenings, st.data())
def test_silence_taken_up_again_goes_on_bit_for_bit(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(rows) - 1))
    stamps = [10**9]
    for row in rows:
        stamps.append(stamps[-1] + int(row[1] * SECOND))

    def through(silence: Silence, row: tuple[Any, ...], mono_ns: int) -> object:
        kind, _, source, health = row
        at = mono_ns / SECOND
        if kind == "fix":
            silence.heard(fix(at), ())
        elif kind == "suspect":
            silence.heard(fix(at), (JUMP,))
        elif kind == "lost":
            silence.heard(lost(at), ())
        elif kind == "state":
            silence.step(state(at, source, health))
        elif kind == "picture":
            silence.saw(picture(at))
        return silence.findings(mono_ns)

    steps = list(zip(rows, stamps, strict=False))
    silence = Silence()
    for row, mono_ns in steps[:cut]:
        through(silence, row, mono_ns)
    kept = json.dumps(silence.snapshot())
    straight = [through(silence, *step) for step in steps[cut:]]
    again = Silence()
    again.restore(json.loads(kept))
    assert [through(again, *step) for step in steps[cut:]] == straight
    assert again.snapshot() == silence.snapshot()
