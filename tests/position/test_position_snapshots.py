"""A stage that was stopped and taken up again goes on as if nothing had happened, to the last bit."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import StoreError
from agent.position.track import Track, TrackLog
from agent.position.trust import Trust
from agent.types import Activity, ActivityKind, ClockQuality, Fix, FixQuality, Stamp
from position.voyage_builders import HERE, SECOND

maybe_metres = st.one_of(st.none(), st.floats(0.1, 80.0))
steps = st.fixed_dictionaries(
    {
        "dt_s": st.sampled_from([0.1, 0.1, 1.0, 1.0, 7.3, 61.0, 400.0]),
        "east": st.floats(-60.0, 60.0),
        "north": st.floats(-60.0, 60.0),
        "has_position": st.sampled_from([True, True, True, False]),
        "sog_kn": st.one_of(st.none(), st.floats(0.0, 6.0)),
        "error_m": maybe_metres,
        "utc_us": st.one_of(st.none(), st.integers(-1_500_000, 1_500_000)),
        "kind": st.sampled_from(ActivityKind),
        "datum": st.sampled_from(["W84", "W84", "I75"]),
    }
)


def voyage_of(rows: list[dict[str, Any]]) -> list[tuple[Fix, Activity]]:
    mono_ns = 10**18  # beyond 2^53: what a JSON number would lose
    fixes = []
    for row in rows:
        mono_ns += int(row["dt_s"] * SECOND)
        lat, lon = HERE.degrees(row["east"], row["north"]) if row["has_position"] else (None, None)
        utc = None
        if row["utc_us"] is not None:
            utc = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(
                microseconds=(mono_ns - 10**18) // 1000 + row["utc_us"]
            )
        fixes.append(
            (
                Fix(
                    mono_ns,
                    utc,
                    lat,
                    lon,
                    FixQuality.GNSS,
                    sog_kn=row["sog_kn"],
                    error_m=row["error_m"],
                    datum=row["datum"],
                ),
                Activity(row["kind"], 0, ()),
            )
        )
    return fixes


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, min_size=2, max_size=60), st.data())
def test_stages_of_position_taken_up_again_go_on_bit_for_bit(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    fixes = voyage_of(rows)
    cut = data.draw(st.integers(0, len(fixes) - 1))
    track, log, trust = Track(), TrackLog(), Trust()

    def through(one: Fix, activity: Activity) -> tuple[object, ...]:
        stamp = Stamp(one.mono_ns, one.utc, ClockQuality.GNSS)
        return track.step(one), log.step(one, stamp, activity), trust.step(one)

    for one, activity in fixes[:cut]:
        through(one, activity)
    kept = [json.dumps(stage.snapshot()) for stage in (track, log, trust)]
    straight = [through(*pair) for pair in fixes[cut:]]
    end = [stage.snapshot() for stage in (track, log, trust)]

    track, log, trust = Track(), TrackLog(), Trust()
    track.restore(json.loads(kept[0]))
    log.restore(json.loads(kept[1]))
    trust.restore(json.loads(kept[2]))
    assert [through(*pair) for pair in fixes[cut:]] == straight
    assert [stage.snapshot() for stage in (track, log, trust)] == end


def test_stamps_in_a_snapshot_are_decimal_text() -> None:
    track = Track()
    track.step(voyage_of([{**ROW, "dt_s": 1.0}])[0][0])
    state = track.snapshot()
    assert isinstance(state, dict)
    assert isinstance(state["fix"], dict)
    assert state["fix"]["mono_ns"] == "1000000001000000000"


def test_state_that_is_not_of_this_stage_is_refused_in_a_sentence() -> None:
    with pytest.raises(StoreError, match=r"the kept state of agent\.position\.track does not fit"):
        Track().restore({"fix": "somewhere"})


ROW = {
    "east": 0.0,
    "north": 0.0,
    "has_position": True,
    "sog_kn": None,
    "error_m": None,
    "utc_us": None,
    "kind": ActivityKind.UNKNOWN,
    "datum": "W84",
}
