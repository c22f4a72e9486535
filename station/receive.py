"""`/v1`: what the boats send (`docs/wire-format.md`, Upload).

Every request is signed; who it is from is known before its body is read, and nothing of a body is believed
before the signature over its digest verified. Answers and refusals are those of the wire format.
"""

import json
import logging
import zlib
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from agent.errors import ChainError
from agent.event import chain, receipt, signed_http, wire
from agent.types import Json
from station import identity, ledger, tables
from station.clock import Now
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
    """A request whose signature verified: who sent it, with which key, and its body as sent."""

    device: str
    key: Ed25519PublicKey
    body: bytes


class Receiving:
    """Takes records and evidence in, and says with a signed receipt what is held."""

    def __init__(self, store: Store, spool: Spool, key: Ed25519PrivateKey, now: Now) -> None:
        self._store = store
        self._spool = spool
        self._key = key
        self._name = identity.station_name(key)
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter(prefix="/v1")
        router.add_api_route("/records", self.post_records, methods=["POST"])
        # `path`, so that a digest with slashes in it comes here to be refused and not to some other route.
        router.add_api_route("/evidence/{sha256:path}", self.head_evidence, methods=["HEAD"])
        router.add_api_route("/evidence/{sha256:path}", self.patch_evidence, methods=["PATCH"])
        return router

    async def post_records(self, request: Request) -> Response:
        sender = await self._sender(request, BODY_LIMIT_BYTES)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-ndjson":
            raise malformed("records come as Content-Type: application/x-ndjson")
        if request.headers.get("content-encoding", "").strip().lower() != "gzip":
            raise malformed("records come with Content-Encoding: gzip")
        return JSONResponse(await run_in_threadpool(self._take_records, sender))

    async def head_evidence(self, request: Request, sha256: str) -> Response:
        sender = await self._sender(request, 0)
        held = await run_in_threadpool(self._state, sender.device, _digest(request, sha256))
        return Response(status_code=204, headers=_upload_headers(held))

    async def patch_evidence(self, request: Request, sha256: str) -> Response:
        sender = await self._sender(request, CHUNK_LIMIT_BYTES)
        offset = _offset(request.headers.get("upload-offset"))
        last = _boolean(request.headers.get("upload-complete", "?0"))
        answer, held = await run_in_threadpool(
            self._take_chunk, sender, _digest(request, sha256), offset, last
        )
        return JSONResponse(answer, headers=_upload_headers(held))

    # ── who, and is it whole ──────────────────────────────────────────────────────────────────────────

    async def _sender(self, request: Request, limit: int) -> Sender:
        try:
            device = signed_http.key_id(request.headers)
        except ChainError as error:
            raise Refusal(401, "signature", str(error)) from None
        key = await run_in_threadpool(self._enrolled, device)
        body = await _read_body(request, limit)
        path = _raw_path(request)
        try:
            signed_http.verify(request.method, path, request.headers, body, key)
        except ChainError as error:
            log.warning("%s %s of %s refused: %s", request.method, path, device, error)
            raise Refusal(401, "signature", str(error)) from None
        return Sender(device, key, body)

    def _enrolled(self, device: str) -> Ed25519PublicKey:
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
        return chain.public_key(cast("str", text))

    # ── records ───────────────────────────────────────────────────────────────────────────────────────

    def _take_records(self, sender: Sender) -> dict[str, Json]:
        lines = inflate(sender.body).split(b"\n")
        raws = [line for line in lines if line]
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

    def _receipt(self, device: str, head: chain.Head, held: tuple[str, ...]) -> Json:
        raw = receipt.make_receipt(self._key, self._name, device, head, held, self._now())
        # Canonical JSON keeps its meaning when it travels inside other JSON: the box makes the bytes again.
        return cast("Json", json.loads(raw))

    # ── evidence ──────────────────────────────────────────────────────────────────────────────────────

    def _state(self, device: str, sha256: str) -> Held:
        self._size(device, sha256)
        held = self._spool.held(sha256)
        if held.complete:
            self._mark(sha256)
        return held

    def _take_chunk(
        self,
        sender: Sender,
        sha256: str,
        offset: int,
        last: bool,  # noqa: FBT001 - called by position once
    ) -> tuple[dict[str, Json], Held]:
        size = self._size(sender.device, sha256)
        held = self._spool.append(sha256, offset, sender.body, last=last, size_bytes=size)
        signed: Json = None
        if held.complete:
            self._mark(sha256)
            with self._store.reading() as connection:
                head = ledger.head_of(connection, sender.device)
            signed = self._receipt(sender.device, head, (sha256,))
        return {"offset": held.offset, "complete": held.complete, "receipt": signed}, held

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


async def _read_body(request: Request, limit: int) -> bytes:
    """The body as sent, never more than `limit` bytes of it in memory, whatever its headers say."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > 2 * limit + CHUNK_LIMIT_BYTES:  # far over: not even read to its end
            break
        if size <= limit:
            pieces.append(piece)
    if size > limit:
        raise too_large(f"the body has more than {limit} bytes")
    return b"".join(pieces)


def _raw_path(request: Request) -> str:
    """The path as it was sent and signed, before anything in it was decoded."""
    return cast("bytes", request.scope.get("raw_path") or request.url.path.encode()).decode(
        "ascii", "replace"
    )


def _digest(request: Request, sha256: str) -> str:
    """The digest a request names; the path must be that and nothing that decodes to it."""
    if not wire.DIGEST.fullmatch(sha256) or not _raw_path(request).endswith(f"/{sha256}"):
        raise malformed("evidence is named by its SHA-256 in lower-case hex")
    return sha256


def _offset(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise malformed("Upload-Offset must say where the chunk begins, as a decimal number")
    return int(text)


def _boolean(text: str) -> bool:
    if text not in ("?0", "?1"):
        raise malformed("Upload-Complete is ?0 or ?1")
    return text == "?1"


def _upload_headers(held: Held) -> dict[str, str]:
    return {
        "Upload-Offset": str(held.offset),
        "Upload-Complete": "?1" if held.complete else "?0",
        "Cache-Control": "no-store",
    }
