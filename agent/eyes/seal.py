"""From an order to files: some stills of the span, durable on disk before anybody names them."""

import errno
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from agent.durable import evidence_path, make_folder, sync_folder, write_file
from agent.eyes.ring import Ring, Still
from agent.types import EvidenceFile, Seal, Sealed

MEDIA_TYPE = "image/jpeg"


def seal(order: Seal, ring: Ring, root: Path, *, most: int = 3) -> Sealed:
    """Keep at most `most` stills of the span under the evidence folder `root`.

    Never raises for a disk: what could not be kept is said in `problem`, beside what could. The answer
    carries the order's own end as its stamp, so that a replay gives the same answer.
    """
    stills = spread(ring.between(order.camera, order.from_mono_ns, order.to_mono_ns), most)
    if not stills:
        length_s = (order.to_mono_ns - order.from_mono_ns) / 1e9
        return Sealed(
            order.to_mono_ns,
            order.event_id,
            (),
            f"camera {order.camera} gave no picture in the {length_s:.1f} s that were to be kept",
        )
    files: list[EvidenceFile] = []
    try:
        for still in stills:
            file = describe(still)
            # A frozen camera gives the same picture twice; it is one file and is named once.
            if file.sha256 not in {kept.sha256 for kept in files}:
                keep(still.jpeg, evidence_path(root, file.sha256, file.media_type))
                files.append(file)
    except OSError as problem:
        return Sealed(order.to_mono_ns, order.event_id, tuple(files), _sentence(problem, files, stills))
    return Sealed(order.to_mono_ns, order.event_id, tuple(files))


def spread(stills: Sequence[Still], most: int) -> tuple[Still, ...]:
    """At most `most` of them, evenly over the time they cover.

    The span of an order ends with the event, so the latest still is the one nearest to the event and
    always taken; the earliest is taken where two are wanted, then those nearest to the points between.
    """
    if not stills or most < 1:
        return ()
    first_ns, last_ns = stills[0].mono_ns, stills[-1].mono_ns
    picked = {len(stills) - 1}
    for step in range(most - 1):
        wanted_ns = first_ns + (last_ns - first_ns) * step // (most - 1)
        picked.add(min(range(len(stills)), key=lambda at: abs(stills[at].mono_ns - wanted_ns)))
    return tuple(stills[at] for at in sorted(picked))


def describe(still: Still) -> EvidenceFile:
    observation = still.observation
    return EvidenceFile(
        sha256=sha256(still.jpeg).hexdigest(),
        kind="still",
        media_type=MEDIA_TYPE,
        size_bytes=len(still.jpeg),
        camera=observation.camera,
        mono_ns=observation.mono_ns,
        width_px=observation.width_px,
        height_px=observation.height_px,
        detections=observation.detections,
        model_hash=observation.model_hash,
    )


def keep(content: bytes, path: Path) -> None:
    """Have `content` durable at `path`. A whole file already there is left, a damaged one is replaced."""
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        # Who wrote it may have lost power between the rename and the fsync of the folder.
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sync_folder(path.parent)
        return
    make_folder(path.parent)
    write_file(path, content)


def _sentence(problem: OSError, files: Sequence[EvidenceFile], stills: Sequence[Still]) -> str:
    if problem.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        why = "the evidence disk has no room"
    else:
        why = f"the evidence disk refused: {problem.strerror or type(problem).__name__}"
    return f"{len(files)} of {len(stills)} stills kept, then {why}"
