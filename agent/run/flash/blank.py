"""A box without a config waits for a stick, and is not started again and again meanwhile."""

import logging
from pathlib import Path
from threading import Event as Flag

from agent.run.flash.home import Home
from agent.run.lanes import notifier

log = logging.getLogger(__name__)

LOOK_S = 2.0


def wait_for_config(home: Home, stop: Flag) -> Path | None:
    """The settings in force, as soon as there are any; None where it was told to stop before."""
    if home.current() is None:
        log.warning("%s: no config was brought to this box yet; it waits for a stick", home.folder)
    say = notifier()
    while home.current() is None:
        if say is not None:
            say("READY=1\nWATCHDOG=1\nSTATUS=no config yet: insert a stick with a bundle")
        if stop.wait(LOOK_S):
            return None
    return home.settings_file()
