"""What an ONNX file says of itself, read without a runtime: its opsets and its metadata.

Only the outermost message is walked; the graph is skipped over, so this costs one read of the file. Field
numbers are those of `ModelProto` in the ONNX specification (onnx.proto3): 7 graph, 8 opset_import, 14 metadata.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Fields: TypeAlias = "Iterator[tuple[int, int | memoryview]]"

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
GRAPH, OPSET_IMPORT, METADATA = 7, 8, 14


@dataclass(frozen=True, slots=True)
class Header:
    """`opsets` by domain, the standard one being the empty string."""

    opsets: Mapping[str, int]
    metadata: Mapping[str, str]


def read_header(data: bytes) -> Header:
    """Raises ValueError with a reason where the bytes are no ONNX model."""
    opsets: dict[str, int] = {}
    metadata: dict[str, str] = {}
    has_graph = False
    for number, value in _fields(memoryview(data)):
        if number == GRAPH:
            has_graph = True
        elif number == OPSET_IMPORT:
            entry = dict(_fields(_message(value)))
            version = entry.get(2, 0)
            if not isinstance(version, int):
                raise ValueError("an opset has no version number")
            opsets[_text(entry.get(1))] = version
        elif number == METADATA:
            entry = dict(_fields(_message(value)))
            metadata[_text(entry.get(1))] = _text(entry.get(2))
    if not has_graph or not opsets:
        raise ValueError("it holds no graph")
    return Header(opsets, metadata)


def _fields(data: memoryview) -> Fields:
    """Field numbers and values of one protobuf message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        if wire == BYTES:
            size, at = _varint(data, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"byte {at} is no protobuf field")
        if at + size > len(data):
            raise ValueError(f"it is cut short: {at + size - len(data)} bytes are missing")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A base-128 number of at most 10 bytes, and where it ends."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ValueError("it is cut short inside a number")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError(f"byte {at} is no protobuf number")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number stands where a message should")  # noqa: TRY004  wrong bytes, not a wrong type
    return value


def _text(value: int | memoryview | None) -> str:
    if value is None:
        return ""
    return bytes(_message(value)).decode("utf-8")  # UnicodeDecodeError is a ValueError
