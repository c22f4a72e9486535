"""What only root does for a box: cut the power of USB devices, reboot."""

import subprocess
from pathlib import Path

from agent.run import escalation
from agent.run.escalation import Measure
from hw import usb


def uptime_s(file: Path = Path("/proc/uptime")) -> float:
    """Seconds since this boot began."""
    return float(file.read_text(encoding="ascii").split()[0])


def escalate(result: str, run_dir: Path, at_s: float | None = None) -> str:
    """The agent ended with `result`: do what is due; says what was done. Raises OSError where it cannot be remembered."""
    measure, history = escalation.judge(
        escalation.load(run_dir), result, uptime_s() if at_s is None else at_s
    )
    escalation.save(run_dir, history)
    match measure:
        case Measure.POWER_CYCLE:
            return (
                f"the USB devices were taken off and on again: {', '.join(usb.cycle()) or 'there are none'}"
            )
        case Measure.REBOOT:
            subprocess.run(["systemctl", "reboot"], check=False)
            return "the box is rebooted"
        case Measure.NOTHING:
            return ""
