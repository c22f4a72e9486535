"""Is the write-ahead log what was written?

SQLite reads a log up to the first frame that does not verify and takes the rest for a write that a power cut
tore. For a damaged frame in the middle that is silence about lost commits. A cut can tear one transaction
only, the last; where two commits or more stand behind the first bad frame, the log was damaged.
"""

import struct
import sys
from array import array
from pathlib import Path

HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint number, two salts, two checksums
FRAME = struct.Struct(">6I")  # page, size of the database after a commit (0: none), two salts, two checksums
MAGIC = 0x377F0682  # checksums over little-endian words; plus one: big-endian
WORD = 0xFFFFFFFF


def log_damage(path: Path) -> str | None:
    """What is wrong with the log at `path`, or None: it is whole, torn at its end only, or not there."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) < HEADER.size + FRAME.size:
        return None
    magic, _, page_size, _, *salts, one, two = HEADER.unpack_from(data)
    big = bool(magic & 1)
    sound = (
        magic & ~1 == MAGIC
        and page_size in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
        and (_sum(data[:24], big=big, start=(0, 0)) == (one, two))
    )
    if not sound:
        return "the head of its log does not verify"
    frames = [
        (at, FRAME.unpack_from(data, at))
        for at in range(HEADER.size, len(data) - page_size - FRAME.size + 1, FRAME.size + page_size)
    ]
    running = (one, two)
    for number, (at, (_, _, salt_one, salt_two, one, two)) in enumerate(frames):
        if [salt_one, salt_two] == salts:
            running = _sum(data[at : at + 8], big=big, start=running)
            running = _sum(data[at + FRAME.size : at + FRAME.size + page_size], big=big, start=running)
        if [salt_one, salt_two] != salts or running != (one, two):
            behind = sum(1 for _, frame in frames[number:] if frame[1] and list(frame[2:4]) == salts)
            return f"{behind} commits stand behind a damaged frame of its log" if behind > 1 else None
    return None


def _sum(data: bytes, *, big: bool, start: tuple[int, int]) -> tuple[int, int]:
    words = array("I", data)
    if big == (sys.byteorder == "little"):
        words.byteswap()
    one, two = start
    for even, odd in zip(words[::2], words[1::2], strict=True):
        one = (one + even + two) & WORD
        two = (two + odd + one) & WORD
    return one, two
