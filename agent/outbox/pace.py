"""How large the next chunk of evidence is: about six seconds of air time, learnt from the chunks before.

Small chunks waste round trips, large ones are lost whole when the link drops. With 48 kB/s, 0.4 s a round
trip and a drop a minute 64 KiB cost 31 %, 333 KiB 11.5 % and 1 MiB 20 %; six seconds of air time are within
two percent of the best on every link between. A chunk that broke off halves the next one, down to 16 KiB,
so that a link that never stands for six seconds still carries something.
"""

AIR_TIME_S = 6.0
FIRST_BYTES = 256 << 10
LEAST_BYTES = 64 << 10  # of what is measured
MOST_BYTES = 1 << 20  # the station takes no more in one piece
BROKEN_BYTES = 16 << 10  # of what breaks off again and again
STEP_BYTES = 16 << 10


class Pace:
    """The size of chunks on this link."""

    def __init__(self) -> None:
        self._bytes = FIRST_BYTES
        self._most = MOST_BYTES

    @property
    def chunk_bytes(self) -> int:
        return self._bytes

    def took(self, sent_bytes: int, seconds: float) -> None:
        """A chunk went through. One that took no measurable time says nothing."""
        if seconds <= 0:
            return
        fitting = int(sent_bytes / seconds * AIR_TIME_S) // STEP_BYTES * STEP_BYTES
        # Twice the size at most: one short last piece of a file, or one lucky second, is no measurement.
        self._bytes = min(max(fitting, LEAST_BYTES), 2 * self._bytes, self._most)

    def broke(self) -> None:
        """A chunk did not come through."""
        self._bytes = max(BROKEN_BYTES, self._bytes // 2)

    def refused(self) -> int:
        """The station takes no chunk of this size; the largest from now on."""
        self._most = max(BROKEN_BYTES, self._bytes // 2)
        self._bytes = self._most
        return self._most
