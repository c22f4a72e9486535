"""From a stick to the slot in force: read once, verify, stage, check, swap. What fails changes nothing.

Of an unknown stick header and manifest are read, 128 KiB at most. Only when their signature, signer, device, sequence
and last day hold are the files copied, each exactly as long as was signed, into the stage. The settings are checked there
as `sandwatch check` does it, a release of the software by reading the config in force. Then the stage becomes the spare
slot, the trial is noted, and one rename puts it in force.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

from agent import bundle, durable
from agent.bundle import Code
from agent.errors import BundleRefused, SettingsError, StoreError
from agent.event import chain
from agent.run.flash.home import MANIFEST, Home, State, Trial, Trust
from agent.run.flash.trial import sources
from agent.run.settings import Settings, load_settings, named_files
from agent.types import ClockQuality

RESERVE_BYTES = 16 << 20  # stays free on the disk of the configs
KNOWN_TIME = (ClockQuality.NTP, ClockQuality.GNSS)

Check = Callable[[Path], object]
"""Reads a staged `agent.toml` and all it names; raises SettingsError."""


@dataclass(frozen=True, slots=True)
class Now:
    """What the box knows of the time; without a known time no bundle is too old."""

    utc: datetime | None = None
    quality: ClockQuality = ClockQuality.NONE

    def known(self) -> datetime | None:
        return self.utc if self.quality in KNOWN_TIME else None


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a bundle that was not refused."""

    what: Literal["on_trial", "already", "keys"]
    manifest: bundle.Manifest
    dated: bool  # whether its last day could be held against a known time


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A plain file of a stick; raises BundleRefused for links, folders and devices."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        code = Code.NOT_A_FILE if error.errno in (errno.ELOOP, errno.ENXIO) else Code.UNREADABLE
        raise BundleRefused(code, f"{path.name}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BundleRefused(Code.NOT_A_FILE, f"{path.name} is no plain file")
    with os.fdopen(handle, "rb", buffering=0) as file:
        yield file


def verified(home: Home, file: BinaryIO) -> tuple[bundle.Head, Trust]:
    """The beginning of a bundle for this box, by the keys it trusts. Raises BundleRefused, StoreError."""
    trust = home.trust()
    keys = trust.keys
    head = bundle.read_head(file, (chain.public_key(keys.active), chain.public_key(keys.recovery)))
    manifest = head.manifest
    right = keys.recovery if manifest.kind == "keys" else keys.active
    if chain.public_text(head.signer) != right:
        raise BundleRefused(Code.WRONG_SIGNER, f"a bundle of kind {manifest.kind} is signed by the other key")
    if trust.device not in manifest.devices:
        raise BundleRefused(
            Code.WRONG_DEVICE, f"it is for {', '.join(manifest.devices[:5])}; this is {trust.device}"
        )
    return head, trust


def take(
    home: Home, file: BinaryIO, check: Check, now: Now | None = None, *, dead: Mapping[str, str] | None = None
) -> Taken:
    """Take one bundle; raises BundleRefused or StoreError, and then all is as it was.

    `dead`: sources that give nothing by the config in force, and where they are (`agent.run.flash.trial`).
    """
    now = now or Now()
    with home.locked():
        home.tidy()
        head, trust = verified(home, file)
        manifest, known = head.manifest, now.known()
        if known is not None and bundle.past(manifest.not_after, known):
            raise BundleRefused(Code.EXPIRED, f"it was to be used until {manifest.not_after}")
        dated = known is not None or manifest.not_after is None
        if manifest.keys is not None:
            return _take_keys(home, file, manifest, trust, dated=dated)
        if manifest.kind == "config":
            judge = partial(_check, device=trust.device, check=check)
            return _try(home, home.software, file, head, trust.device, judge, dead or {}, dated=dated)
        with home.software.locked():
            home.software.tidy()
            return _try(
                home.software,
                home,
                file,
                head,
                trust.device,
                partial(_release, home),
                dead or {},
                dated=dated,
            )


def _try(
    where: Home,
    other: Home,
    file: BinaryIO,
    head: bundle.Head,
    device: str,
    judge: Callable[[Path], Settings],
    dead: Mapping[str, str],
    *,
    dated: bool,
) -> Taken:
    """Stage, judge, swap. `judge` gives the settings by whose sources the trial is measured."""
    manifest, held = head.manifest, where.state()
    if _already(manifest, head.digest, held):
        return Taken("already", manifest, dated)
    if (running := other.state().trial) is not None:
        raise BundleRefused(
            Code.ON_TRIAL, f"{other.what} {running.sequence} is on trial; wait until it is confirmed"
        )
    try:
        _stage(where, file, head, device)
        settings = judge(where.stage)
        spare, current = where.spare(), where.current()
        where.put_in(spare)
    finally:
        where.tidy()
    trial = Trial(
        sequence=manifest.sequence,
        digest=head.digest,
        slot=spare,
        came_from=current,
        window_s=manifest.window_s,
        answer=manifest.answer,
        excused=tuple(name for name, place in sources(settings).items() if dead.get(name) == place),
    )
    where.write_state(held.model_copy(update={"trial": trial}))
    where.swap(spare)
    return Taken("on_trial", manifest, dated)


def _take_keys(home: Home, file: BinaryIO, manifest: bundle.Manifest, trust: Trust, *, dated: bool) -> Taken:
    bundle.at_end(file)
    if manifest.sequence == trust.sequence and manifest.keys == trust.keys:
        return Taken("already", manifest, dated)
    if manifest.sequence <= trust.sequence:
        raise BundleRefused(Code.OLD_SEQUENCE, f"keys {manifest.sequence}; this box has had {trust.sequence}")
    home.write_trust(trust.model_copy(update={"keys": manifest.keys, "sequence": manifest.sequence}))
    return Taken("keys", manifest, dated)


def _already(manifest: bundle.Manifest, digest: str, held: State) -> bool:
    """Whether it is the bundle in force; raises BundleRefused for an older one, and while another is on trial."""
    if held.trial is not None:
        if held.trial.digest == digest:
            return True
        raise BundleRefused(
            Code.ON_TRIAL, f"sequence {held.trial.sequence} is on trial; wait until it is confirmed"
        )
    if manifest.sequence < held.sequence:
        raise BundleRefused(
            Code.OLD_SEQUENCE, f"sequence {manifest.sequence}; this box has had {held.sequence}"
        )
    if manifest.sequence > held.sequence:
        return False
    if digest != held.digest:
        raise BundleRefused(
            Code.USED_SEQUENCE, f"this box has had another bundle of sequence {manifest.sequence}"
        )
    return True


def _stage(home: Home, file: BinaryIO, head: bundle.Head, device: str) -> None:
    """Copy what is for this box; what is for others is read past and held against its digest all the same."""
    mine = head.manifest.files_for(device)
    room = os.statvfs(home.folder)
    need = sum(entry.size_bytes for entry in mine) + RESERVE_BYTES
    if room.f_bavail * room.f_frsize < need:
        raise BundleRefused(Code.NO_ROOM, f"{need} bytes are needed on the disk of {home.folder}")
    try:
        home.stage.mkdir(mode=0o700)
        for entry in head.manifest.files:
            pieces = bundle.pieces(file, entry)
            if entry.is_for(device):
                durable.write_file(home.stage / entry.name, pieces)
            else:
                for _ in pieces:
                    pass
        bundle.at_end(file)
        durable.write_file(home.stage / MANIFEST, head.raw)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BundleRefused(Code.NO_ROOM, f"the disk of {home.folder} is full") from None
        raise StoreError(f"{home.stage}: {error.strerror or error}") from None


def _release(home: Home, stage: Path) -> Settings:
    """Unpack a staged release and let it read the config in force."""
    from agent.run.flash import release  # noqa: PLC0415 - zip and SQLite: only where there is a release

    try:
        config = home.settings_file()
        settings = load_settings(config)
    except SettingsError:
        raise BundleRefused(
            Code.BAD_RELEASE, "no config is in force by which to try it: bring one first"
        ) from None
    try:
        release.unpack(stage)
    except OSError as error:
        raise BundleRefused(Code.NO_ROOM, f"{stage}: {error.strerror or error}") from None
    release.check(stage / release.SITE, config)
    return settings


def _check(stage: Path, *, device: str, check: Check) -> Settings:
    config = stage / bundle.SETTINGS
    try:
        settings = load_settings(config)
        if settings.device.id != device:
            raise BundleRefused(
                Code.BAD_SETTINGS, f"its {bundle.SETTINGS} is that of {settings.device.id}, this is {device}"
            )
        for named in named_files(settings):
            if named.parent != config.parent:
                raise BundleRefused(
                    Code.BAD_SETTINGS, f"{named} lies outside of the bundle: name files without folders"
                )
        check(config)
    except SettingsError as error:
        raise BundleRefused(Code.BAD_SETTINGS, str(error)) from None
    return settings
