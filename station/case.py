"""A case: one folder that proves itself, with the program or with standard tools (`docs/verify.md`).

The chain of one device from its first record to the end as held here, the evidence of the chosen event (or of
all), the station's receipt, the heads it was told, its time-stamps, and a signed list of these files.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.durable import EVIDENCE_SUFFIXES, make_folder, sync_folder, write_file
from agent.errors import SandwatchError
from agent.event import chain, wire
from agent.event.receipt import make_receipt
from agent.types import Json
from agent.verify import CASE_FILE, RECEIPT_FILE, RECORDS_FILE, SUMS_FILE, Report, file_digest, verify
from station import identity, shelf, tables
from station.app import Station
from station.stamping import export_stamps

README = """\
This folder is a case exported by a Sandwatch station. It can be checked without Sandwatch: see docs/verify.md
of the project, or in short: sha256sum -c SHA256SUMS; openssl with device.pem over each record of records.jsonl.
"""


class CaseError(SandwatchError, ValueError):
    """A case cannot be made as asked."""


def export_case(
    station: Station, device: str, event_ids: Sequence[str] | None, to: Path, now: datetime
) -> int:
    """Write a case into the new folder `to`, with the evidence of these events (None: all of the box).

    Returns the number of its files. Raises CaseError.
    """
    if to.exists() and any(to.iterdir()):
        raise CaseError(f"{to} is not empty: name a new folder for the case")
    with station.store.reading() as connection:
        known = tables.devices.c
        row = connection.execute(
            sa.select(known.public_key, known.head_seq, known.head_hash).where(known.id == device)
        ).first()
        if row is None or row.head_seq == 0:
            raise CaseError(f"nothing is held of a device {device!r}")
        column = tables.records.c
        query = sa.select(column.raw).where(column.device == device).order_by(column.seq)
        raws: list[bytes] = list(connection.execute(query).scalars())
        digests = _chosen(connection, device, event_ids)
        told = tables.heads.c
        heads = [
            {"seq": head.seq, "hash": head.hash, "first_utc": head.first_utc}
            for head in connection.execute(
                sa.select(told.seq, told.hash, told.first_utc).where(told.device == device).order_by(told.seq)
            )
        ]
        stamps = export_stamps(connection, device)
    end = chain.Head(row.head_seq, row.head_hash)
    make_folder(to)
    for path, content in stamps.items():
        make_folder((to / path).parent)
        write_file(to / path, content)
    here = {digest: media for digest, media in digests.items() if station.spool.held(digest).complete}
    name = identity.station_name(station.key)
    write_file(to / "README.txt", README.encode())
    write_file(to / "device.pem", _pem(chain.public_key(row.public_key)))
    write_file(to / "station.pem", _pem(station.key.public_key()))
    write_file(to / RECORDS_FILE, [raw + b"\n" for raw in raws])
    write_file(to / RECEIPT_FILE, make_receipt(station.key, name, device, end, tuple(here), now))
    write_file(to / "heads.json", json.dumps(heads, indent=1).encode())
    make_folder(to / "evidence")
    for digest, media in here.items():
        suffix = EVIDENCE_SUFFIXES.get(media, ".bin")
        write_file(to / "evidence" / (digest + suffix), station.spool.path(digest).read_bytes())
    first = chain.read_record(raws[0])
    files: list[Json] = [
        {
            "path": path.relative_to(to).as_posix(),
            "sha256": file_digest(path),
            "size_bytes": path.stat().st_size,
        }
        for path in sorted(to.rglob("*"))
        if path.is_file()
    ]
    fields: dict[str, Json] = {
        "v": wire.VERSION,
        "station": name,
        "device": device,
        "device_key": row.public_key,
        "station_key": chain.public_text(station.key.public_key()),
        "from_seq": first.seq,
        "prev": first.prev,
        "through_seq": end.seq,
        "head": end.hash,
        "events": list(event_ids or ()),
        "files": files,
        "utc": wire.utc_text(now),
    }
    write_file(to / CASE_FILE, chain.sign_object(fields, station.key))
    sums = [
        f"{file_digest(path)}  {path.relative_to(to).as_posix()}\n"
        for path in sorted(to.rglob("*"))
        if path.is_file()
    ]
    write_file(to / SUMS_FILE, "".join(sums).encode())
    sync_folder(to)
    return len(files) + 1


def verify_held(station: Station) -> dict[str, Report]:
    """Every chain this station holds, with its evidence, checked anew from the bytes."""
    reports = {}
    with station.store.reading() as connection:
        known = tables.devices.c
        for row in connection.execute(sa.select(known.id, known.public_key, known.head_seq, known.head_hash)):
            column = tables.records.c
            raws = connection.execute(
                sa.select(column.raw).where(column.device == row.id).order_by(column.seq)
            ).scalars()
            report = verify(
                raws, chain.public_key(row.public_key), lambda digest, _: station.spool.path(digest)
            )
            if report.head != chain.Head(row.head_seq, row.head_hash):
                report.faults.append(
                    f"record seq {row.head_seq} was acknowledged, the chain ends at seq {report.head.seq}"
                )
            reports[row.id] = report
    return reports


def _chosen(connection: sa.Connection, device: str, event_ids: Sequence[str] | None) -> dict[str, str]:
    """Digest -> media type of the evidence that belongs into the case."""
    if event_ids is None:
        column = tables.evidence.c
        rows = connection.execute(
            sa.select(column.sha256, column.media_type).where(column.device == device, column.held)
        )
        return {row.sha256: row.media_type or "" for row in rows}
    chosen: dict[str, str] = {}
    for event_id in event_ids:
        listed = shelf.one_event(connection, device, event_id)
        if listed is None:
            raise CaseError(f"there is no event {event_id!r} of {device}")
        chosen |= {file.sha256: file.media_type for file in listed.event.evidence}
    return chosen


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
