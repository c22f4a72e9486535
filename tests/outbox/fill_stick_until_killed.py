"""Fills a stick, to be killed half-way: `python fill_stick_until_killed.py STATE STICK`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from agent.outbox.shore_folder import export
from agent.outbox.view import View
from agent.stick import Stick
from outbox.outbox_builders import DEVICE_KEY

if __name__ == "__main__":
    state, folder = Path(sys.argv[1]), Path(sys.argv[2])
    with View.open_reading(state) as view, Stick(folder) as stick:
        sys.stdout.write("filling\n")
        sys.stdout.flush()
        export(view, state / "evidence", stick, DEVICE_KEY)
