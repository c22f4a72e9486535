"""Finding by a word, with or without diacritics: `vi du` finds Ví Dụ, `vd209` finds VĐ-0209 no sooner than `vd0209`.

Both sides are folded: decomposed, marks dropped, đ as d, one case, letters and digits only. What is short (vessels, licences, holders,
boxes, cases) is compared whole; of what people wrote only the latest notes are.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from station import fleet, licence_book, shelf, tables

Kind = Literal["vessel", "licence", "device", "case", "note"]
MOST: Final = 20  # of each kind
NOTES: Final = 5000


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found; `key` is what its address is made of."""

    kind: Kind
    text: str
    beside: str
    key: tuple[str, ...]


def folded(text: str) -> str:
    """Letters and digits as they are without marks, in one case."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if letter.isalnum())


def find(connection: sa.Connection, asked: str) -> list[Hit]:
    """Everything that has these letters in a row; nothing for fewer than two of them."""
    wanted = folded(asked)
    if len(wanted) < 2:
        return []
    hits: list[Hit] = []
    for hit in _everything(connection):
        few = sum(one.kind == hit.kind for one in hits) < MOST
        if few and (wanted in folded(hit.text) or wanted in folded(hit.beside)):
            hits.append(hit)
    return hits


def _everything(connection: sa.Connection) -> list[Hit]:
    vessels, named = shelf.filter_values(connection)
    licences = licence_book.in_force(connection)
    holders = {number: licence.holder for number, licence in licences.items()}
    listed = {row.hull_number for licence in licences.values() for row in licence.vessels}
    found = [Hit("vessel", hull, "", (hull,)) for hull in sorted({*vessels, *listed})]
    numbers = sorted({*named, *licences})
    found += [Hit("licence", number, holders.get(number, ""), (number,)) for number in numbers]
    found += [Hit("device", ship.name, ship.device, (ship.device,)) for ship in fleet.ships(connection)]
    case = tables.cases.c
    rows = connection.execute(sa.select(case.number, case.year, case.holder, case.vessel))
    found += [
        Hit("case", f"{row.number}/{row.year}", f"{row.holder} {row.vessel}".strip(), (str(row.number),))
        for row in rows
    ]
    act = tables.acts.c
    notes = connection.execute(
        sa.select(act.text, act.device, act.event_id)
        .where(act.text != "")
        .order_by(act.number.desc())
        .limit(NOTES)
    )
    found += [Hit("note", row.text[:200], row.event_id, (row.device, row.event_id)) for row in notes]
    return found
