"""Where the config of a box lies, and its software: two slots, one link, and what is known of them.

    trust.json     who this box is and whose bundles it takes; written once, replaced by a bundle of keys
    flash.json     the highest confirmed sequence, the trial under way, what came of the last bundles
    current        a link to the slot in force: a or b; swapped by one rename
    a/ b/          agent.toml, what it names, and the signed manifest they came with
    stage/         the only place where bytes of a stick lie before they are judged

Beside it lies `software/`, in the same form and by the same trust: releases that came in bundles, none where the
software that was installed is in force.

A power cut leaves the old or the new config, whole: `current` names a slot only after all of it is on disk, and what a
cut left half-way (a stage, a trial that never began) is put away by `tidy` before anything else is done.
"""

import fcntl
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent import bundle, durable
from agent.errors import BundleRefused, Mistake, SettingsError, StoreError
from agent.event import chain, wire

TRUST, STATE, CURRENT, STAGE, MANIFEST, LOCK = (
    "trust.json",
    "flash.json",
    "current",
    "stage",
    "manifest.swm",
    "lock",
)
SLOTS = ("a", "b")
SOFTWARE = "software"
REFUSALS_KEPT = 20


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Trust(_Kept):
    """Whose bundles are taken. `sequence` is that of the last bundle of keys."""

    device: bundle.DeviceId
    keys: bundle.Keys
    sequence: int = 0


class Trial(_Kept):
    """A config that has to show that the box is healthy with it. `excused` are sources that were dead before."""

    sequence: int
    digest: str
    slot: str
    came_from: str | None
    window_s: int
    answer: bool = False
    excused: tuple[str, ...] = ()
    starts: int = 0


class Outcome(_Kept):
    """What came of a bundle: `confirmed`, `rolled_back`, or the code of a refusal."""

    what: str
    sequence: int | None = None
    detail: str = ""
    utc: str | None = None


class State(_Kept):
    sequence: int = 0
    digest: str = ""
    trial: Trial | None = None
    last: Outcome | None = None
    refused: tuple[Outcome, ...] = ()


KeptT = TypeVar("KeptT", bound=_Kept)


