"""How the box is, every ten minutes, as a signed record: what a person ashore needs to know before he sends a technician."""

import contextlib
import importlib.metadata
import shutil

from agent.event import wire
from agent.eyes.worker import EyesProcess
from agent.outbox.store import Store
from agent.run.inbox import Inbox
from agent.run.lanes import Lanes
from agent.types import Json
from hw.board import read_board


def heartbeat(store: Store, inbox: Inbox, lanes: Lanes, eyes: EyesProcess | None) -> dict[str, Json]:
    """The body of a `heartbeat`; what this board does not tell is null."""
    board = read_board()
    root = store.evidence_root  # made with the first file of evidence
    free_mb = None
    with contextlib.suppress(OSError):
        free_mb = shutil.disk_usage(root if root.exists() else root.parent).free >> 20
    receipt = store.last_receipt()
    return {
        "version": importlib.metadata.version("hau-sandwatch"),
        "uptime_s": board.uptime_s,
        "heat_c": board.heat_c,
        "power": wire.to_json(board.flags),
        "memory_free_mb": board.memory_free_mb,
        "disk_free_mb": free_mb,
        "wear_share": board.wear_share,
        "standing": wire.to_json(lanes.standing()),
        "dropped": wire.to_json(dict(inbox.dropped)),
        "eyes_starts": None if eyes is None else eyes.starts,
        "acknowledged_through": store.acked_through(),
        "last_receipt_utc": None if receipt is None else receipt.utc,
    }
