"""Is a chain whole? Checks a store, or a file of records, without a network and without the key.

A store brings its own public key only by the device key beside it; whoever checks for a hearing gives the
public half that the station enrolled.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent import durable
from agent.errors import ChainError
from agent.event import chain, wire


@dataclass(slots=True)
class Report:
    """What was looked at, and every fault found."""

    records: int = 0
    files: int = 0
    absent: int = 0  # evidence named but no longer here (retired, or not part of what was given)
    faults: list[str] = field(default_factory=list)


def verify(raws: Iterable[bytes], key: Ed25519PublicKey, evidence_root: Path | None) -> Report:
    """Check every record from the first of the chain, and every evidence file that is there."""
    report = Report()
    named: dict[str, tuple[int, str]] = {}

    def passing() -> Iterator[bytes]:
        for raw in raws:
            report.records += 1
            try:
                record = chain.read_record(raw)
                for digest, media_type in wire.evidence_named(record.body).items():
                    named.setdefault(digest, (record.seq, media_type))
            except ChainError:
                pass  # chain.faults says what is wrong with it
            yield raw

    report.faults.extend(str(fault) for fault in chain.faults(passing(), key, chain.Head()))
    if evidence_root is None:
        return report
    for digest, (seq, media_type) in named.items():
        known = media_type in durable.EVIDENCE_SUFFIXES
        path = durable.evidence_path(evidence_root, digest, media_type) if known else evidence_root
        if not path.is_file():
            report.absent += 1
            continue
        report.files += 1
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest:
            report.faults.append(
                f"evidence {path.name} (named by record seq {seq}): content has SHA-256 {found}"
            )
    return report
