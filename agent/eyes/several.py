"""The eyes of several films in one replay: an order goes to the camera it names. Live they share a process instead."""

from collections.abc import Iterator, Sequence

from agent.eyes.eyes import Eyes
from agent.types import Look, Observation, Seal, Sealed, SourceState


class Several:
    """`sources` are read side by side, by whoever puts them in the order of their stamps."""

    def __init__(self, cameras: Sequence[Eyes]) -> None:
        self._cameras = {eyes.camera: eyes for eyes in cameras}

    def sources(self) -> list[Iterator[Observation | SourceState | Sealed]]:
        return [iter(eyes) for eyes in self._cameras.values()]

    def look(self, order: Look) -> None:
        """Obeyed by the camera it names; there may be no film of that one."""
        if (eyes := self._cameras.get(order.camera)) is not None:
            eyes.look(order)

    def seal(self, order: Seal) -> Sealed | None:
        """As `Eyes.seal`; of a camera without a film it is said that there is none."""
        if (eyes := self._cameras.get(order.camera)) is not None:
            return eyes.seal(order)
        problem = f"there is no film of camera {order.camera}"
        return Sealed(order.to_mono_ns, order.event_id, (), problem, order.camera, order.want)

    def close(self) -> None:
        for eyes in self._cameras.values():
            eyes.close()
