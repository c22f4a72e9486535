"""A real authority (openssl ts behind a loopback server) signs the ends of all chains once a day."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from ashore.boat import NOW, Boat
from durability import needs
from station import tables
from station.app import Station
from station.case import export_case
from station.stamping import Authority, StampError, authority, stamp_heads

CONFIG = """
[tsa]
default_tsa = sandwatch
[sandwatch]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
[extensions]
extendedKeyUsage = critical,timeStamping
"""


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[Authority]:
    needs.programs("openssl")
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    openssl(
        folder,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "3650",
        "-subj",
        "/CN=test root",
    )
    openssl(
        folder,
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "tsa.key",
        "-out",
        "tsa.csr",
        "-subj",
        "/CN=test authority",
    )
    openssl(
        folder,
        "x509",
        "-req",
        "-in",
        "tsa.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "tsa.pem",
        "-days",
        "3650",
        "-extfile",
        "tsa.cnf",
        "-extensions",
        "extensions",
    )

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            """Stay quiet."""

        def do_POST(self) -> None:
            (folder / "q").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl(folder, "ts", "-reply", "-queryfile", "q", "-out", "r", "-config", "tsa.cnf")
            answer = (folder / "r").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield authority(f"http://127.0.0.1:{server.server_port}/", folder / "ca.pem")
    server.shutdown()
    thread.join()
    server.server_close()


def test_heads_are_stamped_once_a_day_and_openssl_verifies_the_word_in_a_case(
    boat: Boat, station: Station, tsa: Authority, tmp_path: Path
) -> None:
    boat.write("gap", {})
    boat.send()
    assert stamp_heads(station.store, tsa, NOW) == "2026-11-20"
    assert stamp_heads(station.store, tsa, NOW + timedelta(hours=2)) is None
    assert stamp_heads(station.store, tsa, NOW + timedelta(days=1)) == "2026-11-21"
    case = tmp_path / "case"
    export_case(station, boat.device, None, case, NOW)
    stamp = case / "timestamps" / "2026-11-20"
    assert boat.records[0].hash in stamp.with_suffix(".json").read_text()
    command = ["openssl", "ts", "-verify", "-in", f"{stamp}.tsr", "-data", f"{stamp}.json", "-CAfile"]
    subprocess.run([*command, str(tmp_path / "tsa" / "ca.pem")], check=True, capture_output=True)


def test_the_word_of_another_authority_is_not_kept(station: Station, tsa: Authority, tmp_path: Path) -> None:
    openssl(
        tmp_path,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "k",
        "-out",
        "other.pem",
        "-subj",
        "/CN=other",
    )
    with pytest.raises(StampError, match="does not verify"):
        stamp_heads(station.store, authority(tsa.url, tmp_path / "other.pem"), NOW)
    with station.store.reading() as connection:
        assert connection.execute(sa.select(tables.timestamps.c.day)).first() is None


def test_an_authority_that_does_not_answer_is_a_sentence(station: Station, tsa: Authority) -> None:
    with pytest.raises(StampError, match="does not answer"):
        stamp_heads(station.store, Authority("http://127.0.0.1:9/", tsa.roots), NOW)
