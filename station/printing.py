"""What can be taken away of a case: minutes, the printed case file, and the electronic one with the originals."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from station import chart, docket, shelf
from station.app import Station
from station.casewords import case_address, case_view
from station.casework import Number, events_of
from station.clock import Now
from station.docket import Case
from station.packing import pack
from station.paper import STILLS, VI, Kind, Shown, case_pdf
from station.procedure import Instruments, shipped
from station.sessions import Person
from station.shelf import Listed

STILL_LIMIT_BYTES = 4 << 20
PRINTED = ("image/jpeg", "image/png")


class Printing:
    """The papers of a case."""

    def __init__(self, station: Station, now: Now, law: Instruments | None = None) -> None:
        self._station = station
        self._now = now
        self._law = law or shipped()

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/cases/{number}/minutes.pdf", self.minutes, methods=["GET"])
        router.add_api_route("/cases/{number}/casefile.pdf", self.casefile, methods=["GET"])
        router.add_api_route("/cases/{number}/casefile.zip", self.archive, methods=["GET"])
        return router

    def minutes(self, request: Request, number: Number) -> Response:
        return _pdf(self._papers(request, number, "minutes")[1]["minutes"], f"bienban-{number}.pdf")

    def casefile(self, request: Request, number: Number) -> Response:
        return _pdf(self._papers(request, number, "casefile")[1]["casefile"], f"hoso-{number}.pdf")

    def archive(self, request: Request, number: Number) -> Response:
        """The electronic case file, packed in a folder of its own that is gone once it was sent."""
        case, made = self._papers(request, number, "minutes", "casefile")
        papers = {"bienban.pdf": made["minutes"], "hoso.pdf": made["casefile"]}
        folder = Path(tempfile.mkdtemp(prefix="sandwatch-case-"))
        try:
            packed = pack(self._station, case, papers, folder, self._now())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return FileResponse(
            packed,
            media_type="application/zip",
            filename=packed.name,
            headers={"Cache-Control": "no-store"},
            background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
        )

    def _papers(self, request: Request, number: int, *kinds: Kind) -> tuple[Case, dict[Kind, bytes]]:
        person: Person = request.state.person
        now = self._now()
        with self._station.store.reading() as connection:
            case = docket.one_case(connection, number)
            if case is None:
                raise HTTPException(404)
            listed = events_of(connection, case)
            papers = docket.papers_of(connection, number)
            shown = [self._shown(connection, each) for each in listed]
        view = case_view(case, listed, papers, person.role, self._law, now, VI)
        address = str(request.base_url).rstrip("/") + case_address(number)
        return case, {kind: case_pdf(kind, case, view, shown, address, now) for kind in kinds}

    def _shown(self, connection: sa.Connection, listed: Listed) -> Shown:
        held = shelf.held_of(connection, listed.device, [file.sha256 for file in listed.event.evidence])
        collection = chart.event_map(connection, listed, VI)
        stills = [
            file.sha256
            for file in listed.event.evidence
            if file.sha256 in held
            and file.kind == "still"
            and file.media_type in PRINTED
            and file.size_bytes <= STILL_LIMIT_BYTES
        ][:STILLS]
        return Shown(
            listed,
            held,
            cast("list[dict[str, Any]]", collection["features"]),
            {digest: self._station.spool.path(digest).read_bytes() for digest in stills},
        )


def _pdf(content: bytes, name: str) -> Response:
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
