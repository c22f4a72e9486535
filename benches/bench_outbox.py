"""The outbox: durable records a second, bytes to flash for each, the next fifty of a million, goodput of delivery.

    python benches/bench_outbox.py [FOLDER]      a folder on the disk to be measured; a temporary one by default

Pages of 1 KiB are measured against 4 KiB. Bytes are those the kernel hands to the block device for this process
(`write_bytes` of /proc/self/io), so the folder must not lie on a tmpfs.

Goodput is the evidence that arrived, of what the link could have carried in that time: a real uploader and a real
station in two network namespaces (root, iproute2), plain HTTP over a cable that `tc tbf` holds to a rate. What is
missing are headers, TCP and IP (4 %), round trips between chunks, and records.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.event.chain import Chain
from agent.outbox import database
from agent.outbox.store import Store
from agent.types import ClockQuality, Json, Stamp

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from link.crossing import crossing
from link.network import cable
from link.test_drops import CLIP_BYTES

COMMITS = 300
RATES = ((384_000, 1), (2_000_000, 2), (10_000_000, 6))  # bits a second, clips
ROWS = 1_000_000
BODY: Mapping[str, Json] = {
    "points": [{"mono_ns": str(10**12 + n), "lat_deg": 10.26, "lon_deg": 105.57} for n in range(6)]
}
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def written_bytes() -> int:
    """What this process has sent to block devices."""
    for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise RuntimeError("the kernel does not count written bytes")


def commits(folder: Path, page_bytes: int) -> tuple[float, float, int]:
    """Durable one-record commits a second, bytes to flash for each, and the size of a record."""
    database.PAGE_BYTES = page_bytes
    with Store.open(folder / str(page_bytes), "SW-1") as store:
        chain = Chain("SW-1", "boot-1", Ed25519PrivateKey.generate(), store.foothold())
        records = [chain.append(Stamp(n, NOW, ClockQuality.GNSS), "track", BODY) for n in range(COMMITS)]
        before, begun = written_bytes(), time.monotonic()
        for number, record in enumerate(records):
            store.commit([record], (), None, number)
        seconds = time.monotonic() - begun
        return COMMITS / seconds, (written_bytes() - before) / COMMITS, len(records[0].raw)


def next_fifty(folder: Path) -> float:
    """Milliseconds for the next fifty records where a million lie and half of them are sent."""
    with Store.open(folder / "million", "SW-1") as store:
        connection = store._db.conn  # noqa: SLF001 - rows that were never signed, for their number alone
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO records (seq, hash, kind, event_id, raw) VALUES (?, ?, 'track', NULL, ?)",
            ((seq, f"{seq:064x}", b"x" * 300) for seq in range(1, ROWS + 1)),
        )
        connection.execute("UPDATE delivery SET acked_through_seq = ?", (ROWS // 2,))
        connection.execute("COMMIT")
        times = []
        for _ in range(50):
            begun = time.perf_counter()
            assert len(store.pending_records(50)) == 50
            times.append(time.perf_counter() - begun)
        return sorted(times)[len(times) // 2] * 1000


def goodput(bit_s: int, clips: int) -> float:
    """The share of the link's rate that became evidence."""
    with (
        tempfile.TemporaryDirectory() as folder,
        cable(bit_s) as line,
        crossing(Path(folder), 1, line) as both,
    ):
        began = time.monotonic()
        for number in range(clips):
            both.keep(f"e{number}", CLIP_BYTES)
        both.wait_for("all", 1200)
        took = time.monotonic() - began
        both.check_nothing_lost_or_doubled()
    return clips * CLIP_BYTES * 8 / took / bit_s


def main(folder: Path) -> None:
    for page_bytes in (1024, 4096):
        rate, size, record = commits(folder, page_bytes)
        print(
            f"pages of {page_bytes} bytes: {rate:.0f} durable commits a second, {size:.0f} bytes to flash "
            f"for a record of {record}"
        )
    print(f"next 50 of {ROWS:,} records: {next_fifty(folder):.2f} ms")
    for bit_s, clips in RATES:
        print(f"{bit_s / 1000:6.0f} kbit/s, {clips} clip(s) of 5 MB: {goodput(bit_s, clips):.1%} of the rate")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as temporary:
            main(Path(temporary))
