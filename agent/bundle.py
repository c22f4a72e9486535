"""A config bundle, `.swb`: one signed manifest and the files it names, one after the other.

    8 bytes     SWB1 and four bytes that a copy as text would change
    32 bytes    the public key of whoever signed (zeros: nobody yet)
    64 bytes    Ed25519 over the 8 bytes above and the manifest
    4 bytes     length of the manifest, big-endian
    …           the manifest: canonical JSON (RFC 8785)
    …           the files in the order of the manifest, nothing between them and nothing behind

There is nothing to unpack: a file has a flat name, a size and a digest, all signed. One bundle serves many boxes; an
entry with `devices` is for those alone, so each box of a group gets its own `agent.toml`. The signature is checked
before a byte of the manifest is understood, and every byte is read once.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, BinaryIO, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from agent.errors import BundleRefused, ChainError
from agent.event import chain, wire

MAGIC = b"SWB1\r\n\x1a\n"
HEADER = struct.Struct(">8s32s64sI")
NOBODY = bytes(32)
SETTINGS = "agent.toml"
SUFFIX = ".swb"

MANIFEST_LIMIT_BYTES = 128 << 10
FILE_LIMITS_BYTES = {".toml": 1 << 20, ".geojson": 1 << 20, ".onnx": 64 << 20, ".whl": 64 << 20}
BUNDLE_LIMIT_BYTES = 80 << 20
PIECE_BYTES = 256 << 10


class Code(StrEnum):
    """Why a bundle is refused, in a word that lamp, log and answer file share."""

    NOT_A_FILE = "not_a_file"  # a link, a folder, a device
    UNREADABLE = "unreadable"
    NOT_A_BUNDLE = "not_a_bundle"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    BAD_MANIFEST = "bad_manifest"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    TRAILING = "trailing"
    BAD_DIGEST = "bad_digest"
    WRONG_SIGNER = "wrong_signer"  # the recovery key signs keys, the active key all the rest
    WRONG_DEVICE = "wrong_device"
    OLD_SEQUENCE = "old_sequence"
    USED_SEQUENCE = "used_sequence"  # the same number on other content
    EXPIRED = "expired"
    ON_TRIAL = "on_trial"  # the bundle before is not yet confirmed
    NO_ROOM = "no_room"
    BAD_SETTINGS = "bad_settings"
    BAD_RELEASE = "bad_release"  # wheels that do not unpack, or do not run here


DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
FileName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*\.(toml|geojson|onnx|whl)$", max_length=128),
]
Devices = Annotated[tuple[DeviceId, ...], Field(max_length=256)]


class _Signed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(_Signed):
    """One file of the bundle. `devices` empty: for every box that the bundle is for."""

    name: FileName
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    devices: Devices = ()

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        limit = FILE_LIMITS_BYTES["." + self.name.rpartition(".")[2]]
        if self.size_bytes > limit:
            raise ValueError(f"{self.name} has {self.size_bytes} bytes; {limit} are allowed")
        return self

    def is_for(self, device: str) -> bool:
        return not self.devices or device in self.devices


class Keys(_Signed):
    """The public keys a box takes bundles from: `active` signs configs, `recovery` signs new keys and nothing else."""

    active: str
    recovery: str

    @field_validator("active", "recovery")
    @classmethod
    def _is_a_key(cls, text: str) -> str:
        try:
            chain.public_key(text)
        except ChainError as error:
            raise ValueError(str(error)) from None
        return text

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.active == self.recovery:
            raise ValueError("the active and the recovery key are the same: losing one would lose both")
        return self


class Manifest(_Signed):
    """What is signed. `window_s` is how long the box may take to become healthy with it."""

    v: Literal[1] = 1
    kind: Literal["config", "keys", "software"]
    group: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
    devices: Annotated[Devices, Field(min_length=1)]
    sequence: Annotated[int, Field(ge=1, le=2**53 - 1)]
    made: AwareDatetime
    not_after: AwareDatetime | None = None
    window_s: Annotated[int, Field(ge=1, le=3600)] = 300
    answer: bool = False  # write what came of it back to the stick
    keys: Keys | None = None
    files: Annotated[tuple[Entry, ...], Field(max_length=512)] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.kind == "keys") != (self.keys is not None) or (self.kind == "keys" and self.files):
            raise ValueError("a bundle of kind keys has keys and no files, every other has files and no keys")
        if any(entry.name.endswith(".whl") != (self.kind == "software") for entry in self.files):
            raise ValueError("a bundle of kind software has wheels and nothing else, every other has none")
        if sum(entry.size_bytes for entry in self.files) > BUNDLE_LIMIT_BYTES:
            raise ValueError(f"the files have more than {BUNDLE_LIMIT_BYTES} bytes together")
        if stray := {device for entry in self.files for device in entry.devices} - set(self.devices):
            raise ValueError(f"{min(stray)} has a file and is not among the devices")
        for device in self.devices:
            names = [entry.name for entry in self.files_for(device)]
            if len(set(names)) != len(names):
                raise ValueError(f"{device} has two files of one name")
            if self.kind == "config" and SETTINGS not in names:
                raise ValueError(f"{device} has no {SETTINGS}")
            if self.kind == "software" and not names:
                raise ValueError(f"{device} has no wheel")
        return self

    def files_for(self, device: str) -> list[Entry]:
        return [entry for entry in self.files if entry.is_for(device)]


@dataclass(frozen=True, slots=True)
class Head:
    """The verified beginning of a bundle; the stream stands at the first file."""

    raw: bytes  # header and manifest, as they came
    manifest: Manifest
    signer: Ed25519PublicKey

    @property
    def digest(self) -> str:
        """Names the bundle: it covers all its files by their digests."""
        return hashlib.sha256(self.raw).hexdigest()


# ── making ────────────────────────────────────────────────────────────────────────────────────────────


def manifest_bytes(manifest: Manifest) -> bytes:
    """The bytes that are signed."""
    return wire.canonical(manifest.model_dump(mode="json"))


def head_bytes(manifest: Manifest, key: Ed25519PrivateKey | None = None) -> bytes:
    """Header and manifest; without a key nobody has signed yet."""
    raw = manifest_bytes(manifest)
    if len(raw) > MANIFEST_LIMIT_BYTES:
        raise BundleRefused(
            Code.TOO_LARGE, f"the manifest has {len(raw)} bytes; {MANIFEST_LIMIT_BYTES} are allowed"
        )
    return signed(raw, key)


def signed(manifest: bytes, key: Ed25519PrivateKey | None) -> bytes:
    """Header and these very bytes."""
    if key is None:
        return HEADER.pack(MAGIC, NOBODY, bytes(64), len(manifest)) + manifest
    signer = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return HEADER.pack(MAGIC, signer, key.sign(MAGIC + manifest), len(manifest)) + manifest


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────


def read_head(file: BinaryIO, keys: Iterable[Ed25519PublicKey]) -> Head:
    """Read and verify the beginning; raises BundleRefused. Nothing of it is understood before one of `keys` signed it."""
    header, raw, signer = _unverified(file)
    known = {key.public_bytes(Encoding.Raw, PublicFormat.Raw): key for key in keys}
    if signer not in known:
        named = chain.encode_bytes(signer)
        raise BundleRefused(Code.UNKNOWN_KEY, f"signed by {named}, which this box does not know")
    try:
        known[signer].verify(header[40:104], MAGIC + raw)
    except InvalidSignature:
        raise BundleRefused(Code.BAD_SIGNATURE, "the signature is not that of this manifest") from None
    return Head(header + raw, read_manifest(raw), known[signer])


def look_at_head(file: BinaryIO) -> tuple[Manifest, str | None]:
    """For a desk: manifest and claimed signer, nothing verified. None: nobody has signed. Raises BundleRefused."""
    _, raw, signer = _unverified(file, unsigned=True)
    return read_manifest(raw), None if signer == NOBODY else chain.encode_bytes(signer)


def _unverified(file: BinaryIO, *, unsigned: bool = False) -> tuple[bytes, bytes, bytes]:
    header = exactly(file, HEADER.size)
    magic, signer, _, length = HEADER.unpack(header)
    if magic != MAGIC:
        raise BundleRefused(Code.NOT_A_BUNDLE, f"it begins with {magic!r}, not as a bundle does")
    if signer == NOBODY and not unsigned:
        raise BundleRefused(Code.UNSIGNED, "nobody has signed it: sandwatch bundle sign")
    if length > MANIFEST_LIMIT_BYTES:
        raise BundleRefused(
            Code.TOO_LARGE, f"the manifest has {length} bytes; {MANIFEST_LIMIT_BYTES} are allowed"
        )
    return header, exactly(file, length), signer


def read_manifest(raw: bytes) -> Manifest:
    """Understand the bytes of a manifest; raises BundleRefused."""
    try:
        canonical = wire.canonical(json.loads(raw)) == raw
    except (ValueError, RecursionError):
        canonical = False
    if not canonical:
        raise BundleRefused(Code.BAD_MANIFEST, "the manifest is not canonical JSON (RFC 8785)")
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the manifest"
        said = first["msg"].removeprefix("Value error, ")
        code = Code.TOO_LARGE if "bytes" in said else Code.BAD_MANIFEST
        raise BundleRefused(code, f"{where}: {said}") from None


def pieces(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The bytes of the next file, no more than its size; raises BundleRefused at its end if they are not those signed."""
    digest = hashlib.sha256()
    left = entry.size_bytes
    while left:
        piece = exactly(file, min(left, PIECE_BYTES), entry.name)
        digest.update(piece)
        left -= len(piece)
        yield piece
    if digest.hexdigest() != entry.sha256:
        raise BundleRefused(Code.BAD_DIGEST, f"{entry.name} is not the file that was signed")


def exactly(file: BinaryIO, count: int, what: str = "the bundle") -> bytes:
    """So many bytes; raises BundleRefused where the file ends before or cannot be read."""
    parts = []
    while count:
        try:
            part = file.read(count)
        except OSError as error:
            raise BundleRefused(Code.UNREADABLE, f"{what} cannot be read: {error.strerror}") from None
        if not part:
            raise BundleRefused(Code.TRUNCATED, f"{what} ends {count} bytes too early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def at_end(file: BinaryIO) -> None:
    """Raises BundleRefused where something stands behind the last file."""
    try:
        more = file.read(1)
    except OSError as error:
        raise BundleRefused(Code.UNREADABLE, f"the bundle cannot be read: {error.strerror}") from None
    if more:
        raise BundleRefused(Code.TRAILING, "something stands behind the last file")


def past(moment: datetime | None, now: datetime) -> bool:
    """Whether a bundle's last day is over."""
    return moment is not None and now > moment.astimezone(UTC)
