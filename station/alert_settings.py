"""Whom to tell, by which way and when: `sandwatch-alerts/1`, a TOML file. Secrets lie in files of their own."""

import re
import tomllib
from dataclasses import dataclass
from datetime import time
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import SandwatchError
from station.channels import Apprise, Channel, Mail, Webhook
from station.weight import HEAVIEST, HEAVY, MIDDLE

NAME = r"^[a-z0-9-]{1,64}$"
URL = r"^https?://[^\s]+$"


class AlertSettingsError(SandwatchError, ValueError):
    """The file of the alerts cannot be used; the message names it and every mistake."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Quiet(_Part):
    from_: time = Field(alias="from")
    to: time
    unless_weight: int = Field(default=HEAVY, ge=1, le=HEAVIEST + 1)


class _Webhook(_Part):
    name: str = Field(pattern=NAME)
    url: str = Field(pattern=URL)
    secret_file: Path


class _Mail(_Part):
    name: str = Field(pattern=NAME)
    server: str = Field(min_length=1)
    port: int = Field(default=587, gt=0, lt=65536)
    security: Literal["tls", "starttls", "plain"] = "starttls"
    from_: str = Field(alias="from", pattern=r"^[^\s,]+@[^\s,]+$")
    to: tuple[str, ...] = Field(min_length=1)
    user: str = ""
    password_file: Path | None = None


class _Apprise(_Part):
    name: str = Field(pattern=NAME)
    url_file: Path
    short: bool = False


class _File(_Part):
    format: Literal["sandwatch-alerts/1"]
    address: str = Field(pattern=URL)
    language: Literal["vi", "en"] = "vi"
    least_weight: int = Field(default=MIDDLE, ge=1, le=HEAVIEST)
    group_s: float = Field(default=30.0, ge=0.0)
    quiet: _Quiet | None = None
    webhook: tuple[_Webhook, ...] = ()
    mail: tuple[_Mail, ...] = ()
    apprise: tuple[_Apprise, ...] = ()


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the river in which only what weighs so much is told; they may run over midnight."""

    begins: time
    ends: time
    unless_weight: int

    def holds(self, at: time) -> bool:
        """Whether it is quiet at this time of day."""
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """What the alerts work by. `group_s`: within so long after a message what follows waits for one together."""

    address: str
    language: Literal["vi", "en"]
    least_weight: int
    group_s: float
    quiet: Quiet | None
    channels: tuple[Channel, ...]


def read_settings(path: Path) -> AlertSettings:
    """The settings in a file; its secrets are files beside it. Raises AlertSettingsError, OSError."""
    try:
        file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise AlertSettingsError(f"{path}: {error}") from None
    channels: list[Channel] = [
        *(Webhook(each.name, each.url, _secret(path, each.secret_file).encode()) for each in file.webhook),
        *(_mail(path, each) for each in file.mail),
        *(Apprise(each.name, _secret(path, each.url_file), each.short) for each in file.apprise),
    ]
    names = [channel.name for channel in channels]
    if not names or len(set(names)) != len(names):
        raise AlertSettingsError(
            f"{path}: needs at least one webhook, mail or apprise, each with its own name"
        )
    if file.apprise and find_spec("apprise") is None:
        raise AlertSettingsError(f"{path}: apprise is not installed: pip install 'hau-sandwatch[alerts]'")
    quiet = file.quiet
    return AlertSettings(
        address=file.address.rstrip("/"),
        language=file.language,
        least_weight=file.least_weight,
        group_s=file.group_s,
        quiet=None if quiet is None else Quiet(quiet.from_, quiet.to, quiet.unless_weight),
        channels=tuple(channels),
    )


def _mail(path: Path, each: _Mail) -> Mail:
    wrong = [receiver for receiver in each.to if not re.fullmatch(r"[^\s,]+@[^\s,]+", receiver)]
    if wrong:
        raise AlertSettingsError(f"{path}: {wrong[0]!r} is no address of mail")
    password = "" if each.password_file is None else _secret(path, each.password_file)
    return Mail(each.name, each.server, each.port, each.security, each.from_, each.to, each.user, password)


def _secret(path: Path, name: Path) -> str:
    """What stands in a file beside the settings, without the end of its line."""
    text = (path.parent / name).read_text(encoding="utf-8").strip()
    if len(text) < 8:
        raise AlertSettingsError(f"{path.parent / name}: holds no secret of at least 8 characters")
    return text
