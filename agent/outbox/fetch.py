"""Bundles fetched from the station: asked for often, taken in pieces, handed to the same process that takes sticks.

The box asks, the station never pushes. What is fetched is believed no more than a stick: it lies as a file in `fetched/`,
and `sandwatch config apply` (started by a path unit) verifies, stages, checks, swaps and tries it. Here only length and
digest are held against what the station offered, so that a broken link costs no more than the piece it broke. Each
bundle is handed over once: one that was refused or rolled back needs another sequence.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent import durable
from agent.errors import ShoreRefused, ShoreUnreachable
from agent.event import wire

log = logging.getLogger(__name__)

ASK_S = 300.0
RETRY_S = 60.0
LIMIT_BYTES = 80 << 20
ORDER = ("keys", "config", "software")
READY, TRIED = "fetched.swb", "tried.json"


@dataclass(frozen=True, slots=True)
class Offer:
    """The newest bundle of one kind that the station has for this box."""

    kind: str
    sequence: int
    sha256: str
    size_bytes: int


class Stock(Protocol):
    """Where bundles are to be had. Both raise ShoreUnreachable or ShoreRefused."""

    def offers(self) -> tuple[Offer, ...]: ...

    def piece(self, sha256: str, offset: int) -> bytes: ...


class Fetcher:
    """`step` does one thing at most: ask, take a piece, or hand a whole bundle over. Raises OSError where the disk refuses."""

    def __init__(
        self, stock: Stock, folder: Path, held: Callable[[], Mapping[str, int]], mono_s: Callable[[], float]
    ) -> None:
        """`held`: of each kind the highest sequence that this box has had."""
        self._stock = stock
        self._folder = folder
        self._held = held
        self._mono_s = mono_s
        self._next_s = 0.0
        self._offer: Offer | None = None

    def step(self) -> str:
        """What was done, in a word; empty where nothing is due."""
        if self._mono_s() < self._next_s or (self._folder / READY).exists():
            return ""
        try:
            return self._ask() if self._offer is None else self._take(self._offer)
        except (ShoreUnreachable, ShoreRefused) as error:
            log.info("bundles: %s", error)
            self._next_s, self._offer = self._mono_s() + RETRY_S, None
            return "failed"

    def _ask(self) -> str:
        tried, held = self._tried(), self._held()
        wanted = [
            offer
            for offer in self._stock.offers()
            if offer.kind in ORDER
            and offer.sequence > held.get(offer.kind, 0)
            and offer.sha256 not in tried
            and 0 < offer.size_bytes <= LIMIT_BYTES
            and wire.DIGEST.fullmatch(offer.sha256)
        ]
        if not wanted:
            self._next_s = self._mono_s() + ASK_S
            return "asked"
        self._offer = min(wanted, key=lambda offer: ORDER.index(offer.kind))
        durable.make_folder(self._folder)
        return "asked"

    def _take(self, offer: Offer) -> str:
        part = self._folder / f"{offer.sha256}.part"
        for other in self._folder.glob("*.part"):
            if other != part:
                other.unlink()
        offset = part.stat().st_size if part.exists() else 0
        if offset < offer.size_bytes:
            data = self._stock.piece(offer.sha256, offset)
            if not 0 < len(data) <= offer.size_bytes - offset:
                raise ShoreUnreachable(f"the station gave {len(data)} bytes of a bundle at {offset}")
            with part.open("ab") as file:
                file.write(data)
            return "piece"
        self._offer = None
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != offer.sha256:
            part.unlink()
            raise ShoreUnreachable("what came is not the bundle that was offered; it is fetched anew")
        tried = [*self._tried(), offer.sha256][-20:]
        durable.write_file(self._folder / TRIED, json.dumps(tried).encode())
        durable.move_file(part, self._folder / READY)
        log.warning("%s %s came over the link and is tried", offer.kind, offer.sequence)
        return "handed over"

    def _tried(self) -> list[str]:
        try:
            kept = json.loads((self._folder / TRIED).read_bytes())
        except (OSError, ValueError):
            return []
        return [text for text in kept if isinstance(text, str)] if isinstance(kept, list) else []
