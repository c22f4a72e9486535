"""What a check says of a fix."""

from typing import Final, Literal, TypeAlias

from agent.types import Reason

OK: Final = "ok"
UNKNOWN: Final = "unknown"
SUSPECT: Final = "suspect"

Opinion: TypeAlias = Reason | Literal["ok", "unknown"]
"""Suspect with its reason, ok, or not to be told from what the receiver sends."""
Opinions: TypeAlias = dict[str, Opinion]
