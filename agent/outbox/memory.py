"""The memory of the watch as one value of the outbox: canonical JSON, deflated.

It is written anew with every commit, 1,440 times a day and more, and a vessel that has lain still for hours makes it
some 40 KB: written plainly it was three quarters of all that a day wrote to the card. Deflated it is a sixth.
"""

import hashlib
import json
import zlib
from typing import cast

from agent.event import wire
from agent.types import Json


def pack(state: Json) -> bytes:
    return pack_text(wire.canonical(state))


def pack_text(canonical: bytes) -> bytes:
    """Bytes that are canonical already."""
    return zlib.compress(canonical)


def unpack(packed: bytes) -> Json:
    """The inverse of `pack`, for bytes that are known to be whole."""
    return cast("Json", json.loads(zlib.decompress(packed)))


def digest(packed: bytes) -> str:
    """What a row says its memory hashes to."""
    return hashlib.sha256(packed).hexdigest()


def is_whole(packed: object, told: object) -> bool:
    """Whether a row's memory is what was written; a damaged page may hold any type."""
    return isinstance(packed, bytes) and digest(packed) == told
