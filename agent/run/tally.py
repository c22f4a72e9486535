"""What the running box counts, read from its store while it runs: the memory it commits every minute."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from agent.activity.views import counted_in
from agent.errors import StoreError
from agent.event import wire
from agent.outbox.view import View
from agent.run import identity
from agent.types import Json, Stamp

STALE_NS = 200 * 1_000_000_000  # a live box commits once a minute


class RunningBox:
    """The counts of the box whose store is in a folder. `now_ns` is the monotonic clock that both share."""

    def __init__(self, state_dir: Path, now_ns: Callable[[], int]) -> None:
        self._folder = state_dir
        self._now_ns = now_ns
        self.through_ns = 0  # the box had come so far at its last commit
        self._camera = ""  # the one whose cycles stand
        self._counted: dict[str, set[int]] = {}

    def read(self) -> None:
        """Take in what was committed last. Raises StoreError where no box of this boot is running."""
        with View.open_reading(self._folder) as view:
            held, boot = view.state(), identity.boot_id(view.segment())
        watch = {} if held is None else cast("dict[str, Json]", cast("dict[str, Json]", held[0])["watch"])
        now = wire.from_json(Stamp, watch["now"]) if watch else None
        if now is None or watch.get("boot_id") != boot or self._now_ns() - now.mono_ns > STALE_NS:
            raise StoreError(
                f"{self._folder}: no box is running with this store: it is the running one that is compared; "
                "start it and wait a minute"
            )
        self.through_ns = now.mono_ns
        self._camera, counted = counted_in(watch["views"])
        for camera, stamps in counted.items():
            self._counted.setdefault(camera, set()).update(stamps)

    def between(self, begin_ns: int, end_ns: int) -> tuple[str, list[int]]:
        """The camera whose cycles stand and those between two moments; raises StoreError where none can count."""
        if self._camera not in self._counted:
            raise StoreError(
                f"{self._folder}: no camera of this box can count: it needs a detector or a machine_region"
            )
        return self._camera, sorted(n for n in self._counted[self._camera] if begin_ns <= n <= end_ns)
