"""State of a stage as JSON and back, exactly.

Every stage keeps all that it remembers in one dataclass. Floats go through JSON unharmed (shortest repr),
times keep their microseconds, and every `*mono_ns` is a decimal string, because a JSON number is exact only
to 2^53.
"""

import dataclasses
from collections import deque
from collections.abc import Hashable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from agent.errors import StoreError
from agent.types import Json

S = TypeVar("S")


def state_json(state: Any, name: str = "") -> Json:
    """A state dataclass (or a value inside one, which stood under `name`) as JSON."""
    result: Json
    if isinstance(state, Enum):
        result = cast("Json", state.value)
    elif state is None or isinstance(state, (bool, float, str)):
        result = state
    elif isinstance(state, int):
        result = str(state) if name.endswith("mono_ns") else state
    elif isinstance(state, datetime):
        result = state.isoformat()
    elif isinstance(state, Mapping):
        result = {str(key): state_json(item, str(key)) for key, item in state.items()}
    elif isinstance(state, (tuple, list, deque)):
        result = [state_json(item) for item in state]
    else:
        result = {key: state_json(getattr(state, key), key) for key in _names(cast("Hashable", type(state)))}
    return result


def state_from_json(kind: type[S], data: Json) -> S:
    """The inverse of `state_json`. Raises StoreError when `data` is not the state of this stage."""
    try:
        return cast("S", _adapter(cast("Hashable", kind)).validate_python(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "state"
        raise StoreError(
            f"the kept state of {kind.__module__} does not fit this version: {where}: {first['msg']}; "
            "the stage has to start without it"
        ) from None


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(item.name for item in dataclasses.fields(cast("Any", kind)))
