"""Evidence carried ashore on a stick: taken in by the same checks as over the link, and signed for.

Everything on the stick is a claim. Records are verified one by one, evidence is taken only if an accepted record
names it, and every file is read through `agent.stick`, which follows no link out of the folder. What is
refused is said and left; the rest is taken. Receipts go back onto the stick, for the box.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent import stick as layout
from agent.errors import ChainError, StickError
from agent.event import chain, wire
from agent.event.chain import Head
from agent.event.head import head_text
from agent.stick import Stick
from station.intake import BODY_LIMIT_BYTES, CHUNK_LIMIT_BYTES, Intake, Sender
from station.refusal import Refusal

RECEIPT_FILES = 1000  # digests in one receipt: 64 kB of it


@dataclass
class TakenIn:
    """What came of a stick. `problems` are sentences, `held` the files on it that are held now."""

    device: str
    through_seq: int = 0
    batches: int = 0
    held: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    receipts: int = 0


def take_in(intake: Intake, folder: Path, receipt_files: int = RECEIPT_FILES) -> TakenIn:
    """Take in one box's folder; one receipt for so many files. Raises StickError where it is none, Refusal where the box is not enrolled."""
    with Stick(folder) as stick:
        device = stick.owner()
        if device is None:
            raise StickError(f"{folder} holds nothing of a box: name the folder that holds {layout.OWNER[0]}")
        sender = intake.sender(device)
        taken = TakenIn(device)
        _head(intake, sender, stick, taken)
        _records(intake, sender, stick, taken)
        _evidence(intake, sender, stick, taken)
        _receipts(intake, sender, stick, taken, receipt_files)
    return taken


def _head(intake: Intake, sender: Sender, stick: Stick, taken: TakenIn) -> None:
    """The head is signed by the device here, where no request is."""
    try:
        raw = stick.read(layout.HEAD)
        if raw is None:
            return
        fields = chain.open_object(raw, sender.key)
        seq, hashed = fields.get("seq"), fields.get("hash")
        if not isinstance(seq, int) or isinstance(seq, bool) or not isinstance(hashed, str):
            raise ChainError("it has no number and hash")  # noqa: TRY301 - said below like every other fault
        line = head_text(str(fields.get("device")), Head(seq, hashed))
        intake.head(sender, line.encode("ascii"), "folder")
    except (ChainError, ValueError, StickError, Refusal) as error:
        taken.problems.append(f"{stick.path(layout.HEAD)}: {error}")


def _records(intake: Intake, sender: Sender, stick: Stick, taken: TakenIn) -> None:
    for name in stick.names(layout.RECORDS):
        if not layout.BATCH_NAME.fullmatch(name):
            continue
        parts = (*layout.RECORDS, name)
        try:
            packed = stick.read(parts, BODY_LIMIT_BYTES)
            if packed is not None:
                intake.records(sender, packed)
                taken.batches += 1
        except Refusal as refusal:
            taken.problems.append(f"{stick.path(parts)}: {refusal.detail}{_advice(refusal)}")
        except StickError as error:
            taken.problems.append(str(error))


def _advice(refusal: Refusal) -> str:
    if refusal.code != "gap":
        return ""
    held = refusal.extra.get("held_through_seq")
    return f". Aboard: sandwatch export FOLDER --from-seq {held + 1 if isinstance(held, int) else 1}"


def _evidence(intake: Intake, sender: Sender, stick: Stick, taken: TakenIn) -> None:
    for parts in _files(stick):
        sha256 = parts[-1]
        try:
            if _one_file(intake, sender, stick, parts):
                taken.held.append(sha256)
        except Refusal as refusal:
            taken.problems.append(f"{stick.path(parts)}: {refusal.detail}")
        except StickError as error:
            taken.problems.append(str(error))


def _files(stick: Stick) -> Iterator[layout.Parts]:
    for shard in stick.names(layout.EVIDENCE):
        if not layout.SHARD_NAME.fullmatch(shard):
            continue
        for name in stick.names((*layout.EVIDENCE, shard)):
            if wire.DIGEST.fullmatch(name) and name.startswith(shard):
                yield (*layout.EVIDENCE, shard, name)


def _one_file(intake: Intake, sender: Sender, stick: Stick, parts: layout.Parts) -> bool:
    """Take one file in from where it is held to; whether it is held in full afterwards."""
    sha256 = parts[-1]
    held = intake.held(sender, sha256)
    if held.complete:
        return True
    with stick.opened(parts) as file:
        if file is None:
            return False
        try:
            file.seek(held.offset)
            offset, data = held.offset, file.read(CHUNK_LIMIT_BYTES)
            while True:
                following = file.read(CHUNK_LIMIT_BYTES)
                _, held = intake.chunk(sender, sha256, offset, data, last=not following)
                if held.complete or not following:
                    return held.complete
                offset, data = held.offset, following
        except OSError as error:
            if isinstance(error, StickError):
                raise
            raise StickError(f"{stick.path(parts)}: {error.strerror or error}") from None


def _receipts(intake: Intake, sender: Sender, stick: Stick, taken: TakenIn, most: int) -> None:
    groups = [tuple(taken.held[at : at + most]) for at in range(0, len(taken.held), most)] or [()]
    try:
        for number, group in enumerate(groups, start=1):
            signed = intake.receipt(sender, group)
            taken.through_seq = int(json.loads(wire.canonical(signed))["through_seq"])
            stick.write(layout.receipt_parts(number), wire.canonical(signed))
            taken.receipts += 1
        for name in stick.names(layout.RECEIPTS):  # of an earlier visit
            if layout.RECEIPT_NAME.fullmatch(name) and int(name[:4]) > len(groups):
                stick.remove((*layout.RECEIPTS, name))
    except StickError as error:
        taken.problems.append(f"receipts: {error}")
