"""Bytes off the wire into verified NMEA 0183 sentences, in any chunking, whatever else the bytes hold.

A sentence is `$`, printable characters, `*` and the checksum in two hexadecimal digits. The checksum is
required: an XOR of 8 bits lets one in 256 damaged sentences through, so fields are checked strictly
as well (nmea_readers). What does not verify is counted by reason and dropped; nothing raises.
"""

import re
from functools import reduce
from operator import xor

from agent.errors import SentenceError
from hw.nmea_counters import Counters
from hw.nmea_readers import READERS
from hw.nmea_sentences import Sentence

# NMEA 0183 allows 82 characters; receivers with long GNS, GSV or proprietary sentences go beyond.
LONGEST = 160

_BODY = rb"[\x20\x22\x23\x25-\x29\x2b-\x7e]"  # printable, without `$`, `!` and `*`
_FRAME = re.compile(rb"[$!](%b{1,%d})\*([0-9A-Fa-f]{2})" % (_BODY, LONGEST - 4))
_OPEN = re.compile(rb"[$!]%b{0,%d}(?:\*[0-9A-Fa-f]?)?" % (_BODY, LONGEST - 4))
_START = re.compile(rb"[$!][^$!\r\n]*")
_UNPRINTABLE = re.compile(rb"[^\x20-\x7e]")
_ADDRESS = re.compile(r"[0-9A-Z]{2}[A-Z]{3}").fullmatch
_LINE_ENDS = (b"\r\n", b"\n", b"\r")


def read_sentence(line: bytes) -> Sentence | None:
    """One sentence, `$` to checksum, blanks and line end around it allowed.

    None for a well-formed sentence of a type that is not read. Raises SentenceError, and nothing else,
    for everything that is no verified sentence.
    """
    line = line.strip()
    frame = _FRAME.fullmatch(line)
    if frame is None:
        reason = _why_no_frame(line)
        raise SentenceError(reason, f"{line[:LONGEST]!r} is no sentence with a checksum")
    return _verified(line[:1], frame[1], frame[2])[1]


class SentenceReader:
    """Keeps what is left of a chunk until the rest of the sentence comes; never more than LONGEST bytes."""

    def __init__(self, counters: Counters | None = None) -> None:
        self.counters = Counters() if counters is None else counters
        self._kept = b""

    def feed(self, chunk: bytes) -> list[Sentence]:
        """The sentences completed by `chunk`, in order. A sentence is complete with its checksum."""
        counters = self.counters
        counters.bytes_read += len(chunk)
        buffer = self._kept + chunk if self._kept else chunk
        sentences: list[Sentence] = []
        at = 0
        for frame in _FRAME.finditer(buffer):
            start = frame.start()
            if start > at and buffer[at:start] not in _LINE_ENDS:
                self._count_skipped(buffer[at:start], last=False)
            at = frame.end()
            try:
                kind, sentence = _verified(buffer[start : start + 1], frame[1], frame[2])
            except SentenceError as refusal:
                counters.refuse(refusal.reason)
                continue
            if sentence is None:
                counters.ignore(kind)
            else:
                counters.accept(kind)
                sentences.append(sentence)
        self._keep(buffer[at:])
        return sentences

    def reset(self) -> None:
        """Forget an unfinished sentence: the line was interrupted, what comes next is not its rest."""
        self._kept = b""

    def _keep(self, rest: bytes) -> None:
        start = max(rest.rfind(b"$"), rest.rfind(b"!"))
        if start >= 0 and _OPEN.fullmatch(rest, start):
            self._kept = rest[start:]
            rest = rest[:start]
        else:
            self._kept = b""
        if rest and rest not in _LINE_ENDS:
            self._count_skipped(rest, last=not self._kept)

    def _count_skipped(self, piece: bytes, *, last: bool) -> None:
        """Bytes that are no sentence: count each start in them by why it came to nothing."""
        for start in _START.finditer(piece):
            cut = start.end() < len(piece) and piece[start.end()] in b"$!"
            cut = cut or (start.end() == len(piece) and not last)
            reason = _why_no_frame(start[0])
            self.counters.refuse("interrupted" if cut and reason == "no_checksum" else reason)


def _why_no_frame(text: bytes) -> str:
    """The reason for `text`, which is no sentence."""
    start = _START.match(text)
    if start is None:
        return "no_start"
    if _UNPRINTABLE.search(text.rstrip()):
        return "garbage"
    if len(text) > LONGEST:
        return "too_long"
    return "no_checksum" if start.end() == len(text) else "interrupted"


def _verified(mark: bytes, body: bytes, checksum: bytes) -> tuple[str, Sentence | None]:
    if reduce(xor, body) != int(checksum, 16):
        raise SentenceError("checksum", f"{body!r} has another checksum than {checksum.decode()}")
    address, _, fields = body.decode("ascii").partition(",")
    if address[:1] == "P":
        return address[:4], None  # proprietary: P and three letters of the maker
    if _ADDRESS(address) is None:
        raise SentenceError("address", f"{address!r} is no talker of two and type of three characters")
    kind = address[2:]
    reader = READERS.get(kind)
    if reader is None or mark == b"!":
        return kind, None
    return kind, reader(address[:2], fields.split(","))
