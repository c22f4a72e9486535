"""Offer a box so many damaged bundles and say what came of it: `python mutate.py FOLDER COUNT SEED`.

A process of its own, so that its memory is what taking bundles needs and nothing else. One line of JSON comes out.
"""

import io
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from agent.errors import BundleRefused
from agent.run.flash.apply import Now, take
from agent.run.flash.home import Home


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """The bundle with one to four accidents: bits, bytes, pieces lost, doubled, moved or made up."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) or 1)
        # half of the accidents hit the header and the manifest, where all the decisions are
        at = at if chance.random() < 0.5 else at % min(len(data) or 1, 1500)
        span = chance.randint(1, 64)
        match chance.randrange(8):
            case 0:
                data[at : at + 1] = bytes([(data[at] if data else 0) ^ 1 << chance.randrange(8)])
            case 1:
                data[at : at + span] = chance.randbytes(span)
            case 2:
                del data[at : at + span]
            case 3:
                data[at:at] = data[at : at + span]
            case 4:
                del data[at:]
            case 5:
                data[at:at] = chance.randbytes(span)
            case 6:
                data += chance.randbytes(span)
            case 7:
                other = chance.randrange(len(data) or 1)
                data[at : at + span], data[other : other + span] = (
                    data[other : other + span],
                    data[at : at + span],
                )
    return bytes(data)


def main(folder: Path, count: int, seed: int) -> None:
    home = Home(folder)
    raws = [path.read_bytes() for path in sorted(folder.parent.glob("*.swb"))]
    chance = random.Random(seed)
    codes: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(count):
        raw = chance.choice(raws)
        tried = mutated(raw, chance)
        if tried in raws:
            continue
        begun = time.monotonic()
        try:
            take(home, io.BytesIO(tried), lambda _: None, Now())
            codes["TAKEN"] += 1
        except BundleRefused as error:
            codes[error.code] += 1
        slowest = max(slowest, time.monotonic() - begun)
    peak_mb = _peak_kb() / 1024
    print(json.dumps({"codes": codes, "slowest_s": slowest, "peak_mb": peak_mb}))  # noqa: T201


def _peak_kb() -> int:
    """Of this program; what getrusage says includes the parent it was forked from."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
