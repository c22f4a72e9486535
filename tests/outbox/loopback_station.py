"""A small station on loopback: the protocol of `docs/wire-format.md`, kept in memory, and the ways links fail.

It verifies what a station must (request signature, chain links, digests) and keeps the rest simple. Heads are
kept in `heads` and have faults of their own, `head_faults`; any other request uses up one of `faults`:

    drop       close the connection without reading it as a request that counts
    deaf       do the work, then close without an answer
    silent     never answer until the station is closed
    cut        send half of the answer, then close
    html       a captive portal's page, status 200
    redirect   a captive portal's redirect
    error      500
    proxy      403 with a page, as a proxy in between says it
    endless    an answer that never ends
    dripping   an answer that comes a byte at a time
    list       JSON, but no object
    packed     an answer nobody asked to be compressed
    unsigned   the work is done, the answer has no receipt
    forged     the receipt is signed by another key
    ("refuse", status, code, further members): the station's own no
    ("page", status, …): a page of somebody in between, with that status
"""

import gzip
import hashlib
import json
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self, TypeAlias, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.errors import ChainError
from agent.event import chain, receipt, signed_http, wire
from agent.event.head import make_head_receipt, read_head_text
from agent.types import Json
from outbox.outbox_builders import DEVICE, DEVICE_KEY, NOON, STATION_KEY

Fault: TypeAlias = str | tuple[str, int, str, Mapping[str, Json]]
FORGER = Ed25519PrivateKey.from_private_bytes(b"\x55" * 32)
PAGE = b"<html><body>Please log in to the ship's Wi-Fi</body></html>"


class Refused(Exception):
    def __init__(self, status: int, code: str, **further: Json) -> None:
        super().__init__(code)
        self.status = status
        self.answer: dict[str, Json] = {"error": code, "detail": f"loopback says {code}", **further}


@dataclass
class LoopbackStation:
    """State, rules and the server. Use as a context manager; `url` is valid inside."""

    prefix: str = ""  # the path it is mounted under
    records: list[bytes] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)  # digest: seq of the first record naming it
    files: dict[str, bytes] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    faults: deque[Fault] = field(default_factory=deque)
    heads: list[str] = field(default_factory=list)
    head_faults: deque[Fault] = field(default_factory=deque)
    log: list[str] = field(default_factory=list)  # what was asked, in order: "POST 1-3", "PATCH 0+5"
    connections: int = 0
    received: list[tuple[str, int]] = field(default_factory=list)  # path and bytes of each body
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"station": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{self.prefix}"

    def forget(self, from_seq: int = 1) -> None:
        """The station's disk was restored from an older copy."""
        self.records = self.records[: from_seq - 1]
        lost = {digest for digest, seq in self.named.items() if seq >= from_seq}
        for digest in lost:
            self.named.pop(digest)
            self.files.pop(digest, None)
            self.whole.discard(digest)

    # ── the rules ─────────────────────────────────────────────────────────────────────────────────────

    def head(self) -> chain.Head:
        hashed = hashlib.sha256(self.records[-1]).hexdigest() if self.records else chain.GENESIS
        return chain.Head(len(self.records), hashed)

    def receipt(self, digests: list[str], fault: Fault | None) -> Json:
        if fault == "unsigned":
            return None
        key = FORGER if fault == "forged" else STATION_KEY
        raw = receipt.make_receipt(key, "loopback", DEVICE, self.head(), tuple(digests), NOON)
        return cast("Json", json.loads(raw))

    def hear(self, body: bytes, fault: Fault | None) -> Json:
        self.heads.append(body.decode())
        if fault == "unsigned":
            return None
        device, head = read_head_text(body)
        key = FORGER if fault == "forged" else STATION_KEY
        return cast("Json", json.loads(make_head_receipt(key, "loopback", device, head, NOON)))

    def post(self, body: bytes, fault: Fault | None) -> dict[str, Json]:
        raws = gzip.decompress(body).splitlines()
        batch = [chain.read_record(raw) for raw in raws]
        self.log.append(f"POST {batch[0].seq}-{batch[-1].seq}")
        if len(batch) > 512:
            raise Refused(413, "too_large")
        if batch[0].seq > len(self.records) + 1:
            head = self.head()
            raise Refused(409, "gap", held_through_seq=head.seq, head=head.hash)
        for record in batch:
            if record.seq <= len(self.records):
                if self.records[record.seq - 1] != record.raw:
                    raise Refused(409, "fork", seq=record.seq)
                continue
            problems = list(chain.faults([record.raw], DEVICE_KEY.public_key(), self.head()))
            if problems:
                raise Refused(422, "record", seq=record.seq)
            self.records.append(record.raw)
            for digest in wire.evidence_named(record.body):
                self.named.setdefault(digest, record.seq)
        about = [digest for record in batch for digest in wire.evidence_named(record.body)]
        lacking: list[Json] = [digest for digest in about if digest not in self.whole]
        return {
            "held_through_seq": len(self.records),
            "head": self.head().hash,
            "lacking": lacking,
            "receipt": self.receipt([digest for digest in about if digest in self.whole], fault),
        }

    def held(self, digest: str) -> tuple[int, bool]:
        if digest not in self.named:
            raise Refused(404, "not_named")
        return len(self.files.get(digest, b"")), digest in self.whole

    def patch(
        self, digest: str, headers: Mapping[str, str], body: bytes, fault: Fault | None
    ) -> dict[str, Json]:
        offset, last = int(headers["Upload-Offset"]), headers["Upload-Complete"] == "?1"
        self.log.append(f"PATCH {offset}+{len(body)}{' last' if last else ''}")
        held, whole = self.held(digest)
        if offset != held:
            raise Refused(409, "offset", offset=held)
        self.files[digest] = self.files.get(digest, b"") + body
        if last and not whole:
            if hashlib.sha256(self.files[digest]).hexdigest() != digest:
                del self.files[digest]
                raise Refused(422, "digest", offset=0)
            self.whole.add(digest)
        done = digest in self.whole
        return {
            "offset": len(self.files[digest]),
            "complete": done,
            "receipt": self.receipt([digest], fault) if done else None,
        }


