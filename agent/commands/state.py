"""Where the things of a box are that a command is about: its store, its evidence, its key."""

from dataclasses import dataclass
from pathlib import Path

from agent.errors import Mistake, SettingsError


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of the store, that of the evidence, and the file of the device's key."""

    folder: Path
    evidence: Path
    key_file: Path


def home_of(config: Path | None, state: Path | None) -> Home:
    """`state` where it is given, else that of the config; a config may keep evidence and key elsewhere.

    Raises SettingsError where neither is given.
    """
    from agent.outbox.store import EVIDENCE_FOLDER
    from agent.run.identity import KEY_FILE
    from agent.run.settings import load_settings

    if config is None and state is None:
        raise SettingsError(
            "command line", [Mistake("--state", "", "is missing", "give --state FOLDER or --config FILE")]
        )
    settings = None if config is None else load_settings(config)
    folder = state or (Path() if settings is None else settings.device.state_dir)
    evidence = None if settings is None else settings.evidence.folder
    key_file = None if settings is None else settings.device.key_file
    return Home(folder, evidence or folder / EVIDENCE_FOLDER, key_file or folder / KEY_FILE)


def state_folder(config: Path | None, state: Path | None) -> Path:
    """The folder of the store alone; raises SettingsError where neither is given."""
    return home_of(config, state).folder
