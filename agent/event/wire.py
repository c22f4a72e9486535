"""The border formats in JSON: records, events, readings.

Rules that hold for every format (golden files in `tests/golden/`, prose in `docs/wire-format.md`):

- canonical bytes are RFC 8785 (JCS): sorted keys, no blanks, shortest numbers, UTF-8;
- a key ending in `mono_ns` is a decimal string, because a JSON number holds 2^53 at most (RFC 7493 2.2)
  and that is 104 days of nanoseconds;
- a time is `YYYY-MM-DDTHH:MM:SS.mmmZ`, always UTC, always milliseconds;
- what is not known is null.
"""

import dataclasses
import re
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast, get_args

import rfc8785
from pydantic import TypeAdapter, ValidationError

from agent.errors import ChainError
from agent.types import Event, Json, Reading

VERSION = 1
DIGEST = re.compile("[0-9a-f]{64}")

T = TypeVar("T")

READING_TYPES: dict[str, type[Reading]] = {kind.__name__: kind for kind in get_args(Reading)}


def canonical(value: Json) -> bytes:
    """The one byte form of a JSON value (RFC 8785)."""
    return rfc8785.dumps(cast("Any", value))


def utc_text(moment: datetime) -> str:
    """`2026-11-23T09:58:03.250Z`; the moment must carry a time zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Any) -> Json:
    """A value of `agent.types` as JSON, by the rules of this module."""
    if value is None or (isinstance(value, (bool, int, float, str)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return cast("Json", value.value)
    if isinstance(value, datetime):
        return utc_text(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _field(item.name, getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _field(str(key), item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form in the wire format")


def _field(name: str, value: Any) -> Json:
    if name.endswith("mono_ns") and isinstance(value, int):
        return str(value)
    return to_json(value)


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))


def from_json(kind: type[T], data: Json) -> T:
    """The inverse of `to_json` for one type of `agent.types`.

    Raises ChainError naming the first field that does not fit.
    """
    try:
        return cast("T", _adapter(cast("Hashable", kind)).validate_python(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ChainError(f"no {kind.__name__}: {where or 'value'}: {first['msg']}") from None


def event_body(event: Event) -> dict[str, Json]:
    """The body of an `event.*` record."""
    return cast("dict[str, Json]", to_json(event))


def event_from_body(body: Json) -> Event:
    """An event as it stands in a record's body."""
    return from_json(Event, body)


def evidence_named(body: "Mapping[str, Json] | Json") -> dict[str, str]:
    """The files a record's body names: SHA-256 -> media type, from its `evidence` list.

    Entries without a well-formed digest and media type name nothing.
    """
    files = body.get("evidence") if isinstance(body, Mapping) else None
    named = {}
    for entry in files if isinstance(files, list) else []:
        digest, media_type = (
            (entry.get("sha256"), entry.get("media_type")) if isinstance(entry, dict) else (None, None)
        )
        if isinstance(digest, str) and isinstance(media_type, str) and DIGEST.fullmatch(digest):
            named[digest] = media_type
    return named


def reading_to_json(reading: Reading) -> dict[str, Json]:
    """A reading as it stands in a recording: its fields and `type`."""
    return {"type": type(reading).__name__, **cast("dict[str, Json]", to_json(reading))}


def reading_from_json(data: Json) -> Reading:
    """The inverse of `reading_to_json`; raises ChainError on an unknown type or a field that does not fit."""
    if not isinstance(data, dict) or data.get("type") not in READING_TYPES:
        raise ChainError(f"no reading: type is {data.get('type') if isinstance(data, dict) else data!r}")
    fields = {key: value for key, value in data.items() if key != "type"}
    return from_json(READING_TYPES[str(data["type"])], fields)
