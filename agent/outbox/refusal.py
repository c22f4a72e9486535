"""The station's refusal with everything it said, whichever way it came."""

from collections.abc import Mapping

from agent.errors import ShoreRefused
from agent.types import Json


class Refusal(ShoreRefused):
    """`answer` is the station's whole JSON answer: `offset`, `held_through_seq`, `seq` stand in it by code."""

    def __init__(self, status: int, code: str, detail: str, answer: Mapping[str, Json] | None = None) -> None:
        self.answer: Mapping[str, Json] = answer or {}
        super().__init__(status, code, detail)
