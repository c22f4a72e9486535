"""Lamps, buzzer, button and key switch of the box, on GPIO pins.

The crew sees that the box has power and nothing else: whoever knows that it is blind knows when to work. With the technician's
key turned the second lamp says how the box is, by how often it flashes. What became of a config stick is said with
the key or without: whoever put it in stands there and waits. `docs/panel.svg` is the card to laminate beside it.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any, Final

from agent.errors import SourceError
from agent.ports import Clock

NS: Final = 1_000_000_000
STEP_S: Final = 0.1
NOD_NS: Final = NS

# Seconds on, off, on, off …; begun anew at its end.
Pattern = tuple[float, ...]


def flashes(count: int) -> Pattern:
    """So many short flashes, then two seconds of dark."""
    return (0.3, 0.3) * (count - 1) + (0.3, 2.0)


class Sign(StrEnum):
    """How the box is, for a technician: the first that holds."""

    TRIAL = "trial"
    NO_POSITION = "no_position"
    BLIND = "blind"
    NO_ROOM = "no_room"
    STUCK = "stuck"
    WELL = "well"


LAMP: Final[dict[Sign, Pattern]] = {
    Sign.WELL: (1.0,),
    Sign.NO_POSITION: flashes(1),
    Sign.BLIND: flashes(2),
    Sign.NO_ROOM: flashes(3),
    Sign.STUCK: flashes(4),
    Sign.TRIAL: (0.1, 0.1),
}


class News(StrEnum):
    """What became of a config stick."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


# Lamp and buzzer together, once.
TOLD: Final[dict[News, Pattern]] = {
    News.CONFIRMED: (1.5, 0.5),
    News.REFUSED: (0.2, 0.2) * 3,
    News.ROLLED_BACK: (0.2, 0.2) * 3 + (1.5, 0.5),
}


@dataclass(frozen=True, slots=True)
class Pins:
    """BCM numbers; what is None is not there. Button and key close to ground."""

    power_lamp: int | None = None
    health_lamp: int | None = None
    buzzer: int | None = None
    button: int | None = None
    key: int | None = None


class Panel:
    """The panel of a box; `factory` is gpiozero's, its default where it is None. Raises SourceError where pins cannot be had."""

    def __init__(self, pins: Pins, clock: Clock, factory: Any = None) -> None:
        try:
            from gpiozero import Buzzer, DigitalInputDevice, DigitalOutputDevice  # noqa: PLC0415 - only a box with a panel has it
        except ImportError:
            raise SourceError("gpiozero is not installed: pip install hau-sandwatch[pi]") from None
        self._clock = clock
        self._sign: Sign | None = None
        self._sign_ns = 0
        self._news: News | None = None
        self._news_ns = 0
        self._nod_ns: int | None = None
        self._pressed = False
        self._devices: list[Any] = []

        def opened(kind: Any, pin: int | None, **options: Any) -> Any:
            if pin is None:
                return None
            device = kind(pin, pin_factory=factory, **options)
            self._devices.append(device)
            return device

        try:
            self._power = opened(DigitalOutputDevice, pins.power_lamp, initial_value=True)
            self._health = opened(DigitalOutputDevice, pins.health_lamp)
            self._buzzer = opened(Buzzer, pins.buzzer)
            self._button = opened(DigitalInputDevice, pins.button, pull_up=True)
            self._key = opened(DigitalInputDevice, pins.key, pull_up=True)
        except Exception as error:  # gpiozero's backends raise whatever their drivers do
            self.close()
            raise SourceError(f"the panel's pins cannot be used: {error}") from error

    def show(self, sign: Sign | None) -> None:
        """From now on the second lamp says this to whoever has the key; None: dark."""
        if sign is not self._sign:
            self._sign, self._sign_ns = sign, self._clock.mono_ns()

    def tell(self, news: News) -> None:
        """Lamp and buzzer say it once, to anybody."""
        self._news, self._news_ns = news, self._clock.mono_ns()

    def step(self) -> None:
        """Set every lamp as it has to be now; call it ten times a second. Raises SourceError."""
        now_ns = self._clock.mono_ns()
        try:
            pressed = self._button is not None and bool(self._button.is_active)
            if pressed and not self._pressed:
                self._nod_ns = now_ns
            self._pressed = pressed
            self._set(self._power, self._is_lit(now_ns))
            told = self._told(now_ns)
            known = self._key is not None and bool(self._key.is_active)
            shown = self._sign is not None and known and lit(LAMP[self._sign], now_ns - self._sign_ns)
            self._set(self._health, shown if told is None else told)
            self._set(self._buzzer, bool(told))
        except Exception as error:
            raise SourceError(f"the panel's pins cannot be used: {error}") from error

    def _is_lit(self, now_ns: int) -> bool:
        """The power lamp goes dark twice within a second when the button is pressed: the box is awake."""
        if self._nod_ns is None or now_ns - self._nod_ns >= NOD_NS:
            return True
        return not lit((0.2, 0.3), now_ns - self._nod_ns)

    def _told(self, now_ns: int) -> bool | None:
        """Whether the news have lamp and buzzer on; None where there are none any more."""
        if self._news is None:
            return None
        pattern, since_ns = TOLD[self._news], now_ns - self._news_ns
        if since_ns >= round(sum(pattern) * NS):
            self._news = None
            return None
        return lit(pattern, since_ns)

    @staticmethod
    def _set(device: Any, on: bool) -> None:  # noqa: FBT001
        if device is not None and bool(device.value) is not on:
            device.value = on

    def close(self) -> None:
        """Everything dark."""
        for device in self._devices:
            if hasattr(device, "off"):
                device.off()
            device.close()
        self._devices.clear()


def lit(pattern: Pattern, since_ns: int) -> bool:
    """Whether a pattern that began so long ago is on; one of a single number is always on."""
    steps_ms = [round(seconds * 1000) for seconds in pattern]
    if len(steps_ms) == 1:
        return True
    at_ms = since_ns // 1_000_000 % sum(steps_ms)
    return next(number for number, end in enumerate(accumulate(steps_ms)) if at_ms < end) % 2 == 0
