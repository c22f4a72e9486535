"""Every error this product raises on purpose.

    SandwatchError
    ├── SettingsError      a config, licence, rule or voyage file is wrong (all mistakes at once)
    ├── SentenceError      one NMEA sentence was refused
    ├── SourceError        a receiver or camera failed; the source may recover
    ├── StoreError         the local store cannot be opened or written
    ├── ChainError         a record, signature or link does not verify
    └── ShoreError         the far side could not be reached or did not accept
        ├── ShoreUnreachable
        └── ShoreRefused

A message says what failed, on which value, and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class SandwatchError(Exception):
    """Root of all errors raised on purpose."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong thing in a file a person wrote.

    `where` is the path of the key inside the file (`camera.0.url`, `features[2] ring 1`), `value` what
    stood there, `allowed` what may stand there or what to do.
    """

    where: str
    value: str
    problem: str
    allowed: str = ""

    def __str__(self) -> str:
        text = (
            f"{self.where} = {self.value}: {self.problem}" if self.value else f"{self.where}: {self.problem}"
        )
        return f"{text} ({self.allowed})" if self.allowed else text


class SettingsError(SandwatchError, ValueError):
    """A file a person wrote is wrong; holds every mistake found in it, not only the first."""

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(mistakes)
        lines = "\n".join(f"  - {mistake}" for mistake in self.mistakes)
        super().__init__(f"{file} has {len(self.mistakes)} mistake(s):\n{lines}")


class SentenceError(SandwatchError, ValueError):
    """One NMEA sentence was refused; `reason` is the name of the counter it goes to."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}: {detail}")


class SourceError(SandwatchError, OSError):
    """A receiver or camera could not be opened or read."""


class StoreError(SandwatchError, OSError):
    """The local store cannot be opened, is damaged, or has no room."""


class ChainError(SandwatchError, ValueError):
    """A record does not verify; the message names the record and the check that failed."""


class ShoreError(SandwatchError, OSError):
    """The far side did not take what was offered; nothing is lost, it is offered again."""


class ShoreUnreachable(ShoreError):
    """No answer, or no answer that is the station's (half-open link, captive portal, 5xx)."""


class ShoreRefused(ShoreError):
    """The station answered and refused; `status` is its HTTP status, `code` its own word for the reason."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"station refused ({status} {code}): {detail}")
