"""What may go over the link now: everything, or only what cannot wait.

A prepaid SIM has a daily budget, and an owner may want quiet hours. Neither stops what an inspector must
know today: the head goes hourly and the records of a new event go at once, with the records before them
(the chain has no gaps). What waits for the next day, the end of the quiet hours or a free link is routine
records with no event behind them, stills, and clips.
"""

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.outbox.journal import Journal
from agent.ports import Clock

RIVER = ZoneInfo("Asia/Ho_Chi_Minh")
ROUTES = Path("/proc/net/route")
ROUTES_V6 = Path("/proc/net/ipv6_route")
ROUTE_UP = 1
DAY_NS = 86_400 * 10**9
KEEP_BYTES = 256 << 10  # what a power cut may forget of a day's count: a commit a request would wear the card


class Link(StrEnum):
    """What a byte costs."""

    METERED = "metered"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, local time, in which only what cannot wait goes; they may span midnight."""

    begins: time
    ends: time

    def covers(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


@dataclass(frozen=True, slots=True)
class Terms:
    """The owner's wishes. A limit of None is no limit; `metered` are patterns of interface names."""

    metered: tuple[str, ...] = ()
    metered_bytes_a_day: int | None = None
    free_bytes_a_day: int | None = None
    quiet: Quiet | None = None

    def limit(self, link: Link) -> int | None:
        return self.metered_bytes_a_day if link is Link.METERED else self.free_bytes_a_day

    def __str__(self) -> str:
        def amount(limit: int | None) -> str:
            return "no limit" if limit is None else f"{limit / 1e6:.0f} MB a day"

        metered = f"{amount(self.metered_bytes_a_day)} over {', '.join(self.metered) or 'no interface'}"
        quiet = "no quiet hours" if self.quiet is None else f"quiet hours {self.quiet}"
        return f"{metered}; {amount(self.free_bytes_a_day)} elsewhere; {quiet}"


def default_interface(routes: Path = ROUTES, routes_v6: Path = ROUTES_V6) -> str | None:
    """The interface of the default route with the least metric, as the kernel tells it; None without one."""
    found = [
        (int(row[6]), row[0])
        for row in _rows(routes)
        if len(row) >= 8 and row[1] == "0" * 8 and row[7] == "0" * 8 and int(row[3], 16) & ROUTE_UP
    ]
    found += [
        (int(row[5], 16), row[9])
        for row in _rows(routes_v6)
        if len(row) >= 10 and row[0] == "0" * 32 and row[1] == "00" and row[9] != "lo"
    ]
    return min(found)[1] if found else None


def _rows(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError):
        return []


class Allowance:
    """Counts what went, and says whether more than the urgent may go. Used by the upload thread only."""

    def __init__(
        self,
        terms: Terms,
        journal: Journal,
        clock: Clock,
        interface: Callable[[], str | None] = default_interface,
    ) -> None:
        """`interface` names the interface through which the station is reached, None where there is none."""
        self._terms = terms
        self._journal = journal
        self._clock = clock
        self._interface = interface
        self._began_ns = clock.mono_ns()
        self._counting: tuple[str, Link] = (self._day(), self._link())
        self._unsaved = 0

    def spend(self, count: int) -> None:
        """So many bytes went out or came in."""
        self._turn()
        self._unsaved += count
        if self._unsaved >= KEEP_BYTES:
            self.save()

    def save(self) -> None:
        """Put the count on disk. Raises StoreError."""
        if self._unsaved:
            self._journal.spend(*self._counting, self._unsaved)
            self._unsaved = 0

    def waits_for(self) -> str | None:
        """Why only what cannot wait may go, as a sentence; None where everything may."""
        utc, _ = self._clock.utc()
        quiet = self._terms.quiet
        if quiet is not None and utc is not None and quiet.covers(utc.astimezone(RIVER).time()):
            return f"quiet hours {quiet}"
        self._turn()
        day, link = self._counting
        limit = self._terms.limit(link)
        if limit is None or self._journal.spent(day, link) + self._unsaved < limit:
            return None
        return f"the day's {limit / 1e6:.0f} MB of the {link} link are spent"

    def _turn(self) -> None:
        """Another day or another link: what was counted so far belongs to the one before."""
        now = (self._day(), self._link())
        if self._counting != now:
            self.save()
            self._counting = now

    def _link(self) -> Link:
        name = self._interface()
        metered = name is not None and any(
            fnmatch.fnmatchcase(name, pattern) for pattern in self._terms.metered
        )
        return Link.METERED if metered else Link.FREE

    def _day(self) -> str:
        """The day of the river; with no clock, 24 hours of this run."""
        utc, _ = self._clock.utc()
        if utc is not None:
            return day_of(utc)
        return f"no-clock-{self._began_ns}-{(self._clock.mono_ns() - self._began_ns) // DAY_NS}"


def day_of(utc: datetime) -> str:
    """The day of the river, as the budget counts it."""
    return utc.astimezone(RIVER).date().isoformat()
