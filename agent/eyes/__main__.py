"""The eyes' own process, started by `agent.eyes.worker`: `python -m agent.eyes HANDLE`, what to run on standard input.

`multiprocessing` would import the core's main script again here, and with it the whole command line: 35 MB.
"""

import pickle
import socket
import sys

from agent.eyes.child import begin

if __name__ == "__main__":
    # From the core, which is trusted; what goes the other way is not (`agent.eyes.link`).
    begin(pickle.load(sys.stdin.buffer), socket.socket(fileno=int(sys.argv[1])))  # noqa: S301
