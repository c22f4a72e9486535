"""Passwords: argon2id, one at a time, so that many who sign in at once cannot take the memory."""

import secrets
from threading import Lock
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 10
MOST: Final = 200
ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that is misread: no l, o, 0, 1

# 19 MiB, two passes, one lane: the weakest that OWASP's cheat sheet of 2024 still recommends, for small machines.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_ONE_AT_A_TIME = Lock()


def hashed(password: str) -> str:
    """What is stored of a password."""
    with _ONE_AT_A_TIME:
        return _HASHER.hash(password)


NOBODY: Final = hashed(secrets.token_hex(16))
"""The hash of a password nobody has: an unknown name takes as long as a wrong password."""


def matches(password: str, password_hash: str) -> bool:
    """Whether it is the password of this hash."""
    with _ONE_AT_A_TIME:
        try:
            return _HASHER.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def made_up() -> str:
    """A password nobody chose: 20 characters in groups of five, 99 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def good(password: str, name: str) -> bool:
    """Whether a person may have it: long enough, and not her name."""
    return LEAST <= len(password) <= MOST and password.casefold().strip() != name.casefold()
