"""The electronic case file: papers, log, originals and the signed list of all of it, as one ZIP for a hearing.

Below `boxes/` lies a case of `station.case` for each box; whoever gets the file checks it with `sandwatch verify`
after unpacking it, without a network, or with standard tools (docs/verify.md).
"""

import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from agent.durable import make_folder, write_file
from agent.event import chain, wire
from agent.types import Json
from agent.verify import file_digest
from agent.verify_docket import BOXES, DOCKET_FILE
from station import docket, identity
from station.app import Station
from station.case import export_case
from station.docket import Case

STEPS = """\
Hồ sơ {code}, xuất lúc {utc}

Gói này gồm: hoso.pdf và bienban.pdf (bản in), nhatky.json (nhật ký), tailieu/ (tài liệu kèm theo), boxes/ (bản ghi gốc,
chứng cứ, biên nhận của từng thiết bị), docket.json (danh mục mọi tệp với SHA-256, có chữ ký Ed25519 của trạm).

Kiểm tra, không cần mạng: giải nén rồi chạy   sandwatch verify THƯ_MỤC --station-key {key}
Khóa của trạm phải lấy từ nơi khác gói này, ví dụ từ văn bản của cơ quan. Không có Sandwatch: xem README.txt trong boxes/.

This is case {code}. Unpack it and run: sandwatch verify FOLDER --station-key {key}
Take the station's key from elsewhere than this file. Without Sandwatch: see README.txt in each folder of boxes/.
"""


def pack(station: Station, case: Case, papers: Mapping[str, bytes], folder: Path, now: datetime) -> Path:
    """Write the case file into the empty `folder`; gives the path of the ZIP. `papers` are the PDFs by name."""
    content = folder / case.code
    make_folder(content)
    for name, printed in papers.items():
        write_file(content / name, printed)
    key = chain.public_text(station.key.public_key())
    steps = STEPS.format(code=case.code, utc=wire.utc_text(now), key=key)
    write_file(content / "HUONG-DAN.txt", steps.encode())
    write_file(content / "nhatky.json", _log(case))
    with station.store.reading() as connection:
        for paper in docket.papers_of(connection, case.number):
            found = docket.paper_content(connection, case.number, paper.sha256)
            if found is not None:
                make_folder(content / "tailieu")
                suffix = paper.media_type.rpartition("/")[2]
                write_file(content / "tailieu" / f"{paper.sha256}.{suffix}", found[1])
    for device in dict.fromkeys(device for device, _ in case.stands.events):
        events = [event_id for box, event_id in case.stands.events if box == device]
        export_case(station, device, events, content / BOXES / device, now)
    files: list[Json] = [
        {"path": path.relative_to(content).as_posix(), "sha256": file_digest(path)}
        for path in sorted(content.rglob("*"))
        if path.is_file()
    ]
    fields: dict[str, Json] = {
        "v": wire.VERSION,
        "code": case.code,
        "station": identity.station_name(station.key),
        "station_key": key,
        "utc": wire.utc_text(now),
        "files": files,
    }
    write_file(content / DOCKET_FILE, chain.sign_object(fields, station.key))
    packed = folder / f"{case.code}.zip"
    with zipfile.ZipFile(packed, "w") as archive:  # stored: pictures and clips do not get smaller
        for path in sorted(content.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return packed


def _log(case: Case) -> bytes:
    """Everything people did, as it stands in the station's log."""
    acts: list[Json] = [
        {
            "number": act.number,
            "utc": act.utc,
            "name": act.name,
            "role": act.role.value,
            "address": act.address,
            "kind": act.kind.value,
            "stage": None if act.stage is None else act.stage.value,
            "text": act.text,
            "device": act.device,
            "event_id": act.event_id,
            "sha256": act.sha256,
        }
        for act in case.acts
    ]
    fields: dict[str, Json] = {
        "code": case.code,
        "subject": case.subject,
        "licence": case.licence,
        "acts": acts,
    }
    return json.dumps(fields, ensure_ascii=False, indent=1).encode()
