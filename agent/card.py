"""The data card: evidence on a card of its own is written only while that very card is there.

A mount point without its card is an empty folder of the root file system, and filling that would stop the box. A
card that was swapped holds another box's evidence, or none of what the store says is there. So the card carries a
file with its number and the box remembers the number it was given; before each write they are held together.
"""

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import cast

from agent.durable import make_folder, write_file
from agent.errors import StoreError

ON_CARD = ".sandwatch-card.json"
IN_STATE = "card.json"

Guard = Callable[[], str | None]


def adopt(folder: Path, state_dir: Path, device: str) -> str:
    """Make the card at `folder` the data card of this box; returns its number. Raises StoreError.

    A card that another box writes to is refused; one that was this box's keeps its number.
    """
    if not folder.is_dir():
        raise StoreError(f"{folder} does not exist: is the card mounted?")
    held = _read(folder / ON_CARD)
    if held is not None and held.get("device") != device:
        raise StoreError(
            f"{folder} is the data card of {held.get('device')}; take its evidence ashore, then empty it"
        )
    number = secrets.token_hex(8) if held is None else held["card"]
    try:
        write_file(folder / ON_CARD, json.dumps({"card": number, "device": device}).encode())
        make_folder(state_dir)
        write_file(state_dir / IN_STATE, json.dumps({"card": number}).encode())
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made the data card: {error.strerror}; is it mounted read-only?"
        ) from None
    return number


def guard(folder: Path, state_dir: Path) -> Guard:
    """Says why nothing may be written to the card at `folder` now, or None where all is well."""

    def check() -> str | None:
        wanted, held = _read(state_dir / IN_STATE), _read(folder / ON_CARD)
        if wanted is None:
            return f"{folder} was never made the data card of this box: run `sandwatch card adopt`"
        if held is None:
            return (
                f"the data card is missing: there is no {ON_CARD} in {folder}; is it in its slot and mounted?"
            )
        if held.get("card") != wanted.get("card"):
            return f"another card is in {folder} ({held.get('card')} of {held.get('device')}): put the right one back"
        return None

    return check


def _read(file: Path) -> dict[str, str] | None:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return cast("dict[str, str]", found) if isinstance(found, dict) and "card" in found else None
