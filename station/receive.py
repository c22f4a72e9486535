"""`/v1`: what the boats send (`docs/wire-format.md`, Upload).

Every request is signed; who it is from is known before its body is read, and nothing of a body is believed
before the signature over its digest verified. Answers and refusals are those of the wire format.
"""

import logging
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from agent.errors import ChainError
from agent.event import signed_http, wire
from agent.event.head import HEAD_LIMIT_BYTES
from station.bundles import Bundles
from station.intake import BODY_LIMIT_BYTES, CHUNK_LIMIT_BYTES, Intake, Sender
from station.refusal import Refusal, malformed, too_large
from station.spool import Held

log = logging.getLogger(__name__)


class Receiving:
    """Takes heads, records and evidence in over HTTP, and says with a signed receipt what is held."""

    def __init__(self, intake: Intake, bundles: Bundles) -> None:
        self._intake = intake
        self._bundles = bundles

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter(prefix="/v1")
        router.add_api_route("/heads", self.post_head, methods=["POST"])
        router.add_api_route("/records", self.post_records, methods=["POST"])
        # `path`, so that a digest with slashes in it comes here to be refused and not to some other route.
        router.add_api_route("/evidence/{sha256:path}", self.head_evidence, methods=["HEAD"])
        router.add_api_route("/evidence/{sha256:path}", self.patch_evidence, methods=["PATCH"])
        router.add_api_route("/bundles", self.get_bundles, methods=["GET"])
        router.add_api_route("/bundles/{sha256}/{offset}", self.get_bundle, methods=["GET"])
        return router

    async def get_bundles(self, request: Request) -> Response:
        """Of each kind the newest bundle that waits for this box."""
        sender, _ = await self._sender(request, 0)
        held = await run_in_threadpool(self._bundles.for_device, sender.device)
        return JSONResponse({"bundles": [one.offer() for one in held]})

    async def get_bundle(self, request: Request, sha256: str, offset: str) -> Response:
        """The next bytes of one of them."""
        sender, _ = await self._sender(request, 0)
        at = _offset(offset)
        data = await run_in_threadpool(self._bundles.piece, sender.device, sha256, at)
        if data is None:
            raise Refusal(404, "not_named", f"no such bundle waits for {sender.device}")
        return Response(data, media_type="application/octet-stream")

    async def post_head(self, request: Request) -> Response:
        sender, body = await self._sender(request, HEAD_LIMIT_BYTES)
        signed = await run_in_threadpool(self._intake.head, sender, body, "http")
        return JSONResponse({"receipt": signed})

    async def post_records(self, request: Request) -> Response:
        sender, body = await self._sender(request, BODY_LIMIT_BYTES)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-ndjson":
            raise malformed("records come as Content-Type: application/x-ndjson")
        if request.headers.get("content-encoding", "").strip().lower() != "gzip":
            raise malformed("records come with Content-Encoding: gzip")
        return JSONResponse(await run_in_threadpool(self._intake.records, sender, body))

    async def head_evidence(self, request: Request, sha256: str) -> Response:
        sender, _ = await self._sender(request, 0)
        held = await run_in_threadpool(self._intake.held, sender, _digest(request, sha256))
        return Response(status_code=204, headers=_upload_headers(held))

    async def patch_evidence(self, request: Request, sha256: str) -> Response:
        sender, body = await self._sender(request, CHUNK_LIMIT_BYTES)
        offset = _offset(request.headers.get("upload-offset"))
        last = _boolean(request.headers.get("upload-complete", "?0"))
        digest = _digest(request, sha256)
        answer, held = await run_in_threadpool(
            lambda: self._intake.chunk(sender, digest, offset, body, last=last)
        )
        return JSONResponse(answer, headers=_upload_headers(held))

    async def _sender(self, request: Request, limit: int) -> tuple[Sender, bytes]:
        """Who sent the request, once its signature verified, and its body as sent."""
        try:
            device = signed_http.key_id(request.headers)
        except ChainError as error:
            raise Refusal(401, "signature", str(error)) from None
        sender = await run_in_threadpool(self._intake.sender, device)
        body = await _read_body(request, limit)
        path = _raw_path(request)
        try:
            signed_http.verify(request.method, path, request.headers, body, sender.key)
        except ChainError as error:
            log.warning("%s %s of %s refused: %s", request.method, path, device, error)
            raise Refusal(401, "signature", str(error)) from None
        return sender, body


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
        raise malformed("the offset must say where the chunk begins, as a decimal number")
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
