"""What goes into training is valid, counted once, and never torn apart between training and test."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from detector.shards import HEIGHT, WIDTH, box, picture, random_scenes, scene, shards, yolo

from agent.errors import SettingsError
from models.manifest import LABELS
from models.training.frames import Box, read_frames
from models.training.prepare import REFUSED, Sources, drawn_split, prepare
from models.training.recipe import Recipe, load_recipe
from models.training.runs import balanced

RECIPE = load_recipe()
BOAT = box("boat", 10, 20, 40, 50)


def refused(out: Path) -> dict[str, str]:
    lines = (out / REFUSED).read_text().splitlines()
    return {Path(item["file"]).name: item["reason"] for item in map(json.loads, lines)}


def test_shards_become_one_folder_with_their_own_splits(tmp_path: Path) -> None:
    folder = shards(tmp_path / "set", random_scenes(16))
    table = prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    assert table["frames"] == {"train": 12, "val": 2, "test": 2}
    assert table["refused"] == 0
    frames = read_frames(tmp_path / "out")
    assert len(frames) == 16
    for frame in frames:
        assert (tmp_path / "out" / "images" / frame.split / frame.file).is_file()
        lines = (tmp_path / "out" / "labels" / frame.split / frame.file).with_suffix(".txt").read_text()
        assert len(lines.splitlines()) == len(frame.boxes)
    assert {frame.group for frame in frames if frame.split == "test"} == {"rendered:f7"}


def test_the_same_sources_give_the_same_digest_and_one_box_changes_it(tmp_path: Path) -> None:
    scenes = random_scenes(8)
    first = prepare(tmp_path / "a", Sources(rendered=(shards(tmp_path / "x" / "set", scenes),)), RECIPE)
    second = prepare(tmp_path / "b", Sources(rendered=(shards(tmp_path / "y" / "set", scenes),)), RECIPE)
    scenes[0]["boxes"] = [BOAT]
    third = prepare(tmp_path / "c", Sources(rendered=(shards(tmp_path / "z" / "set", scenes),)), RECIPE)
    assert first["sha256"] == second["sha256"] != third["sha256"]


def test_boxes_of_which_little_shows_are_left_out(tmp_path: Path) -> None:
    boxes = [BOAT, box("bucket", 60, 60, 70, 70, occluded=0.8), box("person", 80, 60, 90, 70, visible_px=12)]
    folder = shards(tmp_path / "set", [scene("a.png", boxes)])
    prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    (frame,) = read_frames(tmp_path / "out")
    assert frame.boxes == (Box("boat", 10, 20, 40, 50),)


BAD_SCENES: list[tuple[dict[str, Any], str]] = [
    (scene("bad.png", [box("boat", 10, 20, 10, 50)]), "has no area"),
    (scene("bad.png", [box("boat", 10, 20, WIDTH + 5, 50)]), "outside the picture"),
    (scene("bad.png", [box("boat", -3, 20, 40, 50)]), "outside the picture"),
    (scene("bad.png", [box("truck", 10, 20, 40, 50)]), "'truck' is not in dataset.json"),
    (scene("bad.png", [BOAT], split="holiday"), "'holiday' is none of"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_SCENES)
def test_a_scene_that_cannot_be_right_is_refused_with_its_reason(
    tmp_path: Path, bad: dict[str, Any], reason: str
) -> None:
    folder = shards(tmp_path / "set", [scene("good.png", [BOAT]), bad])
    table = prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    assert table["count"] == 1
    assert reason in refused(tmp_path / "out")["bad.png"]


def test_files_that_are_torn_missing_or_unknown_are_refused_each_with_its_reason(tmp_path: Path) -> None:
    folder = shards(tmp_path / "set", [scene(f"{name}.png", [BOAT]) for name in "abcd"])
    shard = folder / "shard-00000"
    (shard / "images" / "a.png").write_bytes(b"torn")
    (shard / "labels" / "b.txt").write_text("")
    (shard / "images" / "c.png").unlink()
    picture(shard / "images" / "stray.png", seed=9)
    with (shard / "scenes.jsonl").open("a") as file:
        file.write('{"file": "e.png"\n')
    prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    reasons = refused(tmp_path / "out")
    assert "is no picture" in reasons["a.png"]
    assert "has 0 boxes, scenes.jsonl 1" in reasons["b.png"]
    assert "cannot be read" in reasons["c.png"]
    assert "stands in no line" in reasons["stray.png"]
    assert "is no scene" in reasons["scenes.jsonl line 5"]
    assert [frame.file for frame in read_frames(tmp_path / "out")] == ["set-shard-00000-d.png"]


def test_a_box_the_renderer_would_not_teach_is_not_taught(tmp_path: Path) -> None:
    """What the dark has swallowed stands in scenes.jsonl alone."""
    folder = shards(tmp_path / "set", [scene("a.png", [BOAT, box("bucket", 60, 60, 70, 70, learned=False)])])
    prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    (frame,) = read_frames(tmp_path / "out")
    assert [each.label for each in frame.boxes] == ["boat"]


def test_a_family_torn_between_splits_is_refused_whole(tmp_path: Path) -> None:
    scenes = [scene("a.png"), scene("b.png", split="test"), scene("c.png", family="f1")]
    prepare(tmp_path / "out", Sources(rendered=(shards(tmp_path / "set", scenes),)), RECIPE)
    assert set(refused(tmp_path / "out")) == {"a.png", "b.png"}
    assert "rendered:f0 is torn between the splits test, train" in refused(tmp_path / "out")["a.png"]


def test_the_same_picture_counts_once_and_stays_in_the_test(tmp_path: Path) -> None:
    folder = shards(
        tmp_path / "set", [scene("a.png", [BOAT]), scene("b.png", [BOAT], family="f7", split="test")]
    )
    images = folder / "shard-00000" / "images"
    (images / "a.png").write_bytes((images / "b.png").read_bytes())
    prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    assert [frame.split for frame in read_frames(tmp_path / "out")] == ["test"]
    assert "is the same picture as" in refused(tmp_path / "out")["a.png"]


def real_yolo(folder: Path, names: str = "barge\nboat\nfuel_pump\n") -> Path:
    (folder).mkdir()
    (folder / "classes.txt").write_text(names)
    for number, day in enumerate(("2026-11-01", "2026-11-02", "2026-11-03")):
        for shot in "ab":
            path = picture(folder / "cai-con" / day / f"{shot}.jpg", seed=10 * number + ord(shot))
            path.with_suffix(".txt").write_text(yolo([BOAT], ["barge", "boat", "fuel_pump"]))
    return folder


def test_real_frames_of_one_site_and_day_stay_together(tmp_path: Path) -> None:
    prepare(tmp_path / "out", Sources(real=(real_yolo(tmp_path / "real"),)), RECIPE)
    frames = read_frames(tmp_path / "out")
    assert len(frames) == 6
    assert len({frame.group for frame in frames}) == 3
    for group in {frame.group for frame in frames}:
        assert len({frame.split for frame in frames if frame.group == group}) == 1
    corners = frames[0].boxes[0]
    assert (corners.x0, corners.y0, corners.x1, corners.y1) == pytest.approx((10, 20, 40, 50))


def test_the_draw_of_splits_keeps_its_shares_and_does_not_move_when_groups_come() -> None:
    splits = [drawn_split(f"real:site:{day}", RECIPE) for day in range(2000)]
    assert splits.count("test") / 2000 == pytest.approx(RECIPE.prepare.test_share, abs=0.03)
    assert splits.count("val") / 2000 == pytest.approx(RECIPE.prepare.val_share, abs=0.03)
    assert drawn_split("real:site:7", RECIPE) == splits[7]


def test_a_folder_for_the_test_goes_there_whole(tmp_path: Path) -> None:
    prepare(tmp_path / "out", Sources(test=(real_yolo(tmp_path / "real"),)), RECIPE)
    assert {frame.split for frame in read_frames(tmp_path / "out")} == {"test"}


def test_a_picture_without_labels_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    folder = real_yolo(tmp_path / "real")
    picture(folder / "unlabelled.jpg", seed=77)
    picture(folder / "empty.jpg", seed=78).with_suffix(".txt").write_text("\n")
    prepare(tmp_path / "out", Sources(real=(folder,)), RECIPE)
    assert "has no label file" in refused(tmp_path / "out")["unlabelled.jpg"]
    assert [frame.boxes for frame in read_frames(tmp_path / "out") if "empty" in frame.file] == [()]


def test_a_name_that_is_none_of_ours_must_be_renamed_or_left_out_on_purpose(tmp_path: Path) -> None:
    folder = real_yolo(tmp_path / "real")
    extra = picture(folder / "pump.jpg", seed=79)
    extra.with_suffix(".txt").write_text("2 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.2 0.2\n")
    prepare(tmp_path / "out", Sources(real=(folder,)), RECIPE)
    assert "'fuel_pump' is none of ours" in refused(tmp_path / "out")["pump.jpg"]
    prepare(tmp_path / "again", Sources(real=(folder,)), renaming(fuel_pump=""))
    assert [
        [one.label for one in frame.boxes]
        for frame in read_frames(tmp_path / "again")
        if "pump" in frame.file
    ] == [["boat"]]


def renaming(**names: str) -> Recipe:
    return replace(RECIPE, prepare=RECIPE.prepare.model_copy(update={"rename": names}))


@pytest.mark.parametrize(
    "line", ["7 0.5 0.5 0.1 0.1", "1 0.5 0.5 0.1", "-1 0.5 0.5 0.1 0.1", "x 0.5 0.5 0.1 0.1"]
)
def test_a_line_that_is_no_box_refuses_its_picture(tmp_path: Path, line: str) -> None:
    folder = real_yolo(tmp_path / "real")
    (folder / "cai-con" / "2026-11-01" / "a.txt").write_text(line + "\n")
    prepare(tmp_path / "out", Sources(real=(folder,)), RECIPE)
    assert "line 1 is no box of 3 classes" in refused(tmp_path / "out")["a.txt"]


def coco(folder: Path, annotations: list[dict[str, Any]]) -> Path:
    """As CVAT exports it: annotations/instances_default.json beside images/."""
    picture(folder / "images" / "day" / "a.jpg", seed=1)
    picture(folder / "images" / "day" / "b.jpg", seed=2)
    (folder / "annotations").mkdir()
    table = {
        "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "excavator"}],
        "images": [{"id": 5, "file_name": "day/a.jpg"}, {"id": 6, "file_name": "day/b.jpg"}],
        "annotations": annotations,
    }
    (folder / "annotations" / "instances_default.json").write_text(json.dumps(table))
    return folder


def test_coco_boxes_are_corner_and_size_and_names_are_renamed(tmp_path: Path) -> None:
    items = [
        {"id": 1, "image_id": 5, "category_id": 1, "bbox": [10, 20, 30, 40]},
        {"id": 2, "image_id": 5, "category_id": 2, "bbox": [50, 20, 10, 10]},
    ]
    prepare(tmp_path / "out", Sources(test=(coco(tmp_path / "cvat", items),)), RECIPE)
    first, second = sorted(read_frames(tmp_path / "out"), key=lambda frame: frame.file)
    assert first.boxes == (Box("boat", 10, 20, 40, 60), Box("excavator", 50, 20, 60, 30))
    assert second.boxes == ()
    assert first.group == "real:cvat:day"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"image_id": 5, "category_id": 9, "bbox": [1, 2, 3, 4]}, "is no box"),
        ({"image_id": 5, "category_id": 1, "bbox": [1, 2, 3]}, "is no box"),
        ({"image_id": 5, "category_id": 1, "bbox": [1, 2, WIDTH, HEIGHT]}, "outside the picture"),
        (
            {"image_id": 5, "category_id": 1, "bbox": [1, 2, 30, 40], "iscrowd": 1, "id": 4},
            "annotation 4 is a crowd",
        ),
    ],
)
def test_an_annotation_that_is_no_box_refuses_its_picture(
    tmp_path: Path, item: dict[str, Any], reason: str
) -> None:
    prepare(tmp_path / "out", Sources(real=(coco(tmp_path / "cvat", [item]),)), RECIPE)
    assert reason in refused(tmp_path / "out")["a.jpg"]


def test_a_folder_with_nothing_usable_is_refused_with_the_reasons(tmp_path: Path) -> None:
    picture(tmp_path / "real" / "a.jpg")
    with pytest.raises(SettingsError, match="neither COCO JSON nor class names"):
        prepare(tmp_path / "out", Sources(real=(tmp_path / "real",)), RECIPE)
    assert not (tmp_path / "out" / "frames.jsonl").exists()


def test_a_prepared_folder_is_not_written_over(tmp_path: Path) -> None:
    folder = shards(tmp_path / "set", [scene("a.png", [BOAT])])
    prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)
    with pytest.raises(SettingsError, match="is prepared already"):
        prepare(tmp_path / "out", Sources(rendered=(folder,)), RECIPE)


@pytest.mark.parametrize(
    ("rendered", "real", "share", "repeats"),
    [
        (1000, 0, 0.5, (1, 1)),
        (0, 300, 0.5, (1, 1)),
        (1000, 250, 0.5, (1, 4)),
        (100, 400, 0.5, (4, 1)),
        (100, 100, 0.25, (3, 1)),
    ],
)
def test_the_rarer_kind_of_frame_is_repeated(
    rendered: int, real: int, share: float, repeats: tuple[int, int]
) -> None:
    assert balanced(rendered, real, share) == repeats


def test_every_mistake_in_a_recipe_is_reported(tmp_path: Path) -> None:
    text = re.sub(r"epochs = \d+", "epochs = 0", RECIPE.text).replace("width_px = 384", "width_px = 300")
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"2 mistake"):
        load_recipe(tmp_path / "recipe.toml")


def test_the_recipe_s_labels_are_the_device_s() -> None:
    assert RECIPE.labels == LABELS
