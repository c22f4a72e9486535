"""What of a link's rate becomes evidence ashore, and what of it goes twice when the link drops.

    python benches/bench_link.py

A real uploader and a real station in two network namespaces (root, iproute2), plain HTTP over a cable that `tc tbf`
holds to a rate. Goodput is the evidence that arrived, of what the link could have carried in that time; what is
missing are headers, TCP and IP (4 %), round trips between chunks, and records. Drops come after 2.88 MB on
average, a minute of 384 kbit/s.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from link.crossing import crossing
from link.network import cable
from link.test_drops import CLIP_BYTES, cross_with_drops

RATES = ((384_000, 1), (2_000_000, 2), (10_000_000, 6))  # bits a second, clips


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


def main() -> None:
    for bit_s, clips in RATES:
        print(f"{bit_s / 1000:6.0f} kbit/s, {clips} clip(s) of 5 MB: {goodput(bit_s, clips):.1%} of the rate")
    with tempfile.TemporaryDirectory() as folder:
        cross_with_drops(Path(folder), haste=30, drops=20)


if __name__ == "__main__":
    main()
