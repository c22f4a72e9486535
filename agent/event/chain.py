"""Records: canonical, linked, signed.

A record is one JSON object in canonical bytes (RFC 8785):

    v, device, seq, boot_id, mono_ns, utc, clock_quality, kind, body, prev, sig

`prev` is the SHA-256 (hex) of the previous record's canonical bytes, `sig` included; the first record of
a chain has sixty-four zeros. `sig` is Ed25519 (RFC 8032, base64url without padding) over the canonical
bytes of the record without `sig`. Ed25519 is deterministic, so a replay signs the same bytes again.

A chain may have segments. After a store was damaged nobody on the box knows how far the chain had come, so the
next segment begins at a number that was never used (a multiple of SEGMENT_RECORDS, plus one) with a record
`chain.segment`; it links to the last record that could be saved, `after_seq` in its body.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.errors import ChainError
from agent.event import wire
from agent.types import Json, Stamp

GENESIS = "0" * 64
RECORD_KEYS = frozenset(
    ("v", "device", "seq", "boot_id", "mono_ns", "utc", "clock_quality", "kind", "body", "prev", "sig")
)
RECORD_LIMIT_BYTES = 1 << 20
SEGMENT_KIND = "chain.segment"
SEGMENT_RECORDS = 1_000_000_000  # numbers of one segment: no box writes so many
MONO_DIGITS = 19  # three centuries of nanoseconds


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last record's number and the SHA-256 of its bytes. `seq` 0: no record yet."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Record:
    """One record, read and structurally sound; `raw` are the bytes that are hashed and sent."""

    raw: bytes
    device: str
    seq: int
    boot_id: str
    mono_ns: int
    utc: str | None
    clock_quality: str
    kind: str
    body: Mapping[str, Json]
    prev: str
    sig: bytes

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def encode_bytes(data: bytes) -> str:
    """base64url without padding, as keys and signatures stand in JSON."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_bytes(text: str) -> bytes:
    """The inverse of `encode_bytes`; raises ChainError on anything that is not its exact form."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ChainError(f"{text[:20]!r} is not base64url") from None
    if encode_bytes(data) != text:
        raise ChainError(f"{text[:20]!r} is not in canonical base64url form")
    return data


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as people copy it: 43 characters of base64url."""
    return encode_bytes(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_key(text: str) -> Ed25519PublicKey:
    """The inverse of `public_text`; raises ChainError if it is no Ed25519 public key."""
    data = decode_bytes(text.strip())
    if len(data) != 32:
        raise ChainError(f"a public key has 32 bytes, this one has {len(data)}")
    return Ed25519PublicKey.from_public_bytes(data)


def sign_object(fields: Mapping[str, Json], key: Ed25519PrivateKey) -> bytes:
    """Canonical bytes of `fields` with `sig` added: the common form of records and receipts."""
    sig = key.sign(wire.canonical(dict(fields)))
    return wire.canonical({**fields, "sig": encode_bytes(sig)})


def open_object(raw: bytes, key: Ed25519PublicKey, limit_bytes: int = RECORD_LIMIT_BYTES) -> dict[str, Json]:
    """Read an object made by `sign_object`, or raise ChainError saying what is wrong with it."""
    fields = _object(raw, limit_bytes)
    _check_signature(fields, key)
    return fields


def _object(raw: bytes, limit_bytes: int = RECORD_LIMIT_BYTES) -> dict[str, Json]:
    if len(raw) > limit_bytes:
        raise ChainError(f"{len(raw)} bytes are more than it may have ({limit_bytes})")
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        raise ChainError("not JSON") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("sig"), str):
        raise ChainError("not a signed JSON object")
    try:
        same = wire.canonical(fields) == raw
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise ChainError("bytes are not canonical (RFC 8785)")
    return cast("dict[str, Json]", fields)


def _check_signature(fields: Mapping[str, Json], key: Ed25519PublicKey) -> None:
    unsigned = {name: value for name, value in fields.items() if name != "sig"}
    try:
        key.verify(decode_bytes(str(fields["sig"])), wire.canonical(unsigned))
    except InvalidSignature:
        raise ChainError("signature does not verify") from None


