"""`sandwatch-box`: what the unit starts. The release in force, else the software that was installed.

This is always the installed software's code, so a release cannot keep it from going back: it counts the starts before
(`sandwatch config settle`), and while a release is on trial a small process beside it waits for the end of the trial.
A release that neither confirms itself nor goes back is put back here.
"""

import os
import signal
import sys
import time
from pathlib import Path

HOME = Path(os.environ.get("SANDWATCH_HOME", "/var/lib/sandwatch"))
MARGIN_S = float(os.environ.get("SANDWATCH_TRIAL_MARGIN_S", "180"))
LOOK_S = 1.0
GRACE_S = 30.0


def main() -> None:
    """Run `sandwatch` with the arguments given, by the release in force."""
    site = release(HOME)
    if site is None:
        from agent.cli import main as installed

        installed()
        return
    if (HOME / "software" / "flash.json").exists():
        watch_trial(HOME)
    from agent.run.flash.release import environment

    os.execve(sys.executable, [sys.executable, "-P", "-m", "agent", *sys.argv[1:]], environment(site))


def release(home: Path) -> Path | None:
    """Where the packages of the release in force lie, None where there is none."""
    try:
        slot = (home / "software" / "current").readlink()
    except OSError:
        return None
    site = home / "software" / slot / "site"
    return site if site.is_dir() else None


def watch_trial(home: Path) -> None:
    """Leave a process behind that ends a trial which the release does not end itself."""
    from agent.run.flash.home import Home

    software = Home(home / "config").software
    trial = software.state().trial
    if trial is None:
        return
    agent = os.getpid()
    if os.fork():
        return
    end = time.monotonic() + trial.window_s + MARGIN_S
    while time.monotonic() < end:
        if os.getppid() != agent or software.state().trial is None:
            os._exit(0)
        time.sleep(LOOK_S)
    from agent.run.flash.trial import roll_back

    roll_back(software, f"its agent did not end the trial in {trial.window_s + MARGIN_S:.0f} s")
    os.kill(agent, signal.SIGTERM)
    end = time.monotonic() + GRACE_S
    while time.monotonic() < end:
        if os.getppid() != agent:
            os._exit(0)
        time.sleep(LOOK_S)
    os.kill(agent, signal.SIGKILL)
    os._exit(0)
