"""Lines on GPIO pins (the relay of the pump, a pressure switch of the hydraulics, the lid, the mains), and how the hull shakes.

A line is told when it changes and every thirty seconds besides, because what was said two minutes ago says nothing of
now. It has changed when two readings a fifth of a second apart agree. What cannot be read is a `SourceState`, tried
again every ten seconds: a wire that came off must not look like a pump that stands still.

Lid and mains are no evidence of work: their lines are closed while all is well, so that a cut wire is told like a lid that
was opened, and their change is a `SourceState` of `line:tamper` or `line:mains`.

Vibration comes from an accelerometer of the kernel (IIO): the standard deviation over a second, all axes together, in g.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final, Literal, TypeAlias

from agent.errors import SourceError
from agent.ports import Clock
from agent.types import Health, Signal, SourceState

NS: Final = 1_000_000_000
POLL_S: Final = 0.2
REPEAT_NS: Final = 30 * NS
RETRY_NS: Final = 10 * NS
SAMPLES: Final = 50
SAMPLE_S: Final = 0.02
SHAKEN_EVERY_NS: Final = 10 * NS
G: Final = 9.80665

# What is told of a line that is no evidence of work: closed, open.
GUARDED: Final = {
    "tamper": ("the lid is closed", "the lid was opened, or the wire of its switch was cut"),
    "mains": ("there is power from the boat", "no power from the boat: the box runs on its battery"),
}

Said: TypeAlias = Signal | SourceState


@dataclass(frozen=True, slots=True)
class Line:
    """One line. It is on when its contact closes the pin (BCM number) to ground, or to 3.3 V."""

    name: str
    pin: int
    closes_to: Literal["ground", "3v3"] = "ground"


class _Pin:
    """One pin through gpiozero, opened when it is first read; raises SourceError."""

    def __init__(self, line: Line, factory: Any) -> None:
        self._line = line
        self._factory = factory
        self._device: Any = None

    def read(self) -> bool:
        try:
            if self._device is None:
                from gpiozero import DigitalInputDevice  # noqa: PLC0415 - only a box with lines has it

                self._device = DigitalInputDevice(
                    self._line.pin, pull_up=self._line.closes_to == "ground", pin_factory=self._factory
                )
            return bool(self._device.is_active)
        except ImportError:
            raise SourceError("gpiozero is not installed: pip install hau-sandwatch[pi]") from None
        except Exception as error:  # gpiozero's backends raise whatever their drivers do
            self.close()
            raise SourceError(f"pin {self._line.pin} cannot be read: {error}") from error

    def close(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None


class Accelerometer:
    """A folder of the kernel, `/sys/bus/iio/devices/iio:deviceN`."""

    def __init__(self, folder: Path, wait: Callable[[float], object]) -> None:
        self._folder = folder
        self._wait = wait

    def read(self) -> float:
        """A second of shaking, in g. Raises SourceError."""
        axes: dict[str, list[float]] = {axis: [] for axis in "xyz"}
        try:
            scale = self._number("in_accel_scale")
            for _ in range(SAMPLES):
                for axis, values in axes.items():
                    values.append(self._number(f"in_accel_{axis}_raw") * scale)
                self._wait(SAMPLE_S)
        except (OSError, ValueError) as error:
            raise SourceError(f"{self._folder} gives no acceleration: {error}") from None
        return round(math.sqrt(sum(_variance(values) for values in axes.values())) / G, 4)

    def _number(self, name: str) -> float:
        return float((self._folder / name).read_text(encoding="ascii"))


@dataclass(slots=True)
class _Held:
    """What is known of one line."""

    seen: bool | None = None
    told: bool | None = None
    told_ns: int = 0
    failed_ns: int | None = None


class Lines:
    """The lines of a box as a source of readings. `factory` is gpiozero's, its default where it is None."""

    def __init__(
        self,
        lines: Sequence[Line],
        clock: Clock,
        *,
        accelerometer: Path | None = None,
        factory: Any = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._clock = clock
        self._closed = Event()
        self._wait = wait or self._closed.wait
        self._pins = {line.name: _Pin(line, factory) for line in lines}
        self._held = {line.name: _Held() for line in lines}
        self._shaken = None if accelerometer is None else Accelerometer(accelerometer, self._wait)
        self._shaken_ns: int | None = None
        self._shaken_failed = False

    def __iter__(self) -> Iterator[Said]:
        while not self._closed.is_set():
            yield from self.step()
            self._wait(POLL_S)

    def step(self) -> Iterator[Said]:
        """Read every line once; what there is to say."""
        for name, pin in self._pins.items():
            yield from self._line(name, pin)
        if self._shaken is not None:
            yield from self._shake(self._shaken)

    def _line(self, name: str, pin: _Pin) -> Iterator[Said]:
        held, now_ns = self._held[name], self._clock.mono_ns()
        if held.failed_ns is not None and now_ns - held.failed_ns < RETRY_NS:
            return
        try:
            on = pin.read()
        except SourceError as error:
            if held.failed_ns is None:
                yield SourceState(now_ns, f"line:{name}", Health.FAILED, str(error))
            self._held[name] = _Held(failed_ns=now_ns)
            return
        if held.failed_ns is not None:
            held.failed_ns = None
            yield SourceState(now_ns, f"line:{name}", Health.HEALTHY, "the line can be read")
        settled, held.seen = on == held.seen, on
        if settled and name in GUARDED:
            if on != held.told:
                held.told = on
                state = Health.HEALTHY if on else Health.FAILED
                yield SourceState(now_ns, f"line:{name}", state, GUARDED[name][0 if on else 1])
        elif settled and (on != held.told or now_ns - held.told_ns >= REPEAT_NS):
            held.told, held.told_ns = on, now_ns
            yield Signal(now_ns, name, float(on))

    def _shake(self, accelerometer: Accelerometer) -> Iterator[Said]:
        now_ns = self._clock.mono_ns()
        if self._shaken_ns is not None and now_ns - self._shaken_ns < SHAKEN_EVERY_NS:
            return
        self._shaken_ns = now_ns
        try:
            level_g = accelerometer.read()
        except SourceError as error:
            if not self._shaken_failed:
                yield SourceState(now_ns, "line:vibration", Health.FAILED, str(error))
            self._shaken_failed = True
            return
        if self._shaken_failed:
            yield SourceState(now_ns, "line:vibration", Health.HEALTHY, "the accelerometer can be read")
        self._shaken_failed = False
        yield Signal(self._clock.mono_ns(), "vibration", level_g)

    def close(self) -> None:
        """End the iteration and let the pins go."""
        self._closed.set()
        for pin in self._pins.values():
            pin.close()


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values)
