"""What the sentences of one epoch agree on about how good its position is."""

from collections.abc import Mapping
from typing import TypeAlias

from agent.types import FixQuality
from hw.nmea_sentences import Gga, Gll, Gns, Rmc, Sentence

Located: TypeAlias = Rmc | Gga | Gll | Gns

NOT_FROM_SATELLITES = (FixQuality.SIMULATED, FixQuality.MANUAL, FixQuality.ESTIMATED)


def agrees(parts: Mapping[type[Sentence], Located]) -> bool | None:
    """Do all sentences of an epoch say alike whether there is a position? None where only one says it."""
    claims = []
    for part in parts.values():
        if isinstance(part, Gga | Gns):
            claims.append(part.quality is not FixQuality.NONE)
        elif part.valid is not None:
            claims.append(part.valid and part.mode is not FixQuality.NONE)
    return None if len(claims) < 2 else len(set(claims)) == 1


def agreed_quality(parts: Mapping[type[Sentence], Located]) -> FixQuality:
    """What the sentences of an epoch agree on; the least trustworthy claim wins.

    GGA and GNS tell the kind of correction, the mode letters of RMC and GLL only stand in for them.
    """
    told: FixQuality | None = None
    mode: FixQuality | None = None
    doubt: FixQuality | None = None
    valid = False
    for part in parts.values():
        if isinstance(part, Gga | Gns):
            claim: FixQuality | None = part.quality
            valid = True
            told = part.quality if told is None else min(told, part.quality)
        else:
            if part.valid is False:
                return FixQuality.NONE
            valid = valid or part.valid is True
            claim = part.mode
            mode = mode or claim
        if claim is FixQuality.NONE:
            return FixQuality.NONE
        if claim in NOT_FROM_SATELLITES:
            doubt = claim if doubt is None else max(doubt, claim)
    if not valid:
        return FixQuality.NONE
    return doubt or told or mode or FixQuality.GNSS
