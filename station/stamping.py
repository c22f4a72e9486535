"""Once a day an outside authority signs the ends of all chains (RFC 3161): they existed then, whoever doubts us.

The authority sees a hash and nothing else. Its answer is verified against its root certificate before it is
kept; without an answer the day is tried again an hour later.
"""

import json
import logging
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.x509 import Certificate, load_pem_x509_certificates

from agent.errors import SandwatchError
from agent.event import wire
from agent.types import Json
from station import tables
from station.clock import Now
from station.store import Store

log = logging.getLogger(__name__)

EVERY_S = 3600.0
ANSWER_S = 30.0
ANSWER_LIMIT_BYTES = 256 << 10


class StampError(SandwatchError, OSError):
    """The authority gave no time-stamp that counts; the day is tried again."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Where to ask, and the root certificates its answer must lead to."""

    url: str
    roots: tuple[Certificate, ...]


def authority(url: str, roots: Path) -> Authority:
    """The authority at `url` with the certificates of a PEM file. Raises StampError."""
    if not url.startswith(("http://", "https://")):
        raise StampError(f"{url!r} is no address of an authority: it must begin with http:// or https://")
    try:
        return Authority(url, tuple(load_pem_x509_certificates(roots.read_bytes())))
    except (OSError, ValueError) as error:
        raise StampError(f"{roots}: holds no certificates in PEM ({error})") from None


def stamp_heads(store: Store, asked: Authority, now: datetime) -> str | None:
    """Have today's heads stamped, if that was not done yet; the day, or None. Raises StampError."""
    day = wire.utc_text(now)[:10]
    with store.reading() as connection:
        column = tables.timestamps.c
        if connection.execute(sa.select(column.day).where(column.day == day)).first() is not None:
            return None
        heads = _heads(connection, day)
    response = _ask(asked, heads)
    with store.writing() as connection:
        connection.execute(
            sa.insert(tables.timestamps).values(
                day=day,
                heads=heads.decode(),
                response=response,
                authority=asked.url,
                received_utc=wire.utc_text(now),
            )
        )
    return day


def _heads(connection: sa.Connection, day: str) -> bytes:
    """What is stamped: for each device the end of its chain as held, and the newest end it told."""
    column, told = tables.devices.c, tables.heads.c
    devices: list[Json] = []
    for row in connection.execute(
        sa.select(column.id, column.head_seq, column.head_hash).order_by(column.id)
    ):
        newest = connection.execute(
            sa.select(told.seq, told.hash)
            .where(told.device == row.id)
            .order_by(told.last_utc.desc())
            .limit(1)
        ).first()
        devices.append(
            {
                "device": row.id,
                "held": {"seq": row.head_seq, "hash": row.head_hash},
                "told": None if newest is None else {"seq": newest.seq, "hash": newest.hash},
            }
        )
    return wire.canonical({"v": wire.VERSION, "day": day, "heads": devices})


def _ask(asked: Authority, message: bytes) -> bytes:
    """The authority's verified answer for a message."""
    from rfc3161_client import (  # noqa: PLC0415 - only a station that uses an authority needs it
        TimestampRequestBuilder,
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    request = TimestampRequestBuilder().data(message).build()
    headers = {"Content-Type": "application/timestamp-query"}
    try:
        query = urllib.request.Request(asked.url, data=request.as_bytes(), headers=headers)  # noqa: S310 - checked above
        with urllib.request.urlopen(query, timeout=ANSWER_S) as answer:  # noqa: S310
            raw: bytes = answer.read(ANSWER_LIMIT_BYTES)
    except OSError as error:
        raise StampError(f"{asked.url} does not answer: {error}") from None
    try:
        builder = VerifierBuilder.from_request(request)
        for root in asked.roots:
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(decode_timestamp_response(raw), message)
    except (VerificationError, ValueError) as error:
        raise StampError(f"the answer of {asked.url} does not verify: {error}") from None
    return raw


def keep_stamping(
    store: Store, asked: Authority, now: Now, stop: threading.Event, wait: Callable[[float], bool]
) -> None:
    """Every hour, until `stop`: today's stamp, if it is not there."""
    while not stop.is_set():
        try:
            day = stamp_heads(store, asked, now())
            if day is not None:
                log.info("the heads of %s are stamped by %s", day, asked.url)
        except StampError as error:
            log.error("no time-stamp today yet: %s", error)
        except Exception:
            log.exception("stamping failed; it is tried again")
        if wait(EVERY_S):
            return


def export_stamps(connection: sa.Connection, device: str) -> dict[str, bytes]:
    """The files of a case for the days on which the device's head was stamped."""
    files = {}
    for row in connection.execute(sa.select(tables.timestamps).order_by(tables.timestamps.c.day)):
        if any(head["device"] == device for head in json.loads(row.heads)["heads"]):
            files[f"timestamps/{row.day}.json"] = row.heads.encode()
            files[f"timestamps/{row.day}.tsr"] = row.response
    return files
