"""The station's wall clock, handed to whatever dates what it receives."""

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The time ashore, with its zone. The only place of the station that asks the system's clock."""
    return datetime.now(UTC)  # noqa: TID251 - the ban is for the boat, where the clock is data with a quality
