"""The station over HTTP (`docs/wire-format.md`, Upload).

Whatever is not recognisably the station's answer is ShoreUnreachable: no connection, a redirect, a captive
portal's page, 5xx, JSON of another shape, an answer without end. Only a 4xx with the protocol's own error
object is the station saying no. Nothing here decides what is delivered; receipts go up unread.
"""

import gzip
import io
import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, cast
from urllib.parse import urlsplit

import requests
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from requests.adapters import HTTPAdapter

from agent.errors import ChainError, ShoreUnreachable, StoreError
from agent.event import signed_http, wire
from agent.outbox.fetch import Offer
from agent.outbox.refusal import Refusal
from agent.outbox.tls import DatedContext
from agent.ports import Clock
from agent.types import Answer, EvidenceChunk, HeadNote, Json, Parcel, RecordBatch

ANSWER_LIMIT_BYTES = 1 << 20
UNSENT_BYTES = 32 << 10  # more than this does not queue in the kernel: what is new goes ahead of what is old
READ_BYTES = 16 << 10
HEAD_CODES = {400: "malformed", 401: "signature", 403: "not_enrolled", 404: "not_named"}
OFFSET = re.compile(r"[0-9]{1,15}")
EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait. A chunk takes about six seconds; a dead link must not hold us.

    `send_s` holds for connecting and for each 16 KiB sent, `answer_s` for each silence while the station
    answers and `whole_answer_s` for its answer in all. `unacknowledged_s` is TCP_USER_TIMEOUT: bytes that the
    far side never acknowledges end the connection, which a half-open mobile link otherwise never does.
    """

    send_s: float = 10.0
    answer_s: float = 30.0
    whole_answer_s: float = 60.0
    unacknowledged_s: float = 16.0


class HttpShore:
    """The station at `url`. One thread at a time; `close` lets the connection go."""

    def __init__(
        self,
        url: str,
        device: str,
        key: Ed25519PrivateKey,
        clock: Clock,
        *,
        patience: Patience | None = None,
        certificates: str | None = None,
        written: datetime = EPOCH,
        meter: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`certificates` is a file of trusted certificates for https, else those of the distribution are used.

        `written` is when this software was: no certificate that had ended by then is taken (`tls`). `meter` is
        told the bytes of every request and answer, as far as HTTP sees them.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a station: it must look like https://station.example")
        self._base = url.rstrip("/")
        self._device = device
        self._key = key
        self._clock = clock
        self._patience = patience or Patience()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, password or certificate by accident of the environment
        self._session.verify = certificates or True
        self._meter = meter
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Link(self._patience.unacknowledged_s, clock, written))

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def deliver(self, parcel: Parcel) -> Answer:
        """Offer the head, records or a piece of evidence; raises ShoreUnreachable or Refusal (a ShoreRefused)."""
        if isinstance(parcel, HeadNote):
            headers = {"Content-Type": "text/plain"}
            fields = _object(*self._exchange("POST", "/v1/heads", headers, parcel.line.encode("ascii")))
            return Answer(receipt=_receipt(fields))
        if isinstance(parcel, RecordBatch):
            return self._records(parcel)
        if parcel.data:
            return self._chunk(parcel)
        held = self._held(parcel)
        if held.offset == parcel.total_bytes:
            # All bytes are there; an empty last chunk brings the receipt that was lost or never made.
            return self._chunk(EvidenceChunk(parcel.sha256, parcel.total_bytes, b"", parcel.total_bytes))
        return held

    def offers(self) -> tuple[Offer, ...]:
        """What bundles the station has for this box (`agent.outbox.fetch`)."""
        listed = _object(*self._exchange("GET", "/v1/bundles", {}, b"")).get("bundles")
        try:
            rows = [cast("dict[str, Any]", row) for row in cast("list[Json]", listed)]
            return tuple(
                Offer(str(row["kind"]), int(row["sequence"]), str(row["sha256"]), int(row["size_bytes"]))
                for row in rows
            )
        except (TypeError, KeyError, ValueError):
            raise _foreign("`bundles` is no list of bundles") from None

    def piece(self, sha256: str, offset: int) -> bytes:
        """The next bytes of a bundle."""
        status, headers, body = self._exchange("GET", f"/v1/bundles/{sha256}/{offset}", {}, b"")
        if status != 200 or headers.get("Content-Type") != "application/octet-stream":
            _object(status, headers, body)
            raise _foreign(
                f"status {status}, {headers.get('Content-Type', 'no type')} where bytes were asked for"
            )
        return body

    def _records(self, batch: RecordBatch) -> Answer:
        body = gzip.compress(b"".join(raw + b"\n" for raw in batch.records), compresslevel=6, mtime=0)
        headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
        fields = _object(*self._exchange("POST", "/v1/records", headers, body))
        lacking = fields.get("lacking")
        if not isinstance(lacking, list) or not all(isinstance(digest, str) for digest in lacking):
            raise _foreign("`lacking` is no list of digests")
        return Answer(
            held_through_seq=_count(fields, "held_through_seq"),
            lacking=tuple(cast("list[str]", lacking)),
            receipt=_receipt(fields),
        )

    def _chunk(self, chunk: EvidenceChunk) -> Answer:
        last = chunk.offset + len(chunk.data) == chunk.total_bytes
        headers = {
            "Content-Type": "application/octet-stream",
            "Upload-Offset": str(chunk.offset),
            "Upload-Complete": "?1" if last else "?0",
        }
        path = f"/v1/evidence/{chunk.sha256}"
        fields = _object(*self._exchange("PATCH", path, headers, chunk.data))
        return Answer(offset=_count(fields, "offset"), receipt=_receipt(fields))

    def _held(self, chunk: EvidenceChunk) -> Answer:
        """How much the station holds. An answer to HEAD has no body, so a refusal is known by its status alone."""
        status, headers, _ = self._exchange("HEAD", f"/v1/evidence/{chunk.sha256}", {}, b"")
        if status in HEAD_CODES:
            raise Refusal(status, HEAD_CODES[status], f"asked how much it holds of {chunk.sha256}")
        offset, complete = headers.get("Upload-Offset", ""), headers.get("Upload-Complete")
        if status != 204 or complete not in ("?0", "?1") or not OFFSET.fullmatch(offset):
            raise _foreign(f"status {status} without Upload-Offset and Upload-Complete")
        return Answer(offset=int(offset))

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One signed request and its answer: status, headers, and at most ANSWER_LIMIT_BYTES of body."""
        # The body goes as a file: http.client then sends it in pieces, each with its own time limit, where
        # one long sendall of bytes would have to finish within a single one.
        request = requests.Request(method, self._base + path, data=io.BytesIO(body) if body else None)
        try:
            prepared = self._session.prepare_request(request)
            signed = signed_http.sign(
                method,
                urlsplit(prepared.url or "").path,
                headers,
                body,
                self._key,
                self._device,
                self._clock.utc()[0] or EPOCH,
                secrets.token_urlsafe(12),
            )
            prepared.headers.update({**headers, **signed, "Accept-Encoding": "identity"})
            self._meter(len(body) + _size(prepared.headers))
            with self._session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(self._patience.send_s, self._patience.answer_s),
            ) as response:
                answer = self._read(response)
                self._meter(len(answer) + _size(response.headers))
                return response.status_code, response.headers, answer
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, (ShoreUnreachable, StoreError)):  # the meter keeps its count in the store
                raise
            raise ShoreUnreachable(f"{method} {self._base}{path}: {error}") from error
        except ChainError as error:
            raise ShoreUnreachable(f"{method} {self._base}{path}: {error}") from error

    def _read(self, response: requests.Response) -> bytes:
        """The body as it came, bounded in size and in time; a packed answer was not asked for and is foreign."""
        until = time.monotonic() + self._patience.whole_answer_s
        body = bytearray()
        while piece := response.raw.read1(READ_BYTES, decode_content=False):
            body += piece
            if len(body) > ANSWER_LIMIT_BYTES:
                raise _foreign(f"more than {ANSWER_LIMIT_BYTES} bytes")
            if time.monotonic() > until:
                raise _foreign(f"no end of it after {self._patience.whole_answer_s} s")
        return bytes(body)


