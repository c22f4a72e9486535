"""What a live 10 Hz receiver costs: bytes to fixes, per epoch of RMC and GGA, the rest at 1 Hz.

Run: python benches/bench_nmea.py. The bytes come from our own generator (synthetic). Prints microseconds
of CPU per epoch for the reader alone and for reader and epochs, and the share of one core at 10 Hz.
"""

import time

from hw.epochs import Epochs
from hw.gnss_sim import sentences
from hw.gnss_sim_script import Script
from hw.nmea import SentenceReader

SCRIPT = """
start_utc = 2026-11-20T00:00:00Z
start = [10.2685, 105.5700]
rate_hz = 10.0
seed = 1
[[leg]]
kind = "anchor"
seconds = 600
"""
BURST_BYTES = 4096


def main() -> None:
    stream = b"".join(sentence for _, sentence in sentences(Script.from_toml(SCRIPT, "bench")))
    epochs_count = 6000
    bursts = [stream[at : at + BURST_BYTES] for at in range(0, len(stream), BURST_BYTES)]
    reader = SentenceReader()
    started = time.process_time_ns()
    for burst in bursts:
        reader.feed(burst)
    reading_us = (time.process_time_ns() - started) / 1000 / epochs_count
    reader, epochs, fixes = SentenceReader(), Epochs(), 0
    started = time.process_time_ns()
    for burst in bursts:
        for sentence in reader.feed(burst):
            fixes += len(epochs.step(sentence, 0))
    both_us = (time.process_time_ns() - started) / 1000 / epochs_count
    print(f"{len(stream) / epochs_count:.0f} bytes an epoch, {fixes} readings of {epochs_count} epochs")
    print(f"sentences: {reading_us:.1f} µs an epoch; sentences and fixes: {both_us:.1f} µs an epoch")
    print(f"share of one core at 10 Hz: {both_us * 10 / 1e6:.3%}")


if __name__ == "__main__":
    main()
