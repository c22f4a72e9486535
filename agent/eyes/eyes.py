"""The eyes of one camera in one piece: frames in, observations out, stills and clips sealed on order.

A replay uses this class directly; live it runs inside a child process (`agent.eyes.worker`), one for each camera
(`agent.eyes.child`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Protocol

from agent.card import Guard
from agent.eyes import clip
from agent.eyes.develop import picture_at
from agent.eyes.observe import observe
from agent.eyes.packets import PacketRing, Run
from agent.eyes.recording import SLACK_NS, Recording
from agent.eyes.ring import Ring, Still, encode
from agent.eyes.seal import NO_GUARD, best, seal_clip, seal_stills, spread
from agent.eyes.stir import Stir
from agent.eyes.view import View
from agent.ports import Detector, Source
from agent.sidecar import note_down
from agent.types import Frame, Look, Observation, Seal, Sealed, SourceState

BEST_OF = 6  # keyframes of the main stream that are decoded and looked at for the best still
FOR_EVER_NS = 1 << 62


class Camera(Source[Frame | SourceState], Protocol):
    """A source of frames that can be told how often to look."""

    @property
    def camera(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def beats(self) -> int:
        """Grows with each packet read, each attempt and each second waited: still means stuck."""
        ...

    def look(self, interval_s: float) -> None: ...


@dataclass(slots=True)
class _Pending:
    """An order whose span is not over; of a clip with what is there of it."""

    order: Seal
    recording: Recording | None = None


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of a camera beside its looks: packets for clips, of `main` where it has two streams."""

    packets: PacketRing = field(default_factory=PacketRing)
    main: Camera | None = None


class Eyes:
    """One camera watched. `look`, `seal` and `answers` may be called from other threads than the iteration.

    An order whose end lies ahead is answered later: inline by the iteration, as soon as the film has passed that
    end; otherwise by whoever calls `answers` (`inline=False`), so that no disk holds up the camera.
    """

    def __init__(
        self,
        source: Camera,
        detector: Detector | None,
        ring: Ring,
        evidence_root: Path,
        *,
        view: View | None = None,
        stir: Stir | None = None,
        keeping: Keeping | None = None,
        guard: Guard = NO_GUARD,
        inline: bool = True,
    ) -> None:
        self._source = source
        self._detector = detector
        self._ring = ring
        self._evidence_root = evidence_root
        self._view = view or View()
        self._stir = stir
        self._keeping = keeping
        self._guard = guard
        self._inline = inline
        self._newest_ns = -1
        self._pending: list[_Pending] = []
        self._lock = Lock()

    @property
    def camera(self) -> str:
        return self._source.camera

    @property
    def beats(self) -> int:
        return self._source.beats

    @property
    def main(self) -> Camera | None:
        """The stream that is kept and not looked at, to be read by a thread of its own."""
        return None if self._keeping is None else self._keeping.main

    def __iter__(self) -> Iterator[Observation | SourceState | Sealed]:
        for item in self._source:
            if self._inline:
                self._newest_ns = max(self._newest_ns, item.mono_ns)
                yield from self.answers(item.mono_ns)
            if isinstance(item, SourceState):
                yield item
                continue
            frame = self._view.of(item)
            observation = observe(frame, self._detector, self._stir)
            jpeg = b"" if self._on_film(item) else encode(frame)
            # Into the ring before it is told: an event that follows from it finds its picture.
            self._ring.add(Still(jpeg, observation))
            yield observation
        if self._inline:
            self._newest_ns = FOR_EVER_NS
            yield from self.answers(FOR_EVER_NS)

    def look(self, order: Look) -> None:
        """Obeyed if it is for this camera; another camera's order is none of ours."""
        if order.camera == self._source.camera:
            self._source.look(order.interval_s)

    def seal(self, order: Seal) -> Sealed | None:
        """Keep what the order asks for; None where its end lies ahead. Never raises for a disk or for darkness."""
        pending = _Pending(order)
        if order.want == "clip" and self._keeping is not None:
            pending.recording = Recording(order, self._keeping.packets)
        if (self._inline and order.to_mono_ns <= self._newest_ns) or order.want == "stills":
            return self._carry_out(pending)
        with self._lock:
            self._pending.append(pending)
        return None

    def answers(self, now_ns: int) -> Iterator[Sealed]:
        """The orders whose span is over at `now_ns`, carried out."""
        while (pending := self._next_over(now_ns)) is not None:
            yield self._carry_out(pending)

    def _next_over(self, now_ns: int) -> _Pending | None:
        with self._lock:
            for pending in self._pending:
                if pending.recording is not None:
                    over = pending.recording.over(now_ns)
                else:
                    over = now_ns >= pending.order.to_mono_ns + (0 if self._inline else SLACK_NS)
                if over:
                    self._pending.remove(pending)
                    return pending
        return None

    def _carry_out(self, pending: _Pending) -> Sealed:
        order = pending.order
        if order.want == "clip":
            if pending.recording is None:
                # A camera that gives single pictures has no film, and nobody was promised one.
                return Sealed(order.to_mono_ns, order.event_id, (), None, order.camera, order.want)
            runs = pending.recording.finish()
            sealed = seal_clip(
                order,
                runs,
                self._evidence_root,
                self._guard,
                view=self._view,
                cut_short=pending.recording.cut_short,
            )
            return note_down(sealed, self._evidence_root)
        stills = self._stills(order)
        chosen = best(stills) if order.want == "best" else spread(stills, order.most)
        developed = tuple(still for still in map(self._developed, chosen) if still is not None)
        sealed = seal_stills(order, developed, self._evidence_root, self._guard)
        return note_down(sealed, self._evidence_root)

    def _stills(self, order: Seal) -> tuple[Still, ...]:
        """Looks of the span; where the looks are at a small second stream, pictures of the main stream."""
        looks = self._ring.between(order.camera, order.from_mono_ns, order.to_mono_ns)
        if self.main is None or self._keeping is None or order.camera != self.camera:
            return looks
        most = BEST_OF if order.want == "best" else order.most
        return tuple(self._large(self._keeping.packets, order, most)) or looks

    def _on_film(self, frame: Frame) -> bool:
        """Whether a still of this look can be made later. Film that does not fit into its ring is not relied on."""
        if not frame.filmed or self._keeping is None or self._keeping.packets.overflows:
            return False
        return self._keeping.packets.until(frame.mono_ns) is not None

    def _developed(self, still: Still) -> Still | None:
        """The still with its JPEG; None where the film has left the ring."""
        if still.jpeg or self._keeping is None:
            return still
        image = picture_at(self._keeping.packets, still.mono_ns)
        if image is None:
            return None
        frame = self._view.of(Frame(still.mono_ns, still.observation.camera, image))
        return replace(still, jpeg=encode(frame))

    def _large(self, packets: PacketRing, order: Seal, most: int) -> Iterator[Still]:
        begun = [
            (codec, group[0])
            for codec, _, group in packets.groups(order.from_mono_ns)
            if group[0].mono_ns <= order.to_mono_ns
        ]
        step = max(1, len(begun) / most)
        wanted = {round(len(begun) - 1 - at * step) for at in range(most)}
        for at in sorted(at for at in wanted if at >= 0):
            codec, packet = begun[at]
            picture = clip.first_picture(Run(codec, (packet,)))
            if picture is not None:
                frame = self._view.of(Frame(packet.mono_ns, order.camera, clip.as_image(picture)))
                yield Still(encode(frame), observe(frame, self._detector))

    def close(self) -> None:
        self._source.close()
        if self.main is not None:
            self.main.close()
