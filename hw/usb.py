"""The power of USB devices, as far as the kernel lets it be taken away: all devices of a bus are let go and taken again."""

from pathlib import Path

SYSFS = Path("/sys/bus/usb/devices")


def cycle(sysfs: Path = SYSFS) -> list[str]:
    """De-authorise and authorise every root hub, one after the other; those that were cycled. Needs root."""
    done = []
    for hub in sorted(sysfs.glob("usb*")):
        switch = hub / "authorized"
        try:
            switch.write_text("0", encoding="ascii")
            switch.write_text("1", encoding="ascii")
        except OSError:
            continue
        done.append(hub.name)
    return done
