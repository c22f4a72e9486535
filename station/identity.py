"""The station's own key: made at first start, signs receipts, pinned by every device."""

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agent.durable import make_folder, sync_folder, write_file
from agent.errors import StoreError
from agent.event.chain import public_text

KEY_FILE = "station.key"


def station_key(folder: Path) -> Ed25519PrivateKey:
    """The key in `folder`, made there (readable by its owner only) where there is none yet.

    Raises StoreError on a file that holds no Ed25519 key: a new one would make every receipt given so far
    worthless, so none is made in its place.
    """
    make_folder(folder)
    path = folder / KEY_FILE
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError(f"{path} holds no Ed25519 key in PEM. Put back the station's key from its copy.")
    return key


def station_name(key: Ed25519PrivateKey) -> str:
    """How the station calls itself in its receipts: short, and tied to its key."""
    return f"station-{public_text(key.public_key())[:8]}"


def _make(path: Path) -> None:
    """A link, not a rename: of two processes that start at once both end with the key of the first."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    write_file(draft, pem, mode=0o600)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)
