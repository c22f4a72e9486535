"""Receipts: the station's signed word for what it holds. Only a receipt lets the box retire anything.

    v, station, device, through_seq, head, evidence[], utc, sig

`head` is the hash of record `through_seq`; `evidence` names digests held in full that this exchange was
about (a receipt is no inventory). The same bytes travel over HTTP and in a folder.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import ChainError
from agent.event import chain, wire
from agent.types import Json

RECEIPT_KEYS = frozenset(("v", "station", "device", "through_seq", "head", "evidence", "utc", "sig"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified receipt, and its bytes as they came."""

    raw: bytes
    station: str
    device: str
    through_seq: int
    head: str
    evidence: tuple[str, ...]
    utc: str


def make_receipt(
    key: Ed25519PrivateKey,
    station: str,
    device: str,
    head: chain.Head,
    evidence: tuple[str, ...],
    utc: datetime,
) -> bytes:
    """The canonical bytes of a receipt."""
    fields: dict[str, Json] = {
        "v": wire.VERSION,
        "station": station,
        "device": device,
        "through_seq": head.seq,
        "head": head.hash,
        "evidence": [*sorted(evidence)],
        "utc": wire.utc_text(utc),
    }
    return chain.sign_object(fields, key)


def open_receipt(
    raw: bytes, key: Ed25519PublicKey, device: str, limit_bytes: int = chain.RECORD_LIMIT_BYTES
) -> Receipt:
    """Read and verify a receipt meant for `device`; raises ChainError. That of a case names all its files."""
    fields = chain.open_object(raw, key, limit_bytes)
    if set(fields) != RECEIPT_KEYS or fields["v"] != wire.VERSION:
        raise ChainError("receipt has missing or unknown keys, or another version")
    if fields["device"] != device:
        raise ChainError(f"receipt is for device {fields['device']!r}, not for {device!r}")
    through, evidence = fields["through_seq"], fields["evidence"]
    if not isinstance(through, int) or isinstance(through, bool) or not isinstance(evidence, list):
        raise ChainError("receipt has a field of the wrong type")
    return Receipt(
        raw=raw,
        station=str(fields["station"]),
        device=device,
        through_seq=through,
        head=str(fields["head"]),
        evidence=tuple(cast("list[str]", evidence)),
        utc=str(fields["utc"]),
    )
