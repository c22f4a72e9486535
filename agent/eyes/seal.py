"""From an order to files: stills and clips of the span, durable on disk before anybody names them."""

import contextlib
import errno
import os
from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from agent.card import Guard
from agent.durable import evidence_path, in_folder, make_folder, move_file, sync_folder, write_file
from agent.eyes.clip import Clip, NoClip, write_clip
from agent.eyes.packets import Run
from agent.eyes.ring import Still
from agent.eyes.view import View
from agent.types import EvidenceFile, Seal, Sealed

MEDIA_TYPE = "image/jpeg"
CLIP_TYPE = "video/mp4"


def NO_GUARD() -> str | None:  # noqa: N802 - a constant that is a function
    """Evidence lies on the box's own card: nothing to check."""
    return None


def seal_stills(order: Seal, stills: Sequence[Still], root: Path, guard: Guard = NO_GUARD) -> Sealed:
    """Keep these stills under the evidence folder `root`.

    Never raises for a disk: what could not be kept is said in `problem`, beside what could. The answer
    carries the order's own end as its stamp, so that a replay gives the same answer.
    """
    if not stills:
        length_s = (order.to_mono_ns - order.from_mono_ns) / 1e9
        problem = f"camera {order.camera} gave no picture in the {length_s:.1f} s that were to be kept"
        return _answer(order, (), problem)
    if (refusal := guard()) is not None:
        return _answer(order, (), refusal)
    files: list[EvidenceFile] = []
    try:
        for still in stills:
            file = describe(still)
            # A frozen camera gives the same picture twice; it is one file and is named once.
            if file.sha256 not in {kept.sha256 for kept in files}:
                keep(still.jpeg, evidence_path(root, file.sha256, file.media_type))
                files.append(file)
    except OSError as problem:
        return _answer(order, files, f"{len(files)} of {len(stills)} stills kept, then {_why(problem)}")
    return _answer(order, files)


def seal_clip(
    order: Seal,
    runs: Sequence[Run],
    root: Path,
    guard: Guard = NO_GUARD,
    *,
    view: View | None = None,
    cut_short: bool = False,
) -> Sealed:
    """Keep the film of the span as `view` shows it: one clip, or several where the stream was broken in it."""
    view = view or View()
    if not runs:
        return _answer(order, (), f"camera {order.camera} sent no film in the span that was to be kept")
    if (refusal := guard()) is not None:
        return _answer(order, (), refusal)
    files: list[EvidenceFile] = []
    problems = ["the clip was cut short: the camera sends more than a clip may hold"] if cut_short else []
    for run in runs:
        part = root / f"clip-{order.camera}-{order.to_mono_ns}.part"
        try:
            make_folder(root)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
            files.append(
                _keep_clip(order.camera, write_clip(part, run, view.turn_deg, view.on_film()), part, root)
            )
        except NoClip as problem:
            problems.append(f"no clip of camera {order.camera}: {problem}")
        except OSError as problem:
            problems.append(f"{len(files)} of {len(runs)} clips kept, then {_why(problem)}")
            break
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return _answer(order, files, "; ".join(problems) or None)


def _keep_clip(camera: str, clip: Clip, part: Path, root: Path) -> EvidenceFile:
    """Make a written clip durable under its digest."""
    with part.open("rb") as written:
        digest = file_digest(written, "sha256").hexdigest()
    size_bytes = part.stat().st_size
    path = evidence_path(root, digest, CLIP_TYPE)
    in_folder(path, lambda: move_file(part, path))
    return EvidenceFile(
        sha256=digest,
        kind="clip",
        media_type=CLIP_TYPE,
        size_bytes=size_bytes,
        camera=camera,
        mono_ns=clip.mono_ns,
        width_px=clip.width_px,
        height_px=clip.height_px,
        duration_s=clip.duration_s,
    )


def _answer(order: Seal, files: Sequence[EvidenceFile], problem: str | None = None) -> Sealed:
    return Sealed(order.to_mono_ns, order.event_id, tuple(files), problem, order.camera, order.want)


def best(stills: Sequence[Still]) -> tuple[Still, ...]:
    """The still on which the detector is surest, then the sharpest; at most one."""

    def shows(still: Still) -> tuple[float, float]:
        return sum(found.score for found in still.detections or ()), still.observation.sharpness

    return (max(stills, key=shows),) if stills else ()


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
    in_folder(path, lambda: write_file(path, content))


def _why(problem: OSError) -> str:
    if problem.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "the evidence disk has no room"
    return f"the evidence disk refused: {problem.strerror or type(problem).__name__}"
