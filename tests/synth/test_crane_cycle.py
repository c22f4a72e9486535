"""The crane's working cycle, without drawing anything."""

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest

from models.synth.cycle import ORDER, Phase, Site, Spell, parked
from models.synth.machines import barge, bucket, grab_crane, pontoon
from models.synth.matrices import chain, moved, shift

SPELL = Spell(100.0, 900.0, seed=5)


def sampled(step_s: float = 0.25) -> list[tuple[float, Phase]]:
    return [(float(at), SPELL.phase(float(at))) for at in np.arange(100.0, 900.0, step_s)]


def test_phases_follow_one_another_in_the_order_of_the_work() -> None:
    changes = [phase for phase, _ in itertools.groupby(phase for _, phase in sampled())]
    assert changes[0] is Phase.REST
    assert changes[-1] is Phase.REST
    assert changes[1:-1] == list(ORDER) * len(SPELL.cycles)


def test_a_spell_of_thirteen_minutes_holds_about_twelve_cycles() -> None:
    assert 9 <= len(SPELL.cycles) <= 15


def test_cycles_lie_end_to_end_and_within_the_spell() -> None:
    ends = [cycle.ends_s[-1] for cycle in SPELL.cycles]
    starts = [cycle.start_s for cycle in SPELL.cycles]
    assert starts[0] == pytest.approx(100.0 + Site().out_s)
    assert starts[1:] == pytest.approx(ends[:-1])
    assert ends[-1] + Site().out_s <= 900.0


def test_phase_times_scatter_around_their_medians() -> None:
    spans = np.array(
        [np.diff([cycle.start_s, *cycle.ends_s]) for cycle in Spell(0.0, 20_000.0, seed=1).cycles]
    )
    assert np.median(spans[:, :4], axis=0) == pytest.approx(Site().phase_s[:4], rel=0.1)
    assert (spans.std(axis=0) > 0.05 * np.array(Site().phase_s)).all()


def test_the_grab_is_under_water_while_it_digs() -> None:
    digging = [SPELL.pose(at) for at, phase in sampled() if phase is Phase.DIG]
    assert digging
    assert max(pose.grab_m for pose in digging) < -5.0


def test_the_grab_stands_over_the_hold_of_the_barge_alongside_when_it_dumps() -> None:
    from models.synth.scenes.onboard import BERTH  # noqa: PLC0415 (kept beside its use)

    stands = shift(pontoon.CRANE_X, 0.0, 0.0)
    dumping = [SPELL.pose(at) for at, phase in sampled() if phase is Phase.DUMP]
    assert dumping
    for pose in dumping:
        x, y, _ = moved(chain(stands), grab_crane.tip_of(pose))
        assert barge.HOLD[0] < x - BERTH[0] < barge.HOLD[1]
        assert abs(y - BERTH[1]) < barge.HOLD[2]
        assert pose.grab_m > barge.LIGHT_DECK_M + barge.COAMING_M


def test_the_grab_digs_in_open_water_beside_the_pontoon() -> None:
    for at, phase in sampled():
        if phase is Phase.DIG:
            _, y, _ = grab_crane.tip_of(SPELL.pose(at))
            assert y > pontoon.BEAM_M / 2 + 1.0


def test_a_loaded_grab_is_shut_until_it_dumps() -> None:
    for at, phase in sampled():
        if phase in (Phase.HOIST, Phase.SWING):
            pose = SPELL.pose(at)
            assert pose.open_share == 0.0
            assert pose.load_share >= 0.7


def test_pose_never_jumps() -> None:
    poses = [SPELL.pose(float(at)) for at in np.arange(95.0, 905.0, 0.25)]
    for before, after in itertools.pairwise(poses):
        assert abs(after.slew_deg - before.slew_deg) < 6.0
        assert abs(after.grab_m - before.grab_m) < 0.8
        assert abs(after.open_share - before.open_share) < 0.2


def test_loads_only_grow_and_end_with_one_per_cycle() -> None:
    loads = [SPELL.loads(at) for at, _ in sampled()]
    assert loads == sorted(loads)
    assert SPELL.loads(900.0) == pytest.approx(sum(cycle.fill for cycle in SPELL.cycles))


def test_a_spell_too_short_for_a_cycle_leaves_the_crane_parked() -> None:
    short = Spell(0.0, 40.0, seed=1)
    assert short.cycles == ()
    assert short.pose(20.0) == parked()


def test_the_same_seed_gives_the_same_work() -> None:
    assert Spell(100.0, 900.0, seed=5).cycles == SPELL.cycles
    assert Spell(100.0, 900.0, seed=6).cycles != SPELL.cycles


def test_arms_of_the_grab_keep_their_length_while_it_opens() -> None:
    for share in np.linspace(0.0, 1.0, 11):
        placed = bucket.pose(float(share), 0.0, fall_m=1.0, dripping=False, pouring=False)
        arm = placed["grab.arm.left"]
        assert arm is not None
        assert float(np.linalg.norm(arm[:3, 2])) == pytest.approx(bucket.ARM_M)


def test_jaws_meet_in_the_middle_when_shut_and_part_when_open() -> None:
    def lips(share: float) -> float:
        left = bucket.pose(share, 0.0, fall_m=1.0, dripping=False, pouring=False)["grab.left"]
        assert left is not None
        return moved(left, (0.0, 0.0, -bucket.JAW_M))[1]

    assert lips(0.0) == pytest.approx(0.0)
    assert lips(1.0) > 0.8


def test_the_sun_sets_over_tan_loc_when_the_almanac_says() -> None:
    from models.synth.sun import stands  # noqa: PLC0415 (kept beside its use)

    # 20 November 2026 at 10.26 N 105.58 E: sunset 17:29 local time with refraction, centre on the horizon about 17:26.
    evening = stands(datetime(2026, 11, 20, 10, 26, tzinfo=UTC), 10.26, 105.58)
    assert abs(evening.elevation_deg) < 0.6
    assert 248.0 < evening.azimuth_deg < 252.0
    noon = stands(datetime(2026, 11, 20, 4, 43, tzinfo=UTC), 10.26, 105.58)
    assert noon.elevation_deg == pytest.approx(90.0 - 10.26 - 19.7, abs=0.5)
