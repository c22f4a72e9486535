"""Stills from families: boxes against rendered pixels, weather that shows, the same seed giving the same bytes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.synth import conditions, faults
from models.synth.conditions import CONDITIONS, Condition
from models.synth.families import FAMILIES, Yard, repainted, split_of
from models.synth.frame import Lamp
from models.synth.labels import Label, boxes, numbered
from models.synth.machines import excavator
from models.synth.paint import SAND, Paint
from models.synth.scenes import stills
from models.synth.scenes.stills import Still
from models.synth.shapes import box, join


@pytest.fixture(scope="module")
def yard() -> Yard:
    return Yard(0)


def first(yard: Yard, **wanted: str) -> Still:
    """The still of the lowest seed whose `view` and `condition` are as wanted."""
    drawn = (stills.drawn(yard, seed) for seed in range(200))
    return next(s for s in drawn if all(getattr(s, key) == value for key, value in wanted.items()))


def test_boxes_of_every_label_touch_their_visible_pixels_on_all_sides(stage: Any, yard: Yard) -> None:
    lacking = {
        "grab_crane",
        "excavator",
        "suction_dredger",
        "bucket",
        "discharge",
        "sand_load",
        "barge",
        "boat",
        "person",
    }
    for seed in range(60):
        frame = stills.drawn(yard, seed).frame
        number_of = numbered(frame)
        if not lacking & {label for _, label in number_of}:
            continue
        seen = stage.numbers(frame, number_of)
        for found in boxes(frame, stage):
            mask = seen == number_of[(found.body, found.label)]
            rows, columns = np.nonzero(mask)
            extent = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert (found.x0, found.y0, found.x1, found.y1) == extent
            assert found.visible_px == mask.sum()
            assert 0.0 < found.visible_share <= 1.0
            lacking.discard(found.label)
        if not lacking:
            return
    pytest.fail(f"no still of 60 shows {sorted(lacking)}")


def test_a_laden_hold_does_not_hide_its_own_barge(stage: Any, yard: Yard) -> None:
    for seed in range(80):
        frame = stills.drawn(yard, seed).frame
        found = {(label.body, label.label): label for label in boxes(frame, stage)}
        for (body, label), sand in found.items():
            hull = found.get((body, "barge"))
            if label == "sand_load" and hull is not None and sand.visible_px > 3 * hull.visible_px > 900:
                assert hull.visible_share > 0.25
                return
    pytest.fail("no still of 80 looks into a laden hold")


def test_every_condition_is_drawn_and_changes_the_picture(stage: Any, yard: Yard) -> None:
    still = first(yard, view="onboard", condition="day")
    pictures: dict[Condition, np.ndarray] = {}
    for condition in CONDITIONS:
        air = conditions.air(condition, np.random.default_rng(5))
        frame = replace(still.frame, light=air.light, lamps=())
        worn = faults.drawn(condition, np.random.default_rng(6), width_px=320)
        pictures[condition] = faults.spoilt(worn, stage.picture(frame), np.random.default_rng(7)).astype(int)
    for one in CONDITIONS:
        for other in CONDITIONS[: CONDITIONS.index(one)]:
            assert np.abs(pictures[one] - pictures[other]).mean() > 8, (one, other)
    assert min(pictures["day"].mean(), pictures["dusk"].mean()) > pictures["night"].mean() + 20
    assert np.ptp(pictures["ir"], axis=2).max() <= 2
    hazy, clear = (conditions.air(name, np.random.default_rng(5)).light for name in ("haze", "day"))
    assert hazy.haze_per_m > 1.5 * clear.haze_per_m


def test_a_lamp_lights_what_is_in_its_beam_and_nothing_behind_it(stage: Any, yard: Yard) -> None:
    still = first(yard, view="onboard", condition="night")
    eye = still.frame.camera.place
    at, ahead = tuple(eye[:3, 3].tolist()), eye[:3, 0]
    dark = replace(still.frame, lamps=())
    onward = replace(dark, lamps=(Lamp(at, tuple(ahead.tolist()), 90.0, (60.0, 60.0, 60.0)),))
    backward = replace(dark, lamps=(Lamp(at, tuple((-ahead).tolist()), 90.0, (60.0, 60.0, 60.0)),))
    unlit = stage.picture(dark).astype(int)
    assert stage.picture(onward).mean() > unlit.mean() + 10
    assert np.abs(stage.picture(backward) - unlit).max() <= 1


def test_the_near_lamp_leaves_no_single_bright_pixels_on_the_water(stage: Any, yard: Yard) -> None:
    still = first(yard, condition="ir")
    grey = stage.picture(still.frame).astype(int).mean(axis=2)
    middle = grey[1:-1, 1:-1]
    around = (grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]) / 4
    assert (middle - around > 90).mean() < 0.004


@pytest.mark.parametrize(
    "fault",
    [
        faults.Faults(rain=0.8),
        faults.Faults(drops=12),
        faults.Faults(insects=20),
        faults.Faults(beam=0.7),
        faults.Faults(shake_px=5.0),
        faults.Faults(mono=True),
        faults.Faults(coded=1.0),
    ],
)
def test_each_fault_changes_the_picture_and_keeps_its_size(
    stage: Any, yard: Yard, fault: faults.Faults
) -> None:
    clean = stage.picture(first(yard, condition="day").frame)
    plain = faults.spoilt(faults.Faults(), clean, np.random.default_rng(1))
    worn = faults.spoilt(fault, clean, np.random.default_rng(1))
    assert worn.shape == clean.shape
    assert worn.dtype == np.uint8
    assert np.abs(worn.astype(int) - plain).mean() > 0.3


def test_the_same_seed_and_family_give_the_same_bytes_and_another_seed_others(stage: Any, yard: Yard) -> None:
    from models.synth.labelled import labelled  # noqa: PLC0415 (needs moderngl)

    one, again, other = (labelled(stage, made, seed) for made, seed in ((yard, 9), (Yard(0), 9), (yard, 10)))
    assert one.jpeg == again.jpeg
    assert one.labels == again.labels
    assert one.jpeg != other.jpeg


def test_what_the_dark_has_swallowed_is_not_to_be_learned() -> None:
    from models.synth import labelled  # noqa: PLC0415 (needs moderngl)

    label = Label("a", "boat", 20, 20, 60, 50, 900, 1.0)
    black = np.full((80, 100), 12, np.uint8)
    lit = black.copy()
    lit[20:50, 20:60] = 60
    assert labelled.contrast(black, label) < labelled.LEAST_CONTRAST < labelled.contrast(lit, label)


def test_splits_part_the_families_and_each_has_some() -> None:
    of = {family: split_of(family) for family in range(FAMILIES)}
    assert set(of.values()) == {"train", "val", "test"}
    assert sum(split == "train" for split in of.values()) == 30


def test_no_two_families_share_a_shape_or_a_palette() -> None:
    yards = [Yard(family) for family in (0, 3, 6)]
    shapes = [yard.excavator(0)[1] for yard in yards]
    assert len(set(shapes)) == 3
    hulls = [yard.deck_barge(0).body.parts[0].mesh for yard in yards]
    assert len({mesh.position.tobytes() for mesh in hulls}) == 3
    assert len({mesh.colour.tobytes() for mesh in hulls}) == 3


def test_repainting_leaves_sand_and_wood_as_they_are() -> None:
    steel, sand = Paint(40, 90, 160, gloss=0.35), SAND
    mesh = join([box((1, 1, 1), (0, 0, 0), steel), box((1, 1, 1), (2, 0, 0), sand)])
    turned = repainted(mesh, 20.0, 1.0)
    half = len(mesh.colour) // 2
    assert not np.array_equal(turned.colour[:half], mesh.colour[:half])
    assert np.array_equal(turned.colour[half:], mesh.colour[half:])


def test_harbour_cranes_and_bridges_carry_no_label(yard: Yard) -> None:
    for body in (yard.quay(0), yard.quay(1), yard.bridge(), yard.mark(0)):
        assert all(part.label is None for part in body.parts)


def test_a_bucket_lowered_over_the_side_reaches_below_the_deck_the_tracks_stand_on(yard: Yard) -> None:
    _, made = yard.excavator(0)
    digging = excavator.lip(made, excavator.Stance(90.0, -10.0, -70.0, 0.0))
    lifted = excavator.lip(made, excavator.Stance(90.0, 50.0, -80.0, 0.0))
    assert digging[2] < 0.0 < lifted[2]
    assert abs(digging[1]) > made.track_m / 2


def test_a_crane_with_a_hook_on_a_pontoon_is_a_barge_and_no_gear(yard: Yard) -> None:
    assert {part.label for part in yard.hook_crane(0).parts} == {"barge", None}


@pytest.mark.parametrize("kind", ["hulls", "harbour"])
def test_the_kinds_without_gear_show_none_at_all(yard: Yard, kind: stills.Scenes) -> None:
    gear = {"grab_crane", "excavator", "suction_dredger", "bucket", "discharge"}
    shown: set[str] = set()
    for seed in range(30):
        still = stills.drawn(yard, seed, kind)
        labels: set[str] = {label for _, label in numbered(still.frame)}
        assert still.view == "offboard"
        assert not labels & gear
        shown |= labels
    assert {"barge", "boat"} <= shown
