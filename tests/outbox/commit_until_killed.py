"""A box that commits records as fast as it can and says each number once it is durable; run as a child process."""

import sys
from pathlib import Path

from agent.outbox.store import Store
from outbox.outbox_builders import DEVICE, event, seal, signer


def main(folder: Path) -> None:
    with Store.open(folder, DEVICE) as store:
        chain_ = signer(store)
        while True:
            seq = chain_.head.seq + 1
            file = seal(store.evidence_root, f"still of {seq}".encode())
            store.commit([event(chain_, f"e{seq}", file)], (file,), {"stood_at": seq}, seq)
            print(seq, flush=True)  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
