"""What people are told of, written down with the record that says it: nothing is told that is not held."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from agent.event import wire
from station import shelf, tables
from station.shelf import Listed
from station.weight import HEAVIEST

STALE: Final = timedelta(hours=24)
"""What is older when it could be sent is not sent any more: it stands in the queue."""
CLAIMED: Final = timedelta(minutes=5)
"""After so long a sender that said nothing is taken for dead."""
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """One event that somebody is told of."""

    number: int
    weight: int
    listed: Listed


def raise_notice(connection: sa.Connection, device: str, event_id: str, received_utc: str) -> None:
    """An event that waits for somebody is told of once, and again when it weighs more."""
    review = tables.reviews.c
    lightness = connection.execute(
        sa.select(review.lightness).where(
            review.device == device, review.event_id == event_id, review.waiting, review.lightness < HEAVIEST
        )
    ).scalar()
    if lightness is None:
        return
    weight = HEAVIEST - lightness
    column = tables.notices.c
    told = connection.execute(
        sa.select(sa.func.max(column.weight)).where(column.device == device, column.event_id == event_id)
    ).scalar()
    if told is None or told < weight:
        connection.execute(
            sa.insert(tables.notices).values(
                device=device, event_id=event_id, weight=weight, raised_utc=received_utc
            )
        )


def waiting(connection: sa.Connection, channel: str, least_weight: int, now: datetime) -> list[Notice]:
    """The notices a channel has not handed over yet and nobody is sending, oldest first."""
    notice, sent, review = tables.notices.c, tables.deliveries.c, tables.reviews.c
    done = (sent.notice == notice.number) & (sent.channel == channel)
    rows = connection.execute(
        sa.select(notice.number, notice.device, notice.event_id, notice.weight)
        .select_from(
            tables.notices.join(
                tables.reviews, (review.device == notice.device) & (review.event_id == notice.event_id)
            ).outerjoin(tables.deliveries, done)
        )
        .where(
            notice.raised_utc > wire.utc_text(now - STALE),
            notice.weight >= least_weight,
            review.waiting,
            sa.or_(
                sent.notice.is_(None),
                sent.sent_utc.is_(None) & (sent.claimed_utc < wire.utc_text(now - CLAIMED)),
            ),
        )
        .order_by(notice.number)
        .limit(AT_ONCE)
    ).all()
    found = []
    for row in rows:
        listed = shelf.one_event(connection, row.device, row.event_id)
        if listed is not None:
            found.append(Notice(row.number, row.weight, listed))
    return found


def claim(connection: sa.Connection, channel: str, numbers: list[int], now: datetime) -> bool:
    """Take these for sending. False where another worker was quicker: then nothing is taken."""
    column = tables.deliveries.c
    mine = (column.channel == channel) & column.notice.in_(numbers)
    stale = mine & column.sent_utc.is_(None) & (column.claimed_utc < wire.utc_text(now - CLAIMED))
    try:
        with connection.begin_nested():
            connection.execute(sa.delete(tables.deliveries).where(stale))
            connection.execute(
                sa.insert(tables.deliveries),
                [
                    {"notice": number, "channel": channel, "claimed_utc": wire.utc_text(now)}
                    for number in numbers
                ],
            )
    except sa.exc.IntegrityError:
        return False
    return True


def handed_over(connection: sa.Connection, channel: str, numbers: list[int], now: datetime) -> None:
    """They are sent."""
    column = tables.deliveries.c
    connection.execute(
        sa.update(tables.deliveries)
        .where(column.channel == channel, column.notice.in_(numbers))
        .values(sent_utc=wire.utc_text(now))
    )


def give_back(connection: sa.Connection, channel: str, numbers: list[int]) -> None:
    """They could not be sent: whoever tries next may take them."""
    column = tables.deliveries.c
    connection.execute(
        sa.delete(tables.deliveries).where(
            column.channel == channel, column.notice.in_(numbers), column.sent_utc.is_(None)
        )
    )
