"""What a licence says on a local day: suspended or not, which phase of the quota, which limits."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from agent.licence.conditions import BankLimit, DepthLimit, MooringOrder, QuotaPhase, Suspension
from agent.licence.licence import Licence


class Dated(Protocol):
    """A term that holds from one day to another, or until further notice."""

    @property
    def effective_from(self) -> date: ...
    @property
    def effective_to(self) -> date | None: ...


DatedT = TypeVar("DatedT", bound=Dated)


def in_force_on(terms: Iterable[DatedT], day: date) -> list[DatedT]:
    """Those that hold on that day."""
    return [
        term
        for term in terms
        if term.effective_from <= day and (term.effective_to is None or day <= term.effective_to)
    ]


def suspension_on(licence: Licence, day: date) -> Suspension | None:
    """The notice that stops the work on that day; the latest where several do."""
    notices = [
        notice
        for notice in licence.suspensions
        if notice.first <= day and (notice.last is None or day <= notice.last)
    ]
    return max(notices, key=lambda notice: notice.first, default=None)


def phase_on(licence: Licence, day: date) -> QuotaPhase | None:
    """The phase of the quota that day falls into; phases never overlap. None: no volume is set for it."""
    if licence.quota is None:
        return None
    return next((phase for phase in licence.quota.phases if phase.first <= day <= phase.last), None)


def depth_limit_on(licence: Licence, day: date) -> DepthLimit | None:
    """The strictest limit of that day: the highest bed."""
    return max(in_force_on(licence.depth, day), key=lambda limit: limit.bed_elevation_m, default=None)


def bank_limit_on(licence: Licence, day: date) -> BankLimit | None:
    """The strictest limit of that day: the greatest distance."""
    return max(in_force_on(licence.bank, day), key=lambda limit: limit.at_least_m, default=None)


def mooring_orders_on(licence: Licence, day: date) -> list[MooringOrder]:
    """Where the vessels must lie on that day, and when."""
    return in_force_on(licence.mooring, day)
