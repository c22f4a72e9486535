"""Messages between the core and the eyes: length, then a pickle that may name our own types only.

The child decodes what strangers send over the network. A pickle that could name anything would let a
child gone wrong run code in the core; this one can build readings and orders, and nothing else.
"""

import io
import pickle
import socket
import struct
from collections.abc import Iterator
from typing import Any, TypeAlias

from agent import types as own
from agent.types import Look, Observation, Seal, Sealed, SourceState

Upward: TypeAlias = Observation | SourceState | Sealed | None  # None: nothing to tell, but alive
Order: TypeAlias = Look | Seal

LONGEST_BYTES = 1 << 20
_HEAD = struct.Struct("!I")
_ALLOWED = ("Detection", "EvidenceFile", "Health", "Look", "Observation", "Seal", "Sealed", "SourceState")


class LinkError(ValueError):
    """What came over the link is no message of ours."""


class _OwnTypesOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == own.__name__ and name in _ALLOWED:
            return getattr(own, name)
        raise LinkError(f"a message names {module}.{name}, which does not cross between core and eyes")


def pack(message: Upward | Order) -> bytes:
    body = pickle.dumps(message, protocol=5)
    if len(body) > LONGEST_BYTES:
        raise LinkError(f"a message of {len(body)} bytes is longer than the {LONGEST_BYTES} that may cross")
    return _HEAD.pack(len(body)) + body


class Unpacker:
    """Bytes as they arrive, in pieces of any size, back into messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> Iterator[Any]:
        """The messages that are whole now. Raises LinkError for bytes that are none; stop reading then."""
        self._held += piece
        while len(self._held) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._held)
            if length > LONGEST_BYTES:
                raise LinkError(f"a message of {length} bytes is announced, {LONGEST_BYTES} may cross")
            end = _HEAD.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_HEAD.size : end])
            del self._held[:end]
            yield _unpickle(body)


def _unpickle(body: bytes) -> Any:
    try:
        return _OwnTypesOnly(io.BytesIO(body)).load()
    except LinkError:
        raise
    except Exception as problem:  # a damaged pickle may raise anything
        raise LinkError(f"{len(body)} bytes from the other side are no message: {problem}") from problem


def receive(link: socket.socket) -> Iterator[Any]:
    """Messages from a blocking socket until the other side is gone."""
    unpacker = Unpacker()
    while True:
        try:
            piece = link.recv(65536)
        except ConnectionError:
            return
        if not piece:
            return
        yield from unpacker.feed(piece)
