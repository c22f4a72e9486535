"""The renderer's stage, where there is one: moderngl (extra `train`) and an EGL driver."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from lacking import lacking

WIDTH_PX, HEIGHT_PX = 320, 180


@pytest.fixture(scope="session")
def stage() -> Iterator[Any]:
    if importlib.util.find_spec("moderngl") is None:
        lacking("moderngl is not installed: pip install 'hau-sandwatch[dev]'")
    from models.synth.gl import Stage  # noqa: PLC0415 (needs moderngl)

    try:
        made = Stage(WIDTH_PX, HEIGHT_PX, seed=1)
    except Exception as problem:  # noqa: BLE001 (the driver raises plain Exception)
        lacking(f"no OpenGL without a window here ({problem}): apt install libegl1 libgl1-mesa-dri")
    yield made
    made.context.release()
