"""The board itself: heat, power, memory, wear of the card. What a board does not tell is None."""

from dataclasses import dataclass
from pathlib import Path

THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"  # of a Raspberry Pi
FLAGS = {
    0: "undervoltage",
    1: "slowed",
    2: "throttled",
    3: "hot",
    16: "undervoltage_since_boot",
    17: "slowed_since_boot",
    18: "throttled_since_boot",
    19: "hot_since_boot",
}


@dataclass(frozen=True, slots=True)
class Board:
    """`flags` None: this board does not tell. `wear_share` is what the card says is used of its life, at most."""

    heat_c: float | None
    flags: tuple[str, ...] | None
    memory_free_mb: int | None
    wear_share: float | None
    uptime_s: int | None


def read_board(root: Path = Path("/")) -> Board:
    """Ask the kernel; below another `root` in tests."""
    zones = [_number(zone / "temp") for zone in sorted(root.glob("sys/class/thermal/thermal_zone*"))]
    heats = [heat / 1000 for heat in zones if heat is not None]
    throttled = _text(root / THROTTLED)
    try:
        bits = None if throttled is None else int(throttled, 16)
    except ValueError:
        bits = None
    memory = _text(root / "proc/meminfo") or ""
    free_kb = next((line.split()[1] for line in memory.splitlines() if line.startswith("MemAvailable:")), "")
    uptime = (_text(root / "proc/uptime") or "").split()
    return Board(
        heat_c=max(heats, default=None),
        flags=None if bits is None else tuple(name for bit, name in FLAGS.items() if bits >> bit & 1),
        memory_free_mb=int(free_kb) // 1024 if free_kb.isdigit() else None,
        wear_share=_wear(root),
        uptime_s=int(float(uptime[0])) if uptime else None,
    )


def _wear(root: Path) -> float | None:
    """eMMC tells it in tenths, for two kinds of cells; SD cards do not."""
    found = []
    for file in root.glob("sys/block/mmcblk*/device/life_time"):
        for tenth in (_text(file) or "").split():
            try:
                found.append(min(int(tenth, 16), 10) / 10)
            except ValueError:
                continue
    return max(found, default=None)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text is not None and text.lstrip("-").isdigit() else None