class _Handler(BaseHTTPRequestHandler):
    station: LoopbackStation
    protocol_version = "HTTP/1.1"
    timeout = 10

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Stay quiet."""

    def setup(self) -> None:
        super().setup()
        with self.station.lock:
            self.station.connections += 1

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def _serve(self) -> None:
        station = self.station
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with station.lock:
            faults = station.head_faults if self.path.endswith("/v1/heads") else station.faults
            if faults is station.faults:
                station.received.append((self.path, len(body)))
            fault = faults.popleft() if faults else None
            if fault in ("drop", "silent"):
                if fault == "silent":
                    station.lock.release()
                    station.closing.wait()
                    station.lock.acquire()
                self.close_connection = True
                return
            status, headers, answer = self._answer(body, fault)
        self._send(status, headers, answer, fault)

    def _answer(self, body: bytes, fault: Fault | None) -> tuple[int, dict[str, str], bytes]:
        if isinstance(fault, str) and fault in FOREIGN:
            return FOREIGN[fault]
        if isinstance(fault, tuple) and fault[0] == "page":
            return fault[1], {"Content-Type": "text/html"}, PAGE
        try:
            return self._work(body, fault)
        except Refused as refused:
            return refused.status, {"Content-Type": "application/json"}, json.dumps(refused.answer).encode()

    def _work(self, body: bytes, fault: Fault | None) -> tuple[int, dict[str, str], bytes]:
        if isinstance(fault, tuple):
            raise Refused(fault[1], fault[2], **fault[3])
        headers = dict(self.headers.items())
        try:
            device = signed_http.key_id(headers)
            signed_http.verify(self.command, self.path, headers, body, DEVICE_KEY.public_key())
        except ChainError as error:
            raise Refused(401, "signature", why=str(error)) from None
        if device != DEVICE:
            raise Refused(403, "not_enrolled")
        path = self.path.removeprefix(self.station.prefix)
        if path == "/v1/heads":
            fields = {"receipt": self.station.hear(body, fault)}
            return 200, {"Content-Type": "application/json"}, json.dumps(fields).encode()
        if path == "/v1/records":
            fields = self.station.post(body, fault)
            return 200, {"Content-Type": "application/json"}, json.dumps(fields).encode()
        digest = path.removeprefix("/v1/evidence/")
        if self.command == "HEAD":
            self.station.log.append("HEAD")
            offset, whole = self.station.held(digest)
            return 204, {"Upload-Offset": str(offset), "Upload-Complete": "?1" if whole else "?0"}, b""
        fields = self.station.patch(digest, headers, body, fault)
        return 200, {"Content-Type": "application/json"}, json.dumps(fields).encode()

    def _send(self, status: int, headers: Mapping[str, str], answer: bytes, fault: Fault | None) -> None:
        if fault == "deaf":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault in ("endless", "dripping"):
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(OSError):
                while not self.station.closing.wait(0.0 if fault == "endless" else 0.01):
                    self.wfile.write(b" " * (65536 if fault == "endless" else 1))
            return
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer[: len(answer) // 2] if fault == "cut" else answer)
        if fault == "cut":
            self.close_connection = True


FOREIGN: Mapping[str, tuple[int, dict[str, str], bytes]] = {
    "html": (200, {"Content-Type": "text/html"}, PAGE),
    "redirect": (302, {"Location": "http://127.0.0.1:9/login"}, b""),
    "error": (500, {"Content-Type": "text/html"}, b"oh dear"),
    "proxy": (403, {"Content-Type": "text/html"}, PAGE),
    "endless": (200, {"Content-Type": "application/json"}, b""),
    "dripping": (200, {"Content-Type": "application/json"}, b""),
    "list": (200, {"Content-Type": "application/json"}, b"[1, 2, 3]"),
    "packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"offset": 1}')),
}
