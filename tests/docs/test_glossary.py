"""What the product calls something stands in the glossary."""

import re
from pathlib import Path

from agent.event.wire import READING_TYPES
from agent.types import ActivityKind, FindingKind, Happening, Verdict

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
RECORD_KINDS = (
    "config.applied",
    "event.opened",
    "event.updated",
    "event.closed",
    "track",
    "time.anchor",
    "gap",
    "source",
    "chain.segment",
    "evidence.found",
    "tombstone",
    "heartbeat",
    "statement",
    "disk.refused",
    "station.behind",
    "production",
    "load",
)


def test_every_reading_activity_finding_happening_and_verdict_is_explained() -> None:
    words = [*READING_TYPES, *ActivityKind, *FindingKind, *Happening, *Verdict, *RECORD_KINDS]
    assert [word for word in words if f"`{word}`" not in GLOSSARY] == []


def test_every_record_kind_of_the_wire_format_is_explained() -> None:
    wire = (ROOT / "docs" / "wire-format.md").read_text(encoding="utf-8")
    kinds = re.search(r"^Kinds: (.*?)\nEvidence", wire, re.DOTALL | re.MULTILINE)
    assert kinds is not None
    named = re.findall(r"`([a-z.]+)`", kinds.group(1))
    assert set(named) == set(RECORD_KINDS)
