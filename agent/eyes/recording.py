"""A clip in the making: what the ring holds from before, and what comes until the span is over."""

from dataclasses import dataclass, field
from threading import Lock

from agent.eyes.packets import PacketRing, Run
from agent.types import CodedPacket, Seal

SLACK_NS = 2_000_000_000  # a picture that is stamped within the span may arrive so much later
MAX_BYTES = 48 << 20  # 30 s at 12 Mbit/s


@dataclass(slots=True)
class _Stretch:
    codec: str
    run: int
    packets: list[CodedPacket] = field(default_factory=list)


class Recording:
    """Follows a ring until a packet lies behind the order's end, or there is more than `max_bytes`."""

    def __init__(self, order: Seal, ring: PacketRing, max_bytes: int = MAX_BYTES) -> None:
        self.order = order
        self.cut_short = False
        self._ring = ring
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._over = False
        self._stretches: list[_Stretch] = []
        self._lock = Lock()
        ring.follow(order.from_mono_ns, self._take)

    def over(self, now_ns: int) -> bool:
        """Whether nothing more of the span can come."""
        return self._over or now_ns >= self.order.to_mono_ns + SLACK_NS

    def finish(self) -> tuple[Run, ...]:
        """Stop following; the runs of the span that hold a picture of it, oldest first."""
        self._ring.unfollow(self._take)
        with self._lock:
            self._over = True
            begin = self.order.from_mono_ns
            return tuple(
                Run(one.codec, tuple(one.packets))
                for one in self._stretches
                if one.packets and max(packet.mono_ns for packet in one.packets) >= begin
            )

    def _take(self, codec: str, run: int, packet: CodedPacket) -> None:
        with self._lock:
            if self._over:
                return
            if packet.mono_ns > self.order.to_mono_ns:
                self._over = True
                return
            if self._size_bytes + len(packet.data) > self._max_bytes:
                self._over = self.cut_short = True
                return
            if not self._stretches or self._stretches[-1].run != run:
                self._stretches.append(_Stretch(codec, run))
            self._stretches[-1].packets.append(packet)
            self._size_bytes += len(packet.data)
