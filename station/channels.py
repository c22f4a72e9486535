"""Ways by which a message leaves the station: a signed webhook, e-mail, and whatever the extra `alerts` knows.

Each has one method, `send`, which raises ChannelError where the other side did not take the message.
"""

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Final, Literal, Protocol

from agent.errors import SandwatchError
from station.alert_text import Message

ANSWER_S: Final = 10.0


class ChannelError(SandwatchError, OSError):
    """A message was not taken; the message says by whom and why. It is tried again."""


class Channel(Protocol):
    """A way out; the station remembers deliveries by its name."""

    @property
    def name(self) -> str:
        """What it is called."""

    def send(self, message: Message, message_id: str, now: datetime) -> None:
        """Hand the message over. Raises ChannelError."""


class _Unled(urllib.request.HTTPRedirectHandler):
    """A webhook is sent to the address it was set up for, and nowhere else."""

    def redirect_request(self, *_args: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Unled)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST signed as Standard Webhooks have it: HMAC-SHA256 over id, time and body."""

    name: str
    url: str
    secret: bytes

    def send(self, message: Message, message_id: str, now: datetime) -> None:
        body = json.dumps(
            {
                "v": 1,
                "text": message.subject,
                "link": message.link,
                "weight": message.weight,
                "events": [
                    {"code": code, "link": link, "weight": weight} for code, link, weight in message.events
                ],
            },
            ensure_ascii=False,
        ).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self.secret, message_id, stamp, body),
        }
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 - from the settings
        try:
            with _OPENER.open(request, timeout=ANSWER_S):
                pass
        except (OSError, HTTPException) as error:
            raise ChannelError(f"{self.name}: the webhook did not take the message: {error}") from None


def signature(secret: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """The header by which the receiver knows that the message is ours and fresh."""
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


@dataclass(frozen=True, slots=True)
class Mail:
    """E-mail by a server of the office. `password` is asked for only where there is a `user`."""

    name: str
    server: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    sender: str
    receivers: tuple[str, ...]
    user: str = ""
    password: str = ""

    def send(self, message: Message, message_id: str, now: datetime) -> None:
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.receivers)
        mail["Date"] = now
        mail["Message-ID"] = f"<{message_id}@sandwatch>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        try:
            with self._server() as server:
                if self.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelError(f"{self.name}: the mail server did not take the message: {error}") from None
        if refused:
            raise ChannelError(f"{self.name}: the mail server refused {', '.join(sorted(refused))}")

    def _server(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.server, self.port, timeout=ANSWER_S, context=context)
        return smtplib.SMTP(self.server, self.port, timeout=ANSWER_S)


@dataclass(frozen=True, slots=True)
class Apprise:
    """Telegram, a Zalo bot, SMS gateways: anything apprise has an address for. `short` sends the SMS form."""

    name: str
    url: str
    short: bool

    def send(self, message: Message, message_id: str, now: datetime) -> None:  # noqa: ARG002 - it has no place for them
        from apprise import Apprise as Sender  # noqa: PLC0415 - the extra `alerts`
        from apprise import NotifyFormat  # noqa: PLC0415

        sender = Sender()
        if not sender.add(self.url):
            raise ChannelError(f"{self.name}: apprise does not understand the address in its file")
        title, body = ("", message.short) if self.short else (message.subject, message.text)
        if not sender.notify(body=body, title=title, body_format=NotifyFormat.TEXT):
            raise ChannelError(f"{self.name}: the service did not take the message")
