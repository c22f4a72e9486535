"""What delivery has to remember: answers to heads, bytes spent, and the record that is parked.

A part of the store (`Store` is a `Journal`), beside its records and evidence.
"""

import sqlite3
from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import cast

from agent.errors import ChainError
from agent.event import chain
from agent.event.head import HeadReceipt
from agent.outbox.view import View

HEADS_KEPT = 32
DAYS_KEPT = 62


class Journal(View):
    """The delivery's memory. Safe from any thread of the process; raises StoreError."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction; it is kept whole or not at all."""

    def accept_head(self, told: HeadReceipt) -> None:
        """Keep the station's word for a head; raises ChainError if it is not one of ours."""
        if self._hash_at(told.head.seq) != told.head.hash:
            raise ChainError(f"the station signed for a head at seq {told.head.seq} that is not ours")
        with self._writing() as conn:
            number = conn.execute(
                "INSERT INTO heads (seq, hash, station, utc, raw) VALUES (?, ?, ?, ?, ?)",
                (told.head.seq, told.head.hash, told.station, told.utc, told.raw),
            ).lastrowid
            conn.execute("DELETE FROM heads WHERE number <= ?", (cast("int", number) - HEADS_KEPT,))

    def spend(self, day: str, link: str, count: int) -> None:
        """So many bytes went over this kind of link on this day."""
        with self._writing() as conn:
            conn.execute(
                "INSERT INTO spent (day, link, bytes) VALUES (?, ?, ?)"
                " ON CONFLICT (day, link) DO UPDATE SET bytes = bytes + excluded.bytes",
                (day, link, count),
            )
            conn.execute(
                "DELETE FROM spent WHERE rowid NOT IN (SELECT rowid FROM spent ORDER BY rowid DESC LIMIT ?)",
                (2 * DAYS_KEPT,),
            )

    def park(self, seq: int, code: str, detail: str) -> None:
        """The station refuses this record for good: it is asked again now and then, and shown."""
        with self._writing() as conn:
            conn.execute(
                "INSERT INTO parked (id, seq, code, detail) VALUES (1, ?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET seq = excluded.seq, code = excluded.code, detail = excluded.detail",
                (seq, code, detail),
            )

    def unpark(self) -> None:
        """The station took it after all."""
        with self._writing() as conn:
            conn.execute("DELETE FROM parked")

    def _hash_at(self, seq: int) -> str | None:
        if seq == 0:
            return chain.GENESIS
        row = self._row("SELECT hash FROM records WHERE seq = ?", seq)
        return cast("str", row[0]) if row else None
