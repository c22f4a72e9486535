"""What a test cannot do without and this machine lacks: a skip that says so, a failure where all is required."""

import os
from typing import NoReturn

import pytest

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


def lacking(sentence: str) -> NoReturn:
    """Skip the test with `sentence`, which says what to install; fail it with REQUIRE_ALL=1."""
    if REQUIRE_ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)
