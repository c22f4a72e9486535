"""A real boot: a virtual arm64 box, flashed as the documents say, watches a voyage, takes sticks and loses its power.

Long: `make soak T=boot`. SANDWATCH_BOOT_KILLS says how often the power is cut, 10 times by default. The whole log is
printed; what of it was seen on which machine stands in docs/boot.md.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boot import machine
from boot.machine import ROOT, Machine
from flash.flash_builders import DEVICE, KEYS, made, settings

VOYAGE = ROOT / "tests" / "voyages" / "tan-loc-evening" / "gnss.nmea"
FROM_S = 1130  # of the voyage: the receiver is about to lose its satellites
KILLS = int(os.environ.get("SANDWATCH_BOOT_KILLS", "10"))
STATUS = "sandwatch config status --home /var/lib/sandwatch/config"
STORE = "sandwatch status --state /var/lib/sandwatch --json"
LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"


def epochs() -> list[bytes]:
    """The sentences of the voyage, second by second."""
    found: list[bytes] = []
    for line in VOYAGE.read_bytes().splitlines(keepends=True):
        if line[3:6] == b"RMC":
            found.append(b"")
        found[-1] += line
    return found[FROM_S:]


def bundle(folder: Path, name: str, source: str, raw: bytes | None = None, **other: Any) -> Path:
    path = folder / f"{name}.swb"
    contents = {
        "agent.toml": settings(more=f'[gnss]\nsource = "{source}"\n'),
        "tan-loc.geojson": LICENCE.read_bytes(),
    }
    path.write_bytes(made(contents, **other) if raw is None else raw)
    return machine.stick(folder / f"{name}.img", path)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S', time.gmtime())} {text}", flush=True)  # noqa: T201


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine.programs()
    folder = tmp_path_factory.mktemp("box")
    subprocess.run([sys.executable, ROOT / "packaging" / "deb.py", folder], check=True)
    keys = folder / "keys.json"
    keys.write_text(KEYS.model_dump_json())
    machine.disk(folder, {"srv/sandwatch.deb": next(folder.glob("*.deb")), "srv/keys.json": keys})
    held, stop = Machine(folder), threading.Event()
    receiver = threading.Thread(target=held.says, args=(stop, epochs()), daemon=True)
    receiver.start()
    held.on()
    say("booted")
    yield held
    stop.set()
    held.cut()


def shown(box: Machine, command: str, within_s: float = 600.0) -> str:
    code, said = box.sh(command, within_s)
    say(f"$ {command}\n{said}")
    assert code == 0, said
    return said


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_boot_of_a_blank_box_to_events_sticks_and_power_cuts(box: Machine, tmp_path: Path) -> None:
    shown(box, "uname -rm; systemctl is-system-running; ls -l /dev/ttyUSB0")
    shown(box, "dpkg -i /srv/sandwatch.deb", 1800)
    shown(box, "du -sm /opt/sandwatch | cut -f1; systemctl is-enabled sandwatch; id sandwatch")
    shown(box, f"sudo -u sandwatch sandwatch config trust /srv/keys.json --device {DEVICE}")
    shown(box, "systemctl start sandwatch; systemctl show sandwatch -p ActiveState -p StatusText")
    shown(box, "systemd-analyze security sandwatch.service --no-pager | tail -1")

    box.insert(bundle(tmp_path, "good", "/dev/ttyUSB0", sequence=2))
    said = box.wait(STATUS, "confirmed")
    say(f"a good stick:\n{said}")
    shown(box, "journalctl -b -u 'sandwatch-config@*' --no-pager -o cat | tail -15")
    box.pull()
    store = json.loads(box.wait(STORE, '"opened"', 1200).splitlines()[-1])
    say(f"events in the store: {json.dumps(store['events'])[:600]}")
    shown(box, "systemctl show sandwatch -p MemoryCurrent -p NRestarts -p StatusText")

    box.insert(bundle(tmp_path, "bad", "/dev/ttyUSB0", made(signer=None)))
    say(
        "a bad stick:\n"
        + box.wait("journalctl -b -u 'sandwatch-config@*' --no-pager -o cat | tail -4", "unsigned")
    )
    box.pull()
    box.insert(bundle(tmp_path, "broken", "/dev/ttyNONE0", sequence=3, window_s=60))
    say("a stick with a config by which the box is deaf:\n" + box.wait(STATUS, "rolled_back", 1200))
    box.pull()

    for number in range(1, KILLS + 1):
        before = json.loads(shown(box, STORE).splitlines()[-1])
        box.cut()
        say(f"power cut {number}, at record {before['head_seq']}")
        box.on()
        box.wait("systemctl show sandwatch -p StatusText", "watching")
        shown(box, "sandwatch verify /var/lib/sandwatch | tail -2")
        after = json.loads(shown(box, STORE).splitlines()[-1])
        assert after["head_seq"] >= before["head_seq"]
        assert {event["event_id"] for event in before["events"]} <= {
            event["event_id"] for event in after["events"]
        }
    say(f"{KILLS} power cuts, nothing lost")
