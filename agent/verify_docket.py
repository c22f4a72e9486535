"""Is an exported case file what the station signed? Its papers, and the chain of every box in it, without a network.

The folder is what a station packs for a hearing: `docket.json` names every file with its digest and is signed by
the station; below `boxes/` lies one case of `agent.verify` for each box.
"""

import json
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.errors import ChainError
from agent.event import chain
from agent.types import Json
from agent.verify import CASE_LIMIT_BYTES, Report, file_digest, verify_case

DOCKET_FILE = "docket.json"
BOXES = "boxes"


def verify_docket(
    folder: Path, device_key: Ed25519PublicKey | None = None, station_key: Ed25519PublicKey | None = None
) -> Report:
    """Check the station's word, every file of it, and every box's case. A given device key holds for all boxes."""
    report = Report()
    raw = (folder / DOCKET_FILE).read_bytes()
    try:
        docket = cast("dict[str, Json]", json.loads(raw))
        own = chain.public_key(str(docket["station_key"]))
        listed = {
            str(file["path"]): str(file["sha256"]) for file in cast("list[dict[str, Json]]", docket["files"])
        }
    except (ValueError, KeyError, TypeError) as error:
        return Report(faults=[f"{DOCKET_FILE}: is no case file ({error})"])
    if station_key is not None and chain.public_text(station_key) != chain.public_text(own):
        report.faults.append(f"{DOCKET_FILE}: names another key of the station than the one given")
    try:
        chain.open_object(raw.strip(), station_key or own, CASE_LIMIT_BYTES)
    except ChainError as error:
        report.faults.append(f"{DOCKET_FILE}: {error}")
    report.faults += _file_faults(folder, listed)
    boxes = folder / BOXES
    for box in sorted(boxes.iterdir()) if boxes.is_dir() else ():
        found = verify_case(box, device_key, station_key or own)
        report.records += found.records
        report.files += found.files
        report.absent += found.absent
        report.faults += [f"{BOXES}/{box.name}: {fault}" for fault in found.faults]
    return report


def _file_faults(folder: Path, listed: dict[str, str]) -> list[str]:
    faults = []
    for name, digest in listed.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            faults.append(f"{name}: lies outside the case file")
        elif not path.is_file():
            faults.append(f"{name}: is missing")
        elif file_digest(path) != digest:
            faults.append(f"{name}: is not the file the station put in")
    known = {*listed, DOCKET_FILE}
    faults += [
        f"{path.relative_to(folder).as_posix()}: was added; the station did not put it in"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in known
    ]
    return faults