class _Link(HTTPAdapter):
    """Connections that notice a dead far side, keep no long queue, and read certificates by the clock there is."""

    def __init__(self, unacknowledged_s: float, clock: Clock, written: datetime) -> None:
        self._context = DatedContext(clock, written)
        self._options = [
            *urllib3.connection.HTTPConnection.default_socket_options,
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(unacknowledged_s * 1000)),
            (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES),
        ]
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, socket_options=self._options, ssl_context=self._context)


def _size(headers: Mapping[str, str]) -> int:
    """About what the headers and the first line take on the wire."""
    return 64 + sum(len(name) + len(value) + 4 for name, value in headers.items())


def _foreign(what: str) -> ShoreUnreachable:
    return ShoreUnreachable(
        f"what answered is not the station: {what}. A captive portal or a proxy? Check the address and the SIM's page"
    )


def _object(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Json]:
    """The JSON object of a 200; raises Refusal for the station's no and ShoreUnreachable for anything else."""
    if status >= 500:
        raise ShoreUnreachable(f"status {status}: the station or a proxy before it is in trouble")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise _foreign(
            f"status {status}, {headers.get('Content-Type', 'no type')}, {len(body)} bytes, no JSON object"
        )
    if status == 200:
        return cast("dict[str, Json]", fields)
    code, detail = fields.get("error"), fields.get("detail")
    if 400 <= status < 500 and isinstance(code, str) and isinstance(detail, str):
        raise Refusal(status, code[:64], detail[:500], cast("dict[str, Json]", fields))
    raise _foreign(f"status {status}")


def _count(fields: Mapping[str, Json], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _foreign(f"`{name}` is {value!r}")
    return value


def _receipt(fields: Mapping[str, Json]) -> bytes | None:
    """The receipt's canonical bytes, made again from the JSON it travelled in."""
    value = fields.get("receipt")
    if value is None:
        return None
    try:
        return wire.canonical(value)
    except (ValueError, RecursionError) as error:
        raise _foreign(f"`receipt` has no canonical form ({error})") from None
