"""TLS on a box whose clock may be wrong.

A box without a clock battery wakes in 1970, or in the week in which its power went, and may have nothing but
this link to learn the time from. Where the clock is trusted (NTP), a certificate is read by it as everywhere.
Where it is not, chain and host name are verified all the same, and of the dates this much: a certificate that
had ended before this software was written, or before the time saved at the last power cut, is refused; whether
one that is still to begin has begun nobody here can tell. Nothing else ever loosens the check.

What an old, stolen certificate could win against a box that does not know the time is little: requests are
signed by the device and receipts by the pinned key of the station, with TLS or without.
"""

import ssl
from datetime import datetime
from typing import Any, Self

from cryptography import x509

from agent.ports import Clock
from agent.types import ClockQuality

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which Python's ssl does not name
TRUSTED = frozenset((ClockQuality.NTP, ClockQuality.GNSS))


class DatedContext(ssl.SSLContext):
    """A client's context; every connection asks anew how far the clock can be believed."""

    _clock: Clock
    _written: datetime

    def __new__(cls, clock: Clock, written: datetime) -> Self:
        context = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        context._clock = clock
        context._written = written
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def __init__(self, clock: Clock, written: datetime) -> None:
        """`written` is when this software was: no true time lies before it."""

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        """Connect and verify; raises SSLCertVerificationError on a certificate that had ended already."""
        utc, quality = self._clock.utc()
        if quality in TRUSTED:
            self.verify_flags = ssl.VerifyFlags(self.verify_flags & ~NO_CHECK_TIME)
            return super().wrap_socket(*args, **options)
        self.verify_flags = ssl.VerifyFlags(self.verify_flags | NO_CHECK_TIME)
        floor = self._written if utc is None else max(utc, self._written)
        connection = super().wrap_socket(*args, **options)
        try:
            _check_not_over(connection, floor)
        except BaseException:
            connection.close()
            raise
        return connection


def _check_not_over(connection: ssl.SSLSocket, floor: datetime) -> None:
    raw = connection.getpeercert(binary_form=True)
    if raw is None:
        raise ssl.SSLCertVerificationError("the station showed no certificate")
    ends = x509.load_der_x509_certificate(raw).not_valid_after_utc
    if ends < floor:
        raise ssl.SSLCertVerificationError(
            f"the station's certificate ended on {ends:%Y-%m-%d}, and it is {floor:%Y-%m-%d} at least"
        )
