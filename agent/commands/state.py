"""Which folder a command about a box's store means."""

from pathlib import Path

from agent.errors import Mistake, SettingsError


def state_folder(config: Path | None, state: Path | None) -> Path:
    """`state` where it is given, else that of the config; raises SettingsError where neither is."""
    from agent.run.settings import load_settings

    if state is not None:
        return state
    if config is None:
        raise SettingsError(
            "command line", [Mistake("--state", "", "is missing", "give --state FOLDER or --config FILE")]
        )
    return load_settings(config).device.state_dir
