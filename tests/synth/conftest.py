"""The renderer's stage, where there is one: moderngl (extra `train`) and an EGL driver."""

import importlib.util
import os
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

WIDTH_PX, HEIGHT_PX = 320, 180


def _without(sentence: str) -> NoReturn:
    """Skip, or fail where everything is required."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def stage() -> Iterator[Any]:
    if importlib.util.find_spec("moderngl") is None:
        _without("moderngl is not installed: pip install 'hau-sandwatch[dev]'")
    from models.synth.gl import Stage  # noqa: PLC0415 (needs moderngl)

    try:
        made = Stage(WIDTH_PX, HEIGHT_PX, seed=1)
    except Exception as problem:  # noqa: BLE001 (the driver raises plain Exception)
        _without(f"no OpenGL without a window here ({problem}): apt install libegl1 libgl1-mesa-dri")
    yield made
    made.context.release()
