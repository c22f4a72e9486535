"""What the station refuses, in the words of the wire format (`docs/wire-format.md`, Upload)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.errors import SandwatchError
from agent.types import Json


@dataclass(eq=False)
class Refusal(SandwatchError):
    """A request is refused with an HTTP status, the protocol's code and a sentence.

    `extra` are further members of the JSON answer, `headers` further headers of it.
    """

    status: int
    code: str
    detail: str
    extra: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"

    def body(self) -> dict[str, Json]:
        """The JSON answer."""
        return {"error": self.code, "detail": self.detail, **self.extra}


def malformed(detail: str) -> Refusal:
    """The request is not the protocol."""
    return Refusal(400, "malformed", detail)


def too_large(detail: str) -> Refusal:
    """Something is over a limit; the box sends less."""
    return Refusal(413, "too_large", detail)
