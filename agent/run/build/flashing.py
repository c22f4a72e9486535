"""What flashing needs of the machine: its clock, and a check that opens the detector."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

from agent.errors import Mistake, SettingsError
from agent.run.build import tools
from agent.run.core import Listener
from agent.run.flash.apply import Now
from agent.run.flash.home import Home
from agent.run.flash.trial import OnTrial
from agent.run.settings import Settings, named_files
from hw.clock import SystemClock


def now() -> Now:
    """The system's time, and how far it can be believed."""
    return Now(*SystemClock().utc())


def check(config: Path) -> None:
    """As `sandwatch check`: settings, licences, law, and the detector tried once. Raises SettingsError."""
    tools.check(config)


def boxes_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Of each device its files, from one folder or one a device; each checked. Raises SettingsError with all mistakes."""
    configs = sorted(path for path in (folder / "agent.toml", *folder.glob("*/agent.toml")) if path.is_file())
    mistakes, boxes = [], {}
    for config in configs:
        try:
            plan, _ = tools.check(config)
        except SettingsError as error:
            mistakes += [mistake.within(f"{config.parent.name}/") for mistake in error.mistakes]
            continue
        files = named_files(plan.settings)
        mistakes += [
            Mistake(
                f"{config.parent.name}/agent.toml",
                str(file),
                "lies in another folder",
                "put it beside agent.toml, and name it there without a folder",
            )
            for file in files
            if file.parent != config.parent
        ]
        device = plan.settings.device.id
        if device in boxes:
            mistakes.append(Mistake("device.id", device, "stands in two configs", "each box has its own"))
        boxes[device] = (config, *dict.fromkeys(files))
    if not configs:
        mistakes.append(Mistake("FOLDER", str(folder), "has no agent.toml, and no folder in it has one"))
    if mistakes:
        raise SettingsError(str(folder), mistakes)
    return boxes


def run_dir(state_dir: Path) -> Path:
    """A folder in memory for what is written often: the one systemd gives, else the state folder itself."""
    return Path(os.environ.get("RUNTIME_DIRECTORY", state_dir))


def on_trial(home: Home, settings: Settings, stop: Flag) -> Callable[[Callable[[], int]], Listener]:
    """The listener that ends a trial, once it is given the count of the store's commits."""
    return lambda commits: OnTrial(home, settings, stop, commits, run_dir(home.folder.parent))
