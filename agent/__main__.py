"""`python -m agent` is the command `sandwatch`."""

from agent.cli import main

main()
