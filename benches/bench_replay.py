"""A day of 10 Hz NMEA through the whole agent, without video: how much faster than real time, in how much memory.

    python benches/bench_replay.py [--hours 24]

Makes a synthetic voyage (at anchor, under way, at anchor again, in turns), runs `sandwatch run --nmea` on it as a
process of its own with one store on disk, and prints: times real time, CPU share that a live 10 Hz receiver
would take, and resident memory at a quarter of the run and at its end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hw.gnss_sim import sentences
from hw.gnss_sim_script import Script

ROOT = Path(__file__).parents[1]
AGENT = """
[device]
id = "SW-BENCH"
[own_vessel]
kind = "dredger"
[licences]
files = ["{licence}"]
"""
ROUTE = ((10.257582, 105.579444), (10.255786, 105.581251))


def script(hours: float) -> Script:
    """Turns of two hours: most of them at anchor, some minutes under way."""
    text = (
        f"start_utc = 2026-11-20T00:00:00Z\nstart = [{ROUTE[0][0]}, {ROUTE[0][1]}]\nseed = 1\nrate_hz = 10\n"
    )
    turns = max(1, round(hours / 2))
    for turn in range(turns):
        lat, lon = ROUTE[(turn + 1) % 2]
        text += f'[[leg]]\nkind = "anchor"\nseconds = {int(hours * 3600 / turns) - 90}\nswing_radius_m = 4.0\nswing_period_s = 240\n'
        text += f'[[leg]]\nkind = "transit"\nto = [[{lat}, {lon}]]\nspeed_kn = 6.0\n'
    return Script.from_toml(text, "bench")


def memory_kb(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=24.0)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "day.nmea"
        begun = time.monotonic()
        last_ns = 0
        with log.open("wb") as file:
            for stamp_ns, line in sentences(script(hours)):
                file.write(line)
                last_ns = stamp_ns
        seconds = last_ns / 1e9
        print(
            f"voyage: {seconds / 3600:.2f} h, {log.stat().st_size / 1e6:.0f} MB, made in {time.monotonic() - begun:.0f} s"
        )
        licence = ROOT / "config" / "licences" / "example-tan-loc.geojson"
        (folder / "agent.toml").write_text(AGENT.format(licence=licence), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "agent",
            "run",
            "--nmea",
            str(log),
            "--config",
            str(folder / "agent.toml"),
        ]
        begun = time.monotonic()
        child = subprocess.Popen(
            [*command, "--state", str(folder / "state")], stdout=subprocess.PIPE, text=True
        )
        samples: list[int] = []
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            samples.append(memory_kb(child.pid))
            time.sleep(0.5)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
        assert child.stdout is not None
        said = child.stdout.read()
        child.stdout.close()
        assert child.returncode == 0, said
        cpu = usage.ru_utime + usage.ru_stime
        print(f"agent: {wall:.1f} s wall, {cpu:.1f} s CPU; {said.splitlines()[-1].split('; store')[0]}")
        print(
            f"memory: {samples[len(samples) // 4] / 1024:.1f} MB at a quarter, {samples[-1] / 1024:.1f} MB at the end"
        )
        print(f"replay {seconds / wall:.0f} times real time")
        print(f"live 10 Hz would take {100 * cpu / seconds:.2f} % of one core")


if __name__ == "__main__":
    main()
