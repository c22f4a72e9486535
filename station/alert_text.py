"""What an alert says: which events, how heavy, and where to look. Never a picture, a place or a number of evidence.

A message may pass through companies that have no business with the case, so it carries codes and links. The short
form fits one SMS of 140 bytes: plain letters, one link.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from station import views
from station.notices import Notice
from station.views import address
from station.words import Words

SHORT_BYTES: Final = 140
LISTED_AT_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Message:
    """One message about one or several events."""

    subject: str
    text: str
    short: str
    link: str
    weight: int
    events: tuple[tuple[str, str, int], ...]  # code, link, weight


def message_of(notices: Sequence[Notice], station_url: str, words: Words) -> Message:
    """The message about these events; they are at least one."""
    _ = words.say
    ordered = sorted(notices, key=lambda each: (-each.weight, each.number))
    events = tuple((code_of(each), station_url + _path(each), each.weight) for each in ordered)
    first = ordered[0]
    what = views.verdict_text(first.listed.verdict, words)
    if len(ordered) == 1:
        link = events[0][1]
        name = " ".join(first.listed.device_name.split())  # a subject is one line
        subject = _("Sandwatch: {what}, {device}").format(what=what, device=name)
    else:
        link = f"{station_url}/queue"
        subject = _("Sandwatch: {n} sự kiện chờ xem xét").format(n=len(ordered))
    lines = [subject, ""]
    lines += [f"{code}\n{href}" for code, href, _weight in events[:LISTED_AT_MOST]]
    if len(events) > LISTED_AT_MOST:
        more = _("và {n} sự kiện khác: {link}").format(
            n=len(events) - LISTED_AT_MOST, link=f"{station_url}/queue"
        )
        lines.append(more)
    return Message(
        subject=subject,
        text="\n".join(lines) + "\n",
        short=short_of(first.listed.device, what, len(ordered), f"{station_url}/queue"),
        link=link,
        weight=first.weight,
        events=events,
    )


def code_of(notice: Notice) -> str:
    """The code of an event as people read it out: box, and the box's own number of the event."""
    return f"{notice.listed.device}/{notice.listed.event.event_id}"


def short_of(device: str, what: str, count: int, link: str) -> str:
    """At most 140 bytes, whatever the names: what does not fit is cut off the words, never off the link."""
    more = f" +{count - 1}" if count > 1 else ""
    words = f"SW {plain(device)}{more}: {plain(what)}"
    room = SHORT_BYTES - len(f" {link}".encode())
    if room < 8:  # an address so long is no address for an SMS: the code alone, then
        return words[:SHORT_BYTES]
    return f"{words[:room]} {link}"


def plain(text: str) -> str:
    """Letters without their marks, as a message of one byte a letter takes them."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in bare if letter.isascii() and letter.isprintable())


def _path(notice: Notice) -> str:
    return address(notice.listed.device, notice.listed.event.event_id)
