"""The packets of one open stream, and how it ended."""

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from agent.types import Health

MOST_UNREADABLE = 100  # in a row, then the stream is given up
CUT_SHORT_S = 1.0  # less than promised by so much is worth saying


class Packets:
    """Reads until the stream ends or breaks; never raises for what the far side sends.

    Afterwards `ending` says how it ended: a state and the rest of a sentence that begins with the camera.
    `unreadable` counts reads that gave nothing usable.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, *, film: bool) -> None:
        self._container = container
        self._stream = stream
        self._film = film
        self._reached_s = 0.0
        self.unreadable = 0
        self.ending: tuple[Health, str] = (Health.FAILED, "was not read")

    def __iter__(self) -> "Iterator[Packet[VideoStream]]":
        in_a_row = 0
        while True:
            try:
                for packet in self._container.demux(self._stream):
                    in_a_row = 0
                    self._measure(packet)
                    yield packet
                self.ending = self._at_end()
            except IndexError:
                # Damaged bytes can look like a further stream; PyAV then trips over it, at the end only.
                self.ending = self._at_end()
            except (av.ExitError, av.TimeoutError):  # PyAV reports its own time limit as the former
                self.ending = Health.SILENT, f"has sent nothing for {self._container.read_timeout:g} s"
            except av.InvalidDataError as problem:
                in_a_row += 1
                self.unreadable += 1
                if in_a_row < MOST_UNREADABLE:
                    continue
                self.ending = Health.FAILED, f"sends only what cannot be read: {words(problem)}"
            except (av.FFmpegError, OSError) as problem:
                self.ending = Health.FAILED, f"broke off: {words(problem)}"
            return

    def _measure(self, packet: "Packet[VideoStream]") -> None:
        if packet.pts is not None and packet.time_base is not None:
            ends_pts = packet.pts + (packet.duration or 0) - (self._stream.start_time or 0)
            self._reached_s = max(self._reached_s, float(ends_pts * packet.time_base))

    def _at_end(self) -> tuple[Health, str]:
        if not self._film:
            return Health.FAILED, "was ended by the far side"
        promised_s = (self._container.duration or 0) / 1e6
        if promised_s - self._reached_s > CUT_SHORT_S:
            return (
                Health.ENDED,
                f"ended after {self._reached_s:.1f} s of {promised_s:.1f} s: the film is cut short",
            )
        if self._reached_s == 0:
            return Health.ENDED, "ended; the film does not say how long it is"
        return Health.ENDED, f"ended after {self._reached_s:.1f} s"


def words(problem: Exception) -> str:
    """What went wrong without the address it happened at: addresses hold passwords."""
    text = problem.strerror if isinstance(problem, OSError | av.FFmpegError) else None
    return text or type(problem).__name__
