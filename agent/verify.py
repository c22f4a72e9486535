"""Is a chain, or a case taken from one, what was signed? Without a network, and without any secret key.

Every fault names the record or the file that is wrong, and how. A folder that brings its own public key
proves only that it fits together: for a hearing give the key that the station enrolled.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent import durable
from agent.errors import ChainError
from agent.event import chain, wire
from agent.event.receipt import open_receipt
from agent.types import Json

CASE_FILE = "case.json"
RECORDS_FILE = "records.jsonl"
RECEIPT_FILE = "receipt.json"
SUMS_FILE = "SHA256SUMS"
CASE_LIMIT_BYTES = 256 << 20  # of case.json and receipt.json, which name every file: a million of them
CASE_KEYS = frozenset(
    (
        "v",
        "station",
        "device",
        "device_key",
        "station_key",
        "from_seq",
        "prev",
        "through_seq",
        "head",
        "events",
        "files",
        "utc",
        "sig",
    )
)
Place = Callable[[str, str], Path | None]  # digest and media type -> where that file should lie


@dataclass(slots=True)
class Report:
    """What was looked at, and every fault found."""

    records: int = 0
    files: int = 0
    absent: int = 0  # evidence named but no longer here (retired, or not part of what was given)
    head: chain.Head = field(default_factory=chain.Head)
    faults: list[str] = field(default_factory=list)


def verify(
    raws: Iterable[bytes],
    key: Ed25519PublicKey,
    evidence: Path | Place | None,
    start: chain.Head | None = None,
) -> Report:
    """Check every record behind `start` (by default from the first), and every evidence file that is there."""
    report = Report(head=start or chain.Head())
    named: dict[str, tuple[int, str]] = {}

    def passing() -> Iterator[bytes]:
        for raw in raws:
            report.records += 1
            try:
                record = chain.read_record(raw)
                report.head = chain.Head(record.seq, record.hash)
                for digest, media_type in wire.evidence_named(record.body).items():
                    named.setdefault(digest, (record.seq, media_type))
            except ChainError:
                pass  # chain.faults says what is wrong with it
            yield raw

    report.faults.extend(str(fault) for fault in chain.faults(passing(), key, report.head))
    if evidence is None:
        return report
    place = _in_folder(evidence) if isinstance(evidence, Path) else evidence
    for digest, (seq, media_type) in named.items():
        path = place(digest, media_type)
        if path is None or not path.is_file():
            report.absent += 1
            continue
        report.files += 1
        found = file_digest(path)
        if found != digest:
            report.faults.append(
                f"evidence {path.name} (named by record seq {seq}): content has SHA-256 {found}"
            )
    return report


def verify_case(
    folder: Path, device_key: Ed25519PublicKey | None = None, station_key: Ed25519PublicKey | None = None
) -> Report:
    """Check an exported case: the station's word, every file of it, every record and its evidence.

    Without keys those in the case are used, which proves only that it fits together.
    """
    raw = _read(folder / CASE_FILE)
    try:
        case = cast("dict[str, Json]", json.loads(raw))
        own_device = chain.public_key(str(case["device_key"]))
        own_station = chain.public_key(str(case["station_key"]))
        begin = chain.Head(int(str(case["from_seq"])) - 1, str(case["prev"]))
        end = chain.Head(int(str(case["through_seq"])), str(case["head"]))
        files = cast("list[dict[str, Json]]", case["files"])
        listed = {str(file["path"]): str(file["sha256"]) for file in files}
    except (ValueError, KeyError, TypeError) as error:
        return Report(faults=[f"{CASE_FILE}: is no case ({error})"])
    named = _named(listed)
    records = _read(folder / RECORDS_FILE).splitlines()
    report = verify(records, device_key or own_device, lambda digest, _: named(folder, digest), begin)
    problems: list[str] = []
    if set(case) != CASE_KEYS:
        problems.append(f"{CASE_FILE}: has missing or unknown keys")
    for what, given, own in (("device", device_key, own_device), ("station", station_key, own_station)):
        if given is not None and chain.public_text(given) != chain.public_text(own):
            problems.append(f"{CASE_FILE}: names another key of the {what} than the one given")
    try:
        chain.open_object(raw.strip(), station_key or own_station, CASE_LIMIT_BYTES)
    except ChainError as error:
        problems.append(f"{CASE_FILE}: {error}")
    if report.head != end:
        problems.append(
            f"record seq {end.seq}: the case ends there with hash {end.hash[:16]}…, the records end at seq "
            f"{report.head.seq} with {report.head.hash[:16]}…: records at the end are missing, changed or added"
        )
    problems += _receipt_faults(folder, case, end, station_key or own_station)
    problems += _file_faults(folder, listed)
    report.faults += problems
    return report


def _receipt_faults(
    folder: Path, case: dict[str, Json], end: chain.Head, station_key: Ed25519PublicKey
) -> Iterator[str]:
    raw = _read(folder / RECEIPT_FILE)
    try:
        receipt = open_receipt(raw.strip(), station_key, str(case["device"]), CASE_LIMIT_BYTES)
    except ChainError as error:
        yield f"{RECEIPT_FILE}: {error}"
        return
    if (receipt.through_seq, receipt.head) != (end.seq, end.hash):
        yield f"{RECEIPT_FILE}: the station signed for seq {receipt.through_seq}, the case ends at seq {end.seq}"


def _file_faults(folder: Path, listed: dict[str, str]) -> Iterator[str]:
    for name, digest in listed.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            yield f"{name}: lies outside the case"
        elif not path.is_file():
            yield f"{name}: is missing"
        elif file_digest(path) != digest:
            yield f"{name}: is not the file the station put into the case"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in listed and name not in (CASE_FILE, SUMS_FILE):
            yield f"{name}: was added; the station did not put it into the case"


def _named(listed: dict[str, str]) -> Callable[[Path, str], Path | None]:
    places = {Path(name).stem: name for name in listed if name.startswith("evidence/")}

    def place(folder: Path, digest: str) -> Path | None:
        return folder / places[digest] if digest in places else None

    return place


def _in_folder(root: Path) -> Place:
    def place(digest: str, media_type: str) -> Path | None:
        known = media_type in durable.EVIDENCE_SUFFIXES
        return durable.evidence_path(root, digest, media_type) if known else None

    return place


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> bytes:
    """The bytes of a file; none where it is not there, which then does not verify."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