class Home:
    """The folder. Raises StoreError where the disk refuses."""

    def __init__(self, folder: Path, trusting: Path | None = None) -> None:
        """`trusting`: the folder whose `trust.json` counts, by default its own."""
        self.folder = folder
        self.stage = folder / STAGE
        self._trust = (trusting or folder) / TRUST

    @property
    def software(self) -> "Home":
        """Where the releases of this box lie."""
        return Home(self.folder.parent / SOFTWARE, self.folder)

    @property
    def what(self) -> str:
        """What is in the slots, for people."""
        return "software" if self.folder.name == SOFTWARE else "config"

    # ── trust ─────────────────────────────────────────────────────────────────────────────────────────

    def trust(self) -> Trust:
        """Raises StoreError where the box was never told whose bundles to take, or no longer knows."""
        try:
            return Trust.model_validate_json((self._trust).read_bytes())
        except FileNotFoundError:
            raise StoreError(
                f"{self.folder}: this box was never told whose bundles to take: sandwatch config trust keys.json"
            ) from None
        except (OSError, ValidationError):
            raise StoreError(
                f"{self._trust} cannot be read: no bundle is taken until it is put right by hand"
            ) from None

    def give_trust(self, trust: Trust) -> None:
        """For good: only a bundle signed by the recovery key replaces the keys. Raises StoreError."""
        if (self._trust).exists():
            held = self.trust()
            if (held.device, held.keys) == (trust.device, trust.keys):
                return
            raise StoreError(
                f"{self.folder} already trusts other keys, for {held.device}; they are changed by a bundle that the "
                "recovery key signed (sandwatch bundle make --keys)"
            )
        self.write_trust(trust)

    def write_trust(self, trust: Trust) -> None:
        durable.make_folder(self._trust.parent)
        self._write(self._trust, trust)

    # ── state ─────────────────────────────────────────────────────────────────────────────────────────

    def state(self) -> State:
        """Where `flash.json` is damaged the slots' own signed manifests still say which sequence the box has had."""
        try:
            return State.model_validate_json((self.folder / STATE).read_bytes())
        except (OSError, ValidationError):
            current = self.current()
            manifest = None if current is None else self.manifest(current)
            return State() if manifest is None else State(sequence=manifest.sequence)

    def write_state(self, state: State) -> None:
        self._write(self.folder / STATE, state)

    def note_refusal(self, refusal: Outcome) -> None:
        """Remember a bundle that was not taken."""
        with self.locked():
            held = self.state()
            kept = (*held.refused, refusal)[-REFUSALS_KEPT:]
            self.write_state(held.model_copy(update={"refused": kept}))

    def sequences(self) -> dict[str, int]:
        """Of each kind of bundle the highest sequence this box has taken, on trial or confirmed."""
        found = {"keys": self.trust().sequence}
        for home in (self, self.software):
            held = home.state()
            found[home.what] = held.sequence if held.trial is None else held.trial.sequence
        return found

    # ── slots ─────────────────────────────────────────────────────────────────────────────────────────

    def current(self) -> str | None:
        """The slot in force, None on a box without a config."""
        try:
            name = str((self.folder / CURRENT).readlink())
        except OSError:
            return None
        return name if name in SLOTS else None

    def spare(self) -> str:
        """The slot that is not in force."""
        return SLOTS[1] if self.current() == SLOTS[0] else SLOTS[0]

    def settings_file(self) -> Path:
        """The `agent.toml` in force, in its slot: what runs by it keeps its files when the link moves. Raises SettingsError."""
        current = self.current()
        if current is None:
            problem = "no config was brought to this box yet"
            raise SettingsError(
                str(self.folder), [Mistake("current", "", problem, "insert a stick with a bundle")]
            )
        return self.folder / current / bundle.SETTINGS

    def swap(self, slot: str | None) -> None:
        """Put a slot in force, or none: one rename."""
        link = self.folder / CURRENT
        try:
            if slot is None:
                link.unlink(missing_ok=True)
            else:
                new = link.with_name(CURRENT + ".new")
                new.unlink(missing_ok=True)
                new.symlink_to(slot)
                new.replace(link)
            durable.sync_folder(self.folder)
        except OSError as error:
            raise _refused(self.folder, error) from None

    def put_in(self, slot: str) -> None:
        """Make what is staged the content of a slot that is not in force."""
        folder = self.folder / slot
        try:
            shutil.rmtree(folder, ignore_errors=True)
            durable.sync_folder(self.stage)
            self.stage.replace(folder)
            durable.sync_folder(self.folder)
        except OSError as error:
            raise _refused(folder, error) from None

    def manifest(self, slot: str) -> bundle.Manifest | None:
        """What was signed of a slot; None where it has none that verifies."""
        try:
            raw = (self.folder / slot / MANIFEST).read_bytes()
            keys = self.trust().keys
            return bundle.read_head(io.BytesIO(raw), [chain.public_key(keys.active)]).manifest
        except (OSError, BundleRefused):
            return None

    def faults(self, slot: str) -> list[str]:
        """What of a slot is not as it was signed. A rotated key leaves the manifest of before without a verdict."""
        manifest = self.manifest(slot)
        if manifest is None:
            return [f"{slot}/{MANIFEST} does not verify by the active key"]
        found = []
        for entry in manifest.files_for(self.trust().device):
            try:
                with (self.folder / slot / entry.name).open("rb") as file:
                    for _ in bundle.pieces(file, entry):
                        pass
                    bundle.at_end(file)
            except (OSError, BundleRefused) as error:
                found.append(f"{slot}/{entry.name}: {error}")
        return found

    # ── order ─────────────────────────────────────────────────────────────────────────────────────────

    def tidy(self) -> None:
        """Put away what a cut left half-way; call it with the lock held."""
        shutil.rmtree(self.stage, ignore_errors=True)
        held = self.state()
        if held.trial is not None and held.trial.slot != self.current():
            # Cut between arming and the swap, or between the swap back and its note: the old config is in force.
            what = Outcome(
                what="rolled_back", sequence=held.trial.sequence, detail="the power went in between"
            )
            self.write_state(held.model_copy(update={"trial": None, "last": what}))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time: a second stick, the agent that confirms, a person who rolls back."""
        try:
            durable.make_folder(self.folder)
            handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _refused(self.folder, error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, path: Path, kept: _Kept) -> None:
        try:
            durable.write_file(path, wire.canonical(kept.model_dump(mode="json")))
        except OSError as error:
            raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: {error.strerror or error}; is the disk full, or read-only?")
