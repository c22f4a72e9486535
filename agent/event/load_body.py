"""A load as it stands in its record: when, how many buckets, how much, and the pictures of her coming and going."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast

from agent.event import wire
from agent.licence.loads import Load
from agent.types import Body, EvidenceFile, Json, Stamp


def load_body(load: Load, now: Stamp, volume: Mapping[str, Json]) -> Body:
    """The record of a load; `volume` is that of its cycles. Stamps of another boot are left out."""
    arrival, departure = (
        [file if load.cut else _dated(file, now) for file in kept] for kept in (load.arrival, load.departure)
    )
    files = [
        {**cast("dict[str, Json]", wire.to_json(file)), "moment": moment}
        for moment, kept in (("arrival", arrival), ("departure", departure))
        for file in kept
    ]
    body: dict[str, Json] = {
        "load": load.load,
        "from_mono_ns": None if load.cut else str(load.from_mono_ns),
        "from_utc": load.from_utc,
        "to_mono_ns": None if load.cut or load.to_mono_ns is None else str(load.to_mono_ns),
        "to_utc": load.to_utc,
        "cut": load.cut,
        "licence": load.licence or None,
        "cycles": load.cycles,
        **volume,
        "evidence": cast("list[Json]", files),
    }
    return Body("load", body, (*arrival, *departure))


def _dated(file: EvidenceFile, now: Stamp) -> EvidenceFile:
    """The file with the UTC of its picture, reckoned back from now."""
    if now.utc is None:
        return file
    return replace(file, utc=now.utc - timedelta(microseconds=(now.mono_ns - file.mono_ns) // 1000))
