"""Who this box is: the key made at first start, and the boot it is in."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agent import durable
from agent.errors import StoreError

KEY_FILE = "device.key"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def device_key(path: Path, *, make: bool = True) -> Ed25519PrivateKey:
    """The device's Ed25519 key in the file `path`; made there (0600) at first use, and never leaves it.

    `make` is False where a chain was signed with it already. Raises StoreError if the file cannot be read or
    written or is no such key: a key that is damaged or gone is never replaced in silence, because the station
    would take the box for another one.
    """
    if not make and not path.exists():
        raise StoreError(
            f"{path} is gone, and records were signed with it: bring it back (is its card mounted?), or move "
            "the outbox away to begin a new chain, and enrol the device again"
        )
    try:
        if not path.exists():
            durable.make_folder(path.parent)
            key = Ed25519PrivateKey.generate()
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            durable.write_file(path, pem, mode=0o600)
            return key
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        held = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror or error}; check that the folder exists, has room and belongs to this user"
        ) from None
    except ValueError:
        raise StoreError(
            f"{path} is not a key; move it away to make a new one, and enrol the device again"
        ) from None
    if not isinstance(held, Ed25519PrivateKey):
        raise StoreError(
            f"{path} is not an Ed25519 key; move it away to make a new one, and enrol the device again"
        )
    return held


def boot_id(segment: int = 0) -> str:
    """The kernel's id of this boot: monotonic stamps of two boots must not be compared.

    A later `segment` of the chain is another boot: what the watch had counted in this one may be lost, and
    no number of an event may be given twice.
    """
    kernel = os.fsdecode(BOOT_ID.read_bytes()).strip()
    return f"{kernel}~{segment}" if segment else kernel