def read_record(raw: bytes) -> Record:
    """Read one record's bytes; checks form, not signature and not links. Raises ChainError."""
    fields = _object(raw)
    if set(fields) != RECORD_KEYS:
        odd = sorted(set(fields) ^ RECORD_KEYS)
        raise ChainError(f"record has missing or unknown keys: {', '.join(odd)}")
    if fields["v"] != wire.VERSION:
        raise ChainError(f"record format {fields['v']!r} is not known here (known: {wire.VERSION})")
    seq, body, mono, utc = fields["seq"], fields["body"], fields["mono_ns"], fields["utc"]
    texts = (fields["device"], fields["boot_id"], fields["clock_quality"], fields["kind"], fields["prev"])
    sound = (
        isinstance(seq, int)
        and not isinstance(seq, bool)
        and seq >= 1
        and isinstance(body, dict)
        and isinstance(mono, str)
        and mono.isascii()
        and mono.isdigit()
        and len(mono) <= MONO_DIGITS
        and (utc is None or isinstance(utc, str))
        and all(isinstance(text, str) for text in texts)
    )
    if not sound:
        raise ChainError("record has a field of the wrong type")
    device, boot_id, clock_quality, kind, prev = (str(text) for text in texts)
    return Record(
        raw=raw,
        device=device,
        seq=cast("int", seq),
        boot_id=boot_id,
        mono_ns=int(cast("str", mono)),
        utc=cast("str | None", utc),
        clock_quality=clock_quality,
        kind=kind,
        body=cast("dict[str, Json]", body),
        prev=prev,
        sig=decode_bytes(str(fields["sig"])),
    )


def check_signature(record: Record, key: Ed25519PublicKey) -> None:
    """Raise ChainError if the record was not signed by `key`."""
    _check_signature(_object(record.raw), key)


def continues(record: Record) -> int:
    """The seq of the record this one stands behind: the one before it, or what a segment could save."""
    if record.kind != SEGMENT_KIND:
        return record.seq - 1
    after = record.body.get("after_seq")
    known = isinstance(after, int) and not isinstance(after, bool) and 0 <= after < record.seq
    return cast("int", after) if known and record.seq % SEGMENT_RECORDS == 1 else record.seq - 1


def break_in(head: Head, record: Record) -> str | None:
    """Why `record` cannot stand behind `head`, in words; None where it can.

    A segment may begin behind more than its box could save: the station holds what the card had lost.
    """
    after = continues(record)
    if record.seq <= head.seq:
        return f"stands behind seq {head.seq}: out of order, repeated or inserted"
    if after > head.seq:
        return f"stands behind seq {head.seq}: seq {head.seq + 1} to {after} are missing"
    if after == head.seq and record.prev != head.hash:
        return f"does not link to seq {head.seq} as it stands here: that one is not the record it was written after"
    return None


class Chain:
    """Signs records one after the other. Holds the head; stores nothing."""

    def __init__(self, device: str, boot_id: str, key: Ed25519PrivateKey, head: Head | None = None) -> None:
        self._device = device
        self._boot_id = boot_id
        self._key = key
        self.head = head or Head()

    def append(self, stamp: Stamp, kind: str, body: Mapping[str, Json]) -> Record:
        """The next record; the head moves on to it."""
        raw = sign_object(
            {
                "v": wire.VERSION,
                "device": self._device,
                "seq": self.head.seq + 1,
                "boot_id": self._boot_id,
                "mono_ns": str(stamp.mono_ns),
                "utc": None if stamp.utc is None else wire.utc_text(stamp.utc),
                "clock_quality": stamp.clock_quality.value,
                "kind": kind,
                "body": dict(body),
                "prev": self.head.hash,
            },
            self._key,
        )
        record = read_record(raw)
        self.head = Head(record.seq, record.hash)
        return record


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the record at `position` (from 1) of a chain; `seq` is its own, or what should stand there."""

    position: int
    seq: int | None
    problem: str

    def __str__(self) -> str:
        name = f"record seq {self.seq}" if self.seq is not None else "unreadable record"
        return f"{name} (number {self.position} in the file): {self.problem}"


def faults(raws: Iterable[bytes], key: Ed25519PublicKey, start: Head | None = None) -> Iterator[Fault]:
    """Check a run of records that should follow `start`; gives every fault, in order.

    With `start` None the first readable record is taken as given (a part of a chain can be checked). A fault
    does not hide the next: whatever stands in a place is what the following record must link to.
    """
    head = start
    for position, raw in enumerate(raws, start=1):
        try:
            record = read_record(raw)
        except ChainError as error:
            expected = None if head is None else head.seq + 1
            yield Fault(position, expected, f"unreadable: {error}")
            head = None if expected is None else Head(expected, hashlib.sha256(raw).hexdigest())
            continue
        try:
            check_signature(record, key)
        except ChainError as error:
            yield Fault(position, record.seq, str(error))
        problem = None if head is None else break_in(head, record)
        if problem is not None:
            yield Fault(position, record.seq, problem)
        if head is None or record.seq > head.seq:
            head = Head(record.seq, record.hash)
