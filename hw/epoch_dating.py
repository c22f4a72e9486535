"""From a time of day to a moment: the day comes from RMC or ZDA, or from a hint, and rolls over at midnight."""

from datetime import UTC, date, datetime, timedelta

_HALF_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)


class Dating:
    """Remembers the last moment and gives a time of day without a date the day nearest to it.

    A date that was sent is believed as it is: a receiver that lags 1,024 weeks behind, or jumps, shows it.
    """

    def __init__(self, hint: datetime | None = None) -> None:
        """`hint` is any moment within 12 hours of the first time of day; without one there is no date yet."""
        self._last = hint if hint is None or hint.tzinfo else hint.replace(tzinfo=UTC)

    def moment(self, time_us: int | None, day: date | None = None) -> datetime | None:
        """UTC of `time_us` (microseconds since midnight) on `day`, or on the nearest day to the last moment."""
        if time_us is None:
            return None
        last = self._last
        if day is None:
            if last is None:
                return None
            day = last.date()
            known = False
        else:
            known = True
        try:
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(microseconds=time_us)
            if not known and last is not None:
                if last - moment > _HALF_DAY:
                    moment += _DAY
                elif moment - last > _HALF_DAY:
                    moment -= _DAY
        except OverflowError:  # the last day of the calendar
            return None
        self._last = moment
        return moment
