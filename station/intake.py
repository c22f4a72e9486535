"""What every way ashore shares, HTTP and folder alike: take heads, records and evidence in, and sign for them.

Whoever calls has made sure which device speaks (over HTTP by the request's signature); records are verified
here one by one all the same, and a file is taken only if an accepted record of that device names it.
"""

import json
import logging
import zlib
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import ChainError
from agent.event import chain, receipt
from agent.event.head import make_head_receipt, read_head_text
from agent.types import Json
from station import heads, identity, ledger, tables
from station.clock import Now
from station.heads import Channel
from station.refusal import Refusal, malformed, too_large
from station.spool import Held, Spool
from station.store import Store

log = logging.getLogger(__name__)

BATCH_LIMIT_RECORDS = 512
BATCH_LIMIT_BYTES = 4 << 20
CHUNK_LIMIT_BYTES = 1 << 20
BODY_LIMIT_BYTES = BATCH_LIMIT_BYTES + (64 << 10)  # gzip makes incompressible bytes a little larger
GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Sender:
    """A device this station knows, by the key it was enrolled with."""

    device: str
    key: Ed25519PublicKey


class Intake:
    """Takes in and signs. Every method raises Refusal where the station says no; then nothing was taken."""

    def __init__(self, store: Store, spool: Spool, key: Ed25519PrivateKey, now: Now) -> None:
        self._store = store
        self._spool = spool
        self._key = key
        self._name = identity.station_name(key)
        self._now = now

    def sender(self, device: str) -> Sender:
        """The device of that id; raises Refusal 403 where it is not enrolled."""
        table = tables.devices
        with self._store.reading() as connection:
            text = connection.execute(
                sa.select(table.c.public_key).where(table.c.id == device[:65].replace("\x00", " "))
            ).scalar()
        if text is None:
            raise Refusal(
                403,
                "not_enrolled",
                f"{device[:64]!r} is not enrolled here: sandwatch-station enrol DEVICE KEY",
            )
        return Sender(device, chain.public_key(cast("str", text)))

    def head(self, sender: Sender, raw: bytes, channel: Channel) -> Json:
        """Keep the head a device tells of; the signed answer."""
        try:
            device, head = read_head_text(raw)
        except ChainError as error:
            raise malformed(str(error)) from None
        if device != sender.device:
            raise malformed(f"the head is of device {device}, the request is signed by {sender.device}")
        now = self._now()
        with self._store.writing() as connection:
            heads.note(connection, device, head, now, channel)
        return _inside(make_head_receipt(self._key, self._name, device, head, now))

    def records(self, sender: Sender, packed: bytes) -> dict[str, Json]:
        """A gzip batch of records: taken whole or not at all."""
        raws = [line for line in inflate(packed).split(b"\n") if line]
        if len(raws) > BATCH_LIMIT_RECORDS:
            raise too_large(f"{len(raws)} records in one batch, {BATCH_LIMIT_RECORDS} at most")
        batch = ledger.read_batch(raws, sender.device, sender.key)
        try:
            taken = ledger.accept(self._store, sender.device, batch, self._now())
        except Refusal as refusal:
            if refusal.code == "fork":
                log.error("FORK: %s", refusal.detail)
            raise
        return {
            "held_through_seq": taken.head.seq,
            "head": taken.head.hash,
            "lacking": list(taken.lacking),
            "receipt": self._receipt(sender.device, taken.head, taken.held),
        }

    def held(self, sender: Sender, sha256: str) -> Held:
        """How much of a file is on disk here."""
        self._size(sender.device, sha256)
        held = self._spool.held(sha256)
        if held.complete:
            self._mark(sha256)
        return held

    def chunk(
        self, sender: Sender, sha256: str, offset: int, data: bytes, *, last: bool
    ) -> tuple[dict[str, Json], Held]:
        """A piece of a file; with the last one comes the receipt."""
        size = self._size(sender.device, sha256)
        held = self._spool.append(sha256, offset, data, last=last, size_bytes=size)
        signed: Json = None
        if held.complete:
            self._mark(sha256)
            signed = self.receipt(sender, (sha256,))
        return {"offset": held.offset, "complete": held.complete, "receipt": signed}, held

    def receipt(self, sender: Sender, digests: tuple[str, ...]) -> Json:
        """The station's word for the chain as it is held now, and for these files, which are held in full."""
        with self._store.reading() as connection:
            head = ledger.head_of(connection, sender.device)
        return self._receipt(sender.device, head, digests)

    def _receipt(self, device: str, head: chain.Head, held: tuple[str, ...]) -> Json:
        return _inside(receipt.make_receipt(self._key, self._name, device, head, held, self._now()))

    def _size(self, device: str, sha256: str) -> int | None:
        """The size the device's record gave; raises Refusal 404 where no record of it names the digest."""
        table = tables.evidence
        with self._store.reading() as connection:
            row = connection.execute(
                sa.select(table.c.size_bytes).where(table.c.device == device, table.c.sha256 == sha256)
            ).first()
        if row is None:
            raise Refusal(
                404, "not_named", f"no accepted record of {device} names {sha256}: send records first"
            )
        return cast("int | None", row.size_bytes)

    def _mark(self, sha256: str) -> None:
        """The file is whole on disk: every device that named it is served."""
        table = tables.evidence
        with self._store.writing() as connection:
            connection.execute(
                sa.update(table).where(table.c.sha256 == sha256, ~table.c.held).values(held=True)
            )


def _inside(raw: bytes) -> Json:
    """Signed bytes as a member of an answer: canonical JSON keeps its meaning there, the box makes the bytes again."""
    return cast("Json", json.loads(raw))


def inflate(body: bytes) -> bytes:
    """One gzip member of at most `BATCH_LIMIT_BYTES` inflated; a bomb is refused before it unfolds."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        data = unpacker.decompress(body, BATCH_LIMIT_BYTES + 1)
    except zlib.error as error:
        raise malformed(f"the body is not gzip: {error}") from None
    if len(data) > BATCH_LIMIT_BYTES:
        raise too_large(f"the batch inflates to more than {BATCH_LIMIT_BYTES} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise malformed("the body is not one whole gzip member")
    return data
