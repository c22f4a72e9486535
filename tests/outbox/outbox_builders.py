"""Records, evidence and clocks for the outbox's tests; what a test does not say is filled in."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.durable import evidence_path
from agent.event import chain, receipt
from agent.outbox.store import Store
from agent.types import ClockQuality, EvidenceFile, Json, Stamp

DEVICE = "barge-7"
DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STATION_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
MEDIA_TYPES: dict[Literal["still", "clip"], str] = {"still": "image/jpeg", "clip": "video/mp4"}


class StoppedClock:
    """The box's clock, standing still."""

    def mono_ns(self) -> int:
        return 0

    def utc(self) -> tuple[datetime | None, ClockQuality]:
        return NOON, ClockQuality.GNSS


class LostClock(StoppedClock):
    """A box that has never seen a satellite."""

    def utc(self) -> tuple[datetime | None, ClockQuality]:
        return None, ClockQuality.NONE


def signer(store: Store) -> chain.Chain:
    """The chain as a run takes it up from its outbox."""
    return chain.Chain(DEVICE, "boot-1", DEVICE_KEY, store.foothold())


def track(chain_: chain.Chain, note: str = "") -> chain.Record:
    """One record that is no event."""
    return chain_.append(Stamp(chain_.head.seq * 10**9, NOON, ClockQuality.GNSS), "track", {"note": note})


def event(
    chain_: chain.Chain,
    event_id: str,
    *files: EvidenceFile,
    kind: str = "event.opened",
    verdict: str | None = None,
) -> chain.Record:
    named: list[Json] = [{"sha256": file.sha256, "media_type": file.media_type} for file in files]
    stamp = Stamp(chain_.head.seq * 10**9, NOON, ClockQuality.GNSS)
    findings: list[Json] = [] if verdict is None else [{"verdict": verdict}]
    return chain_.append(stamp, kind, {"event_id": event_id, "evidence": named, "findings": findings})


def seal(root: Path, data: bytes, kind: Literal["still", "clip"] = "still") -> EvidenceFile:
    """A file as the eyes leave it; with the name and size of `data`."""
    file = name_only(data, kind)
    path = evidence_path(root, file.sha256, file.media_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return file


def name_only(data: bytes, kind: Literal["still", "clip"] = "still") -> EvidenceFile:
    """The name of a file that is not on disk."""
    return EvidenceFile(
        sha256=hashlib.sha256(data).hexdigest(),
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        size_bytes=len(data),
        camera="deck",
        mono_ns=0,
        width_px=1280,
        height_px=720,
    )


def fill(store: Store, count: int) -> None:
    """`count` records, one commit."""
    chain_ = signer(store)
    store.commit([track(chain_, str(number)) for number in range(count)], (), {"filled": count}, count)


def keep_event(store: Store, event_id: str, *files: EvidenceFile, verdict: str | None = None) -> None:
    """One event with its files, one commit; `verdict` is that of its one finding."""
    store.commit([event(signer(store), event_id, *files, verdict=verdict)], files, None, 0)


def signed_receipt(
    store: Store, through_seq: int, *evidence: str, key: Ed25519PrivateKey = STATION_KEY
) -> receipt.Receipt:
    """The receipt of a station that holds our chain through `through_seq`."""
    raws = list(store.records())
    hashed = hashlib.sha256(raws[through_seq - 1]).hexdigest() if through_seq else chain.GENESIS
    raw = receipt.make_receipt(key, "loopback", DEVICE, chain.Head(through_seq, hashed), evidence, NOON)
    return receipt.open_receipt(raw, key.public_key(), DEVICE)


def pictures(count: int, size_bytes: int = 1000) -> list[bytes]:
    """Contents that differ from each other and within themselves."""
    return [hashlib.shake_256(f"picture {number}".encode()).digest(size_bytes) for number in range(count)]
