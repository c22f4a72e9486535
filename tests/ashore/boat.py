"""A boat for the tests of the station: a key, a chain, and requests signed as the wire format says."""

import gzip
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import builders
from agent.event import chain, signed_http, wire
from agent.event.chain import Chain, Head, Record
from agent.event.head import head_text
from agent.types import Event, EvidenceFile, Json
from station.app import Station
from station.enrolment import enrol

NOW = datetime(2026, 11, 20, 11, 0, 0, tzinfo=UTC)
KINDS = {(False, False): "event.opened", (True, False): "event.updated", (True, True): "event.closed"}


class Boat:
    """One device that talks to the station at `url`."""

    def __init__(self, url: str, device: str = "barge-1", number: int = 1) -> None:
        self.url = url
        self.device = device
        self.key: Ed25519PrivateKey = builders.key(number)
        self.chain = Chain(device, "voyage:test", self.key)
        self.records: list[Record] = []
        self._opened: set[str] = set()
        self.visitor = requests.Session()

    @property
    def public_key(self) -> str:
        return chain.public_text(self.key.public_key())

    def enrolled_at(self, station: Station, name: str = "") -> "Boat":
        with station.store.writing() as connection:
            enrol(connection, self.device, self.public_key, name, NOW)
        return self

    def watched_by(self, visitor: requests.Session) -> "Boat":
        """Who opens the station's pages in this test."""
        self.visitor = visitor
        return self

    def page(self, path: str, **query: str) -> requests.Response:
        """A page of the station, as the person sees it who watches this boat."""
        return self.visitor.get(self.url + path, params=query, timeout=30)

    def write(self, kind: str, body: Mapping[str, Json], at: float | None = None) -> Record:
        """Append a record to the chain; nothing is sent."""
        record = self.chain.append(builders.stamp(len(self.records) if at is None else at), kind, body)
        self.records.append(record)
        return record

    def happens(self, event: Event) -> Record:
        """Write an event as the next record, of the kind that fits."""
        kind = KINDS[
            event.event_id in self._opened, event.closed is not None and event.event_id in self._opened
        ]
        self._opened.add(event.event_id)
        return self.write(kind, wire.event_body(event))

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **other: Any,
    ) -> requests.Response:
        """One signed request; `other` replaces `key` or `device` of the signature."""
        headers = dict(headers or {})
        signed = signed_http.sign(
            method,
            path,
            headers,
            body,
            other.get("key", self.key),
            other.get("device", self.device),
            NOW,
            secrets.token_urlsafe(8),
        )
        return requests.request(method, self.url + path, data=body, headers=headers | signed, timeout=30)

    def post(self, records: Sequence[Record | bytes], **other: Any) -> requests.Response:
        lines = [record if isinstance(record, bytes) else record.raw for record in records]
        body = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
        headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
        return self.request("POST", "/v1/records", body, headers, **other)

    def send(self) -> dict[str, Any]:
        """Everything written so far, and the answer to the last batch."""
        answer: dict[str, Any] = {}
        for start in range(0, len(self.records), 512):
            response = self.post(self.records[start : start + 512])
            assert response.status_code == 200, response.text
            answer = response.json()
        return answer

    def tell_head(self, head: Head | None = None) -> requests.Response:
        """The end of the chain as it stands, or another."""
        return self.request("POST", "/v1/heads", head_text(self.device, head or self.chain.head).encode())

    def head(self, sha256: str) -> requests.Response:
        return self.request("HEAD", f"/v1/evidence/{sha256}")

    def patch(self, sha256: str, offset: int, data: bytes, *, last: bool = False) -> requests.Response:
        headers = {"Upload-Offset": str(offset), "Upload-Complete": "?1" if last else "?0"}
        return self.request("PATCH", f"/v1/evidence/{sha256}", data, headers)

    def upload(self, data: bytes) -> dict[str, Any]:
        response = self.patch(hashlib.sha256(data).hexdigest(), 0, data, last=True)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


def evidence(data: bytes, **other: Any) -> EvidenceFile:
    """The entry of an event for these bytes."""
    return builders.evidence_file(hashlib.sha256(data).hexdigest(), size_bytes=len(data), **other)


def still(seed: int = 1, width: int = 1280, height: int = 720) -> bytes:
    """A drawn picture (JPEG) of a grab dredger at dusk: sky, far bank, water with ripples, hull and jib."""
    random = np.random.default_rng(seed)
    image = np.zeros((height, width, 3), np.uint8)
    horizon = int(height * 0.42)
    for row in range(height):
        part = row / horizon if row < horizon else (row - horizon) / (height - horizon)
        high, low = ((150, 110, 80), (150, 190, 235)) if row < horizon else ((120, 140, 160), (60, 70, 60))
        image[row] = [int(a + (b - a) * part) for a, b in zip(high, low, strict=True)]
    bank = horizon - 14 + np.cumsum(random.integers(-1, 2, width)).clip(-8, 8)
    for column in range(width):
        image[bank[column] : horizon, column] = (45, 60, 48)
    for _ in range(900):
        row = int(random.integers(horizon + 4, height))
        column, length = int(random.integers(0, width)), int(random.integers(8, 20 + (row - horizon) // 5))
        shade = int(random.integers(-18, 24))
        colour = tuple(int(v) for v in np.clip(image[row, column].astype(int) + shade, 0, 255))
        cv2.line(image, (column, row), (column + length, row), colour, 1, cv2.LINE_AA)
    x, y = int(width * 0.30) + 15 * seed, int(height * 0.60)
    hull = np.array([[x, y], [x + 560, y], [x + 520, y + 80], [x + 40, y + 80]])
    cv2.fillPoly(image, [hull], (48, 46, 62), cv2.LINE_AA)
    cv2.rectangle(image, (x, y - 8), (x + 560, y + 2), (70, 90, 120), -1)
    cv2.rectangle(image, (x + 60, y - 105), (x + 200, y - 8), (120, 150, 165), -1)
    cv2.rectangle(image, (x + 85, y - 85), (x + 175, y - 50), (60, 60, 50), -1)
    cv2.line(image, (x + 190, y - 60), (x + 470, y - 290), (40, 120, 200), 9, cv2.LINE_AA)
    cv2.line(image, (x + 470, y - 290), (x + 470, y - 90 + 20 * seed), (30, 30, 30), 2, cv2.LINE_AA)
    grab = np.array(
        [[x + 440, y - 90 + 20 * seed], [x + 500, y - 90 + 20 * seed], [x + 470, y - 40 + 20 * seed]]
    )
    cv2.fillPoly(image, [grab], (35, 45, 55), cv2.LINE_AA)
    noisy = np.clip(image.astype(np.int16) + random.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert done
    return bytes(data)


def files_under(folder: Path) -> list[Path]:
    """Every file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
