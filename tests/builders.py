"""Builders: a test names what matters to it, everything else has a sane value.

The river is the Hậu at the invented example zone; the day is 20 November 2026.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.types import (
    Activity,
    ActivityKind,
    ClockQuality,
    Event,
    EvidenceFile,
    Finding,
    FindingKind,
    Fix,
    FixQuality,
    Happening,
    Origin,
    Reason,
    Stamp,
    Verdict,
)

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10:00 in Cần Thơ
SECOND = 1_000_000_000


def key(number: int = 1) -> Ed25519PrivateKey:
    """A device key that is the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def stamp(at: float = 0.0, quality: ClockQuality = ClockQuality.GNSS) -> Stamp:
    """`at` seconds after the start."""
    utc = None if quality is ClockQuality.NONE else START + timedelta(seconds=at)
    return Stamp(int(at * SECOND), utc, quality)


def fix(at: float = 0.0, **other: Any) -> Fix:
    """A good fix in the middle of the river, lying still."""
    values: dict[str, Any] = {
        "utc": START + timedelta(seconds=at),
        "lat_deg": 10.2600,
        "lon_deg": 105.5780,
        "quality": FixQuality.GNSS,
        "sog_kn": 0.1,
        "cog_deg": None,
        "hdop": 0.9,
        "satellites": 11,
        "error_m": 5.0,
    }
    return Fix(mono_ns=int(at * SECOND), **(values | other))


def lost(at: float) -> Fix:
    """The receiver is alive and has no position."""
    return fix(at, lat_deg=None, lon_deg=None, quality=FixQuality.NONE, sog_kn=None, hdop=None, error_m=None)


def finding(verdict: Verdict = Verdict.BREACH, **other: Any) -> Finding:
    """Twenty metres beyond the boundary, plus or minus five."""
    values: dict[str, Any] = {
        "kind": FindingKind.OUTSIDE_AREA,
        "because": (
            Reason("beyond_boundary", {"licence": "VÍ DỤ-01/GP", "distance_m": 20.0, "error_m": 5.0}),
        ),
        "licence": "VÍ DỤ-01/GP",
        "value": 20.0,
        "error": 5.0,
        "unit": "m",
        "boundary_lat_deg": 10.2601,
        "boundary_lon_deg": 105.5781,
    }
    return Finding(verdict=verdict, **(values | other))


def activity(kind: ActivityKind = ActivityKind.STATIONARY, since: float = 0.0) -> Activity:
    """Stationary for four minutes."""
    return Activity(kind, int(since * SECOND), (Reason("still_for", {"radius_m": 25, "minutes": 4}),))


def evidence_file(sha256: str = "ab" * 32, **other: Any) -> EvidenceFile:
    """A still of the camera `deck`."""
    values: dict[str, Any] = {
        "kind": "still",
        "media_type": "image/jpeg",
        "size_bytes": 12345,
        "camera": "deck",
        "mono_ns": 5 * SECOND,
        "width_px": 640,
        "height_px": 360,
    }
    return EvidenceFile(sha256=sha256, **(values | other))


def event(**other: Any) -> Event:
    """An open event of working beyond the boundary, from a synthetic voyage."""
    values: dict[str, Any] = {
        "event_id": "voyage:test.1",
        "happening": Happening.WORKING,
        "origin": Origin("replay", "test", synthetic=True),
        "opened": stamp(10),
        "updated": stamp(10),
        "closed": None,
        "findings": (finding(),),
        "activity": activity(),
        "fix": fix(10),
        "evidence": (evidence_file(),),
        "notes": (Reason("uncalibrated"), Reason("no_detector")),
    }
    return Event(**(values | other))
