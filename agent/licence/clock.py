"""Times of the day as minutes after local midnight."""


def minutes_of(clock: str) -> int:
    """`07:30` as 450; `24:00` as 1440."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def clock_text(minute: int) -> str:
    """450 as `07:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"
