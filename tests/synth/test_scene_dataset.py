"""The data set's files: what the contract promises, and that an interruption leaves no trace."""

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from models.synth.families import split_of


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def built(stage: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures in two shards; `stage` is asked for only to skip where there is no OpenGL."""
    from models.synth import dataset  # noqa: PLC0415 (needs moderngl)

    assert stage.renderer
    folder = tmp_path_factory.mktemp("whole") / "set"
    dataset.build(folder, dataset.Plan(4, 5, width_px=192, height_px=108, shard=2))
    return folder


def test_every_picture_has_its_labels_and_its_scene(built: Path) -> None:
    about = json.loads((built / "dataset.json").read_text())
    assert about["labels"][0] == "grab_crane"
    assert about["labels"][-1] == "person"
    assert about["complete"] is True
    rows = [
        (file.parent, json.loads(line))
        for file in sorted(built.glob("shard-*/scenes.jsonl"))
        for line in file.read_text().splitlines()
    ]
    assert len(rows) == about["count"] == 4
    for shard, row in rows:
        picture = cv2.imread(str(shard / row["file"]))
        assert picture is not None
        assert picture.shape == (108, 192, 3)
        assert row["split"] == split_of(row["family"])
        lines = (
            (shard / row["file"].replace("images", "labels").replace(".jpg", ".txt")).read_text().splitlines()
        )
        learned = [box for box in row["boxes"] if box["learned"]]
        assert len(lines) == len(learned)
        for line, box in zip(lines, learned, strict=True):
            number, x, y, wide, tall = (float(word) for word in line.split())
            assert about["labels"][int(number)] == box["label"]
            assert abs((x - wide / 2) * 192 - box["x0"]) < 0.01
            assert abs((y + tall / 2) * 108 - box["y1"]) < 0.01
            assert 0.0 <= box["occluded"] <= 0.75
            assert box["visible_px"] >= 30


def test_an_interrupted_build_ends_with_the_same_files(stage: Any, built: Path, tmp_path: Path) -> None:
    from models.synth import dataset  # noqa: PLC0415 (needs moderngl)

    assert stage.renderer
    plan = dataset.Plan(4, 5, width_px=192, height_px=108, shard=2)
    folder = tmp_path / "set"
    dataset.build(folder, plan)
    whole = contents(folder)
    (folder / "shard-00001").rename(folder / "shard-00001.part")  # as if it had stopped just before its end
    (folder / "shard-00001.part" / "scenes.jsonl").unlink()
    (folder / "shard-00001.part" / "images" / "torn.jpg").write_bytes(b"half a picture")
    dataset.build(folder, plan)
    assert contents(folder) == whole == contents(built)


def test_a_folder_with_another_seed_is_refused(stage: Any, built: Path) -> None:
    from models.synth import dataset  # noqa: PLC0415 (needs moderngl)

    assert stage.renderer
    with pytest.raises(ValueError, match="seed 5, asked for is 6"):
        dataset.build(built, dataset.Plan(4, 6, width_px=192, height_px=108, shard=2))


def test_no_family_stands_in_two_splits_and_every_picture_in_one_shard(stage: Any) -> None:
    from models.synth import dataset  # noqa: PLC0415 (needs moderngl)

    assert stage.renderer
    plan = dataset.Plan(6000, 1)
    numbers = [number for shard in range(plan.shards) for number in plan.pictures(shard)]
    assert numbers == list(range(6000))
    share: dict[str, int] = {"train": 0, "val": 0, "test": 0}
    families: dict[str, set[int]] = {split: set() for split in share}
    for shard in range(plan.shards):
        split = split_of(plan.family(shard))
        share[split] += len(plan.pictures(shard))
        families[split].add(plan.family(shard))
    assert not families["train"] & families["test"]
    assert not families["train"] & families["val"]
    assert min(share.values()) > 500


def test_no_picture_at_all_is_refused(stage: Any) -> None:
    from models.synth import dataset  # noqa: PLC0415 (needs moderngl)

    assert stage.renderer
    with pytest.raises(ValueError, match="at least one picture"):
        dataset.Plan(0, 1)
