"""The ring of packets: the last seconds of a camera's own stream, so that a clip begins before its event.

Packets are kept as they came and never decoded. They leave in whole groups, from one keyframe to the next, since
nothing shows a picture without the keyframe before it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from agent.types import CodedPacket


@dataclass(slots=True)
class Group:
    """A keyframe and what builds on it. `run` counts the stretches of the stream that make one clip."""

    codec: str
    run: int
    packets: list[CodedPacket] = field(default_factory=list)
    size_bytes: int = 0

    @property
    def mono_ns(self) -> int:
        return self.packets[0].mono_ns

    def add(self, packet: CodedPacket) -> None:
        self.packets.append(packet)
        self.size_bytes += len(packet.data)


@dataclass(frozen=True, slots=True)
class Run:
    """Packets that follow one another in one coding, from a keyframe on."""

    codec: str
    packets: tuple[CodedPacket, ...]

    @property
    def size_bytes(self) -> int:
        return sum(len(packet.data) for packet in self.packets)


Follower = Callable[[str, int, CodedPacket], None]


class PacketRing:
    """Whole groups of the last `seconds`, together never more than `max_bytes`.

    A single group larger than `max_bytes` is let go entirely and counted in `overflows`: then the camera sends
    keyframes too seldom for this ring, and there is no clip from before an event. Safe from several threads.
    """

    def __init__(self, seconds: float = 20.0, max_bytes: int = 16 * 1024 * 1024) -> None:
        if seconds <= 0 or max_bytes <= 0:
            raise ValueError(f"a ring of {seconds} s and {max_bytes} bytes holds nothing: both must exceed 0")
        self.length_ns = round(seconds * 1e9)
        self.max_bytes = max_bytes
        self.overflows = 0
        self._codec = ""
        self._run = 0
        self._groups: deque[Group] = deque()
        self._size_bytes = 0
        self._followers: list[Follower] = []
        self._lock = Lock()

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def begin(self, codec: str) -> None:
        """What comes now does not continue what came before: the camera was opened anew, or its picture changed."""
        with self._lock:
            self._codec = codec
            self._run += 1

    def add(self, packet: CodedPacket) -> None:
        """Keep a packet; those before the first keyframe of a run show nothing and are passed over."""
        with self._lock:
            newest = self._groups[-1] if self._groups else None
            if packet.keyframe:
                newest = Group(self._codec, self._run)
                self._groups.append(newest)
            elif newest is None or newest.run != self._run:
                return
            newest.add(packet)
            self._size_bytes += len(packet.data)
            self._forget(packet.mono_ns)
            for follow in self._followers:
                follow(newest.codec, newest.run, packet)

    def _forget(self, now_ns: int) -> None:
        groups = self._groups
        while len(groups) > 1 and (
            self._size_bytes > self.max_bytes
            # A group is wanted until the next one alone reaches back far enough.
            or now_ns - groups[1].mono_ns >= self.length_ns
        ):
            self._size_bytes -= groups.popleft().size_bytes
        if self._size_bytes > self.max_bytes:
            groups.clear()
            self._size_bytes = 0
            self.overflows += 1

    def until(self, mono_ns: int) -> tuple[str, tuple[CodedPacket, ...]] | None:
        """Coding and packets from a keyframe to the picture of exactly that stamp: enough to show it, or None."""
        with self._lock:
            for group in reversed(self._groups):
                for at, packet in enumerate(group.packets):
                    if packet.mono_ns == mono_ns:
                        # What is shown before its keyframe builds on the group before.
                        shown = packet.pts >= group.packets[0].pts
                        return (group.codec, tuple(group.packets[: at + 1])) if shown else None
                if group.mono_ns < mono_ns:
                    return None
        return None

    def groups(self, from_mono_ns: int) -> list[tuple[str, int, tuple[CodedPacket, ...]]]:
        """Coding, run and packets of each group from the last keyframe at or before `from_mono_ns` on."""
        with self._lock:
            return self._groups_from(from_mono_ns)

    def follow(self, from_mono_ns: int, follower: Follower) -> None:
        """Give `follower` what is here from `from_mono_ns` on, and then every packet that comes, none left out.

        It is called under the ring's lock by the thread that reads the camera: it must be quick.
        """
        with self._lock:
            for codec, run, packets in self._groups_from(from_mono_ns):
                for packet in packets:
                    follower(codec, run, packet)
            self._followers.append(follower)

    def unfollow(self, follower: Follower) -> None:
        with self._lock:
            self._followers = [other for other in self._followers if other != follower]

    def _groups_from(self, from_mono_ns: int) -> list[tuple[str, int, tuple[CodedPacket, ...]]]:
        starts = [group.mono_ns for group in self._groups]
        first = max((at for at, start in enumerate(starts) if start <= from_mono_ns), default=0)
        return [(group.codec, group.run, tuple(group.packets)) for group in list(self._groups)[first:]]
