"""A store, a station on loopback and the uploader between them, for the tests of delivery."""

from pathlib import Path

from agent.durable import evidence_path
from agent.outbox.allowance import Allowance
from agent.outbox.progress import Outcome
from agent.outbox.shore_http import HttpShore
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.types import EvidenceFile
from outbox.loopback_station import LoopbackStation
from outbox.outbox_builders import DEVICE, DEVICE_KEY, STATION_KEY, StoppedClock, seal


class Hours:
    """Monotonic seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Boat:
    """A store, a station on loopback, and the uploader between them."""

    def __init__(self, folder: Path, station: LoopbackStation) -> None:
        self.folder = folder
        self.station = station
        self.hours = Hours()
        self.allowance: Allowance | None = None
        self.start()

    def start(self) -> None:
        self.store = Store.open(self.folder, DEVICE)
        self.shore = HttpShore(self.station.url, DEVICE, DEVICE_KEY, StoppedClock())
        self.uploader = Uploader(
            self.store,
            self.shore,
            STATION_KEY.public_key(),
            DEVICE,
            allowance=self.allowance,
            seed=1,
            mono_s=self.hours,
        )

    def stop(self) -> None:
        self.shore.close()
        self.store.close()

    def seal(self, data: bytes, kind: str = "still") -> EvidenceFile:
        return seal(self.store.evidence_root, data, "clip" if kind == "clip" else "still")

    def path(self, file: EvidenceFile) -> Path:
        return evidence_path(self.store.evidence_root, file.sha256, file.media_type)

    def outcomes(self, limit: int = 60) -> list[str]:
        """Step until nothing is pending."""
        seen: list[str] = []
        while len(seen) < limit:
            progress = self.uploader.step()
            if progress.outcome is Outcome.IDLE:
                return seen
            seen.append(progress.outcome.value)
        raise AssertionError(f"not done after {limit} steps: {seen}")

    def arrived(self) -> bool:
        """Everything is ashore, byte for byte, and known to be."""
        counts = self.store.counts()
        return (
            self.station.records == list(self.store.records())
            and (counts.pending_records, counts.pending_evidence) == (0, 0)
            and self.station.whole == set(self.station.named)
        )
