"""TLS on a box whose clock may be wrong, against a real TLS server with a certificate authority of the test."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from agent.errors import ShoreUnreachable
from agent.outbox.shore_http import HttpShore
from agent.types import ClockQuality, RecordBatch
from outbox.outbox_builders import DEVICE, DEVICE_KEY

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime.now(UTC)  # noqa: TID251 - OpenSSL reads the machine's clock and no other
DAY = timedelta(days=1)


@dataclass
class Box:
    """A clock of a given quality."""

    now: datetime | None
    quality: ClockQuality

    def mono_ns(self) -> int:
        return 0

    def utc(self) -> tuple[datetime | None, ClockQuality]:
        return self.now, self.quality


NTP = Box(NOW, ClockQuality.NTP)
LOST = Box(None, ClockQuality.NONE)


@dataclass
class Authority:
    """A certificate authority that signs for 127.0.0.1."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        usage = x509.BasicConstraints(ca=True, path_length=None)
        cert = self._build(self.name, self.key, WRITTEN - 999 * DAY, WRITTEN + 99_999 * DAY).add_extension(
            usage, critical=True
        )
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(cert.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def _build(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )

    def certificate(self, begins: datetime, ends: datetime, address: str = "127.0.0.1") -> Path:
        """A server's key and certificate in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station")])
        names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))])
        cert = self._build(name, key, begins, ends).add_extension(names, critical=False)
        file = self.folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + cert.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return file


class Teapot(http.server.BaseHTTPRequestHandler):
    """Whoever gets an answer has got through TLS."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Stay quiet."""


@contextmanager
def serving(certificate: Path) -> Iterator[str]:
    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A refused handshake is what these tests are about."""

    server = Quiet(("127.0.0.1", 0), Teapot)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def through(clock: Box, url: str, authority: Path | None) -> str:
    """How far a request comes: `through` TLS, or why not."""
    trusted = None if authority is None else str(authority)
    with (
        HttpShore(url, DEVICE, DEVICE_KEY, clock, certificates=trusted, written=WRITTEN) as shore,
        pytest.raises(ShoreUnreachable) as caught,
    ):
        shore.deliver(RecordBatch((b"{}",)))
    text = str(caught.value)
    return "through" if "no JSON object" in text else text


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize(
    ("clock", "begins", "ends", "expected"),
    [
        pytest.param(NTP, NOW - DAY, NOW + DAY, "through", id="a valid one, and the time is known"),
        pytest.param(NTP, NOW - 9 * DAY, NOW - DAY, "expired", id="an old one, and the time is known"),
        pytest.param(
            NTP, NOW + DAY, NOW + 9 * DAY, "not yet valid", id="an early one, and the time is known"
        ),
        pytest.param(LOST, NOW - DAY, NOW + DAY, "through", id="a valid one in 1970"),
        pytest.param(LOST, NOW + 300 * DAY, NOW + 390 * DAY, "through", id="one of next year in 1970"),
        pytest.param(LOST, WRITTEN - 90 * DAY, WRITTEN - DAY, "ended on", id="older than this software"),
        pytest.param(
            Box(NOW, ClockQuality.SAVED),
            NOW - 90 * DAY,
            NOW - DAY,
            "ended on",
            id="older than the saved time",
        ),
        pytest.param(
            Box(NOW - 30 * DAY, ClockQuality.SAVED), NOW - DAY, NOW + DAY, "through", id="a month behind"
        ),
    ],
)
def test_certificate_is_read_by_the_clock_there_is(
    authority: Authority, clock: Box, begins: datetime, ends: datetime, expected: str
) -> None:
    with serving(authority.certificate(begins, ends)) as url:
        assert expected in through(clock, url, authority.file)


@pytest.mark.parametrize("clock", [NTP, LOST])
def test_another_authority_is_refused_whatever_the_clock_says(authority: Authority, clock: Box) -> None:
    with serving(authority.certificate(NOW - DAY, NOW + DAY)) as url:
        assert "CERTIFICATE_VERIFY_FAILED" in through(clock, url, None)


@pytest.mark.parametrize("clock", [NTP, LOST])
def test_another_host_is_refused_whatever_the_clock_says(authority: Authority, clock: Box) -> None:
    with serving(authority.certificate(NOW - DAY, NOW + DAY, address="127.0.0.9")) as url:
        assert "not valid for '127.0.0.1'" in through(clock, url, authority.file)


def test_check_is_strict_again_once_the_time_is_known(authority: Authority) -> None:
    clock = Box(None, ClockQuality.NONE)
    with (
        serving(authority.certificate(NOW + DAY, NOW + 9 * DAY)) as url,
        HttpShore(url, DEVICE, DEVICE_KEY, clock, certificates=str(authority.file), written=WRITTEN) as shore,
    ):
        with pytest.raises(ShoreUnreachable, match="no JSON object"):
            shore.deliver(RecordBatch((b"{}",)))
        shore.close()  # the connection of before was made before
        clock.now, clock.quality = NOW, ClockQuality.NTP
        with pytest.raises(ShoreUnreachable, match="not yet valid"):
            shore.deliver(RecordBatch((b"{}",)))
