"""The head of a chain, told ashore before anything else: nothing older can be rewritten unseen afterwards.

One line, `v1 DEVICE SEQ HASH`, of 131 characters at most, all of them in the GSM alphabet, so that it fits
the narrowest channel there is (an SMS: 140 bytes). HASH is base64url, because in hex the longest device id
would not fit beside it. The line carries no signature of its own: over HTTP the request is signed; where
nothing is, it is a claim that the chain proves or disproves as soon as it arrives.

The station's answer is signed: `v, station, device, seq, hash, utc, sig`. The box keeps it, and an event up
to that `seq` is anchored: at that moment it stood as it stands.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import ChainError
from agent.event import chain, wire
from agent.event.chain import Head
from agent.types import Json

HEAD_LIMIT_BYTES = 140
HEAD_TEXT = re.compile(r"v1 ([A-Za-z0-9._-]{1,64}) (0|[1-9][0-9]{0,17}) ([A-Za-z0-9_-]{43})")
HEAD_RECEIPT_KEYS = frozenset(("v", "station", "device", "seq", "hash", "utc", "sig"))


@dataclass(frozen=True, slots=True)
class HeadReceipt:
    """The station's verified word that it was told of this head, and the bytes as they came."""

    raw: bytes
    station: str
    device: str
    head: Head
    utc: str


def head_text(device: str, head: Head) -> str:
    """The head of `device` as one line."""
    return f"v1 {device} {head.seq} {chain.encode_bytes(bytes.fromhex(head.hash))}"


def read_head_text(raw: bytes) -> tuple[str, Head]:
    """Device and head of such a line; raises ChainError on any other."""
    found = HEAD_TEXT.fullmatch(raw.decode("ascii", "replace")) if len(raw) <= HEAD_LIMIT_BYTES else None
    if found is None:
        raise ChainError(f"{raw[:40]!r} is no head: `v1 DEVICE SEQ HASH`, {HEAD_LIMIT_BYTES} bytes at most")
    return found[1], Head(int(found[2]), chain.decode_bytes(found[3]).hex())


def make_head_receipt(key: Ed25519PrivateKey, station: str, device: str, head: Head, utc: datetime) -> bytes:
    """The canonical bytes of the station's answer to a head."""
    fields: dict[str, Json] = {
        "v": wire.VERSION,
        "station": station,
        "device": device,
        "seq": head.seq,
        "hash": head.hash,
        "utc": wire.utc_text(utc),
    }
    return chain.sign_object(fields, key)


def open_head_receipt(raw: bytes, key: Ed25519PublicKey, device: str) -> HeadReceipt:
    """Read and verify the station's answer to a head of `device`; raises ChainError."""
    fields = chain.open_object(raw, key)
    if set(fields) != HEAD_RECEIPT_KEYS or fields["v"] != wire.VERSION:
        raise ChainError("the receipt of a head has missing or unknown keys, or another version")
    if fields["device"] != device:
        raise ChainError(f"the receipt of a head is for device {fields['device']!r}, not for {device!r}")
    seq, hashed = fields["seq"], fields["hash"]
    if not isinstance(seq, int) or isinstance(seq, bool) or not isinstance(hashed, str):
        raise ChainError("the receipt of a head has a field of the wrong type")
    return HeadReceipt(raw, str(fields["station"]), device, Head(seq, hashed), str(fields["utc"]))
