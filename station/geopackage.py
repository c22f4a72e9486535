"""Layers into one GeoPackage (OGC 12-128r18, version 1.3): SQLite with its own rules, so no library is needed.

Coordinates are WGS 84, or VN-2000 in a named zone. In the file the easting always stands first, as the standard has it; points
carry X (northing) and Y (easting) as columns besides, named as Vietnamese tables name them.
"""

import sqlite3
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, cast

from agent.types import Json
from station.layers import Feature, Kind, Layer
from station.vn2000_zones import Zone

APPLICATION_ID: Final = 0x47504B47  # "GPKG"
VERSION: Final = 10300
WGS84: Final = 4326
WGS84_WKT: Final = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)
TYPES: Final[Mapping[Kind, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "time": "DATETIME",
    "day": "DATE",
}
SCHEMA: Final = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
"""
Place = tuple[float, float]
Plane = Callable[[float, float], Place]


def write_geopackage(
    path: Path, layers: Iterable[tuple[Layer, Iterable[Feature]]], zone: Zone | None, made_utc: str
) -> None:
    """Write a new file at `path`; the layers keep their order."""
    srs_id = WGS84 if zone is None else zone.epsg

    def plane(lon: float, lat: float) -> Place:
        if zone is None:
            return lon, lat
        x_northing, y_easting = zone.plane(lat, lon)
        return y_easting, x_northing

    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        file.execute(f"PRAGMA user_version = {VERSION}")
        file.executescript(SCHEMA)
        systems = [
            ("Undefined Cartesian", -1, "NONE", -1, "undefined", None),
            ("Undefined geographic", 0, "NONE", 0, "undefined", None),
            ("WGS 84", WGS84, "EPSG", WGS84, WGS84_WKT, None),
        ]
        if zone is not None:
            systems.append((zone.name, zone.epsg, "EPSG", zone.epsg, zone.wkt, None))
        file.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", systems)
        for layer, features in layers:
            _layer(file, layer, features, zone, plane, srs_id, made_utc)


def _layer(
    file: sqlite3.Connection,
    layer: Layer,
    features: Iterable[Feature],
    zone: Zone | None,
    plane: Plane,
    srs_id: int,
    made_utc: str,
) -> None:
    points = zone is not None and layer.shape == "Point"
    columns = ["id TEXT", *(f"{column.name} {TYPES[column.kind]}" for column in layer.columns)]
    columns += ["x_northing_m DOUBLE", "y_easting_m DOUBLE", "meridian TEXT"] if points else []
    file.execute(
        f"CREATE TABLE {layer.name} "
        f"(fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {layer.shape.upper()}, {', '.join(columns)})"
    )
    places = ", ".join("?" * (len(columns) + 1))
    names = ", ".join(column.split()[0] for column in columns)
    box: list[float] | None = None
    for feature in features:
        blob, corners = _geometry(feature.geometry, plane, srs_id)
        for x, y in corners:
            box = [x, y, x, y] if box is None else _grown(box, x, y)
        values = [feature.id, *(feature.properties[column.name] for column in layer.columns)]
        if points and zone is not None:
            values += [corners[0][1], corners[0][0], zone.meridian] if corners else [None, None, None]
        file.execute(
            f"INSERT INTO {layer.name} (geom, {names}) VALUES ({places})",  # noqa: S608 - names are ours
            [blob, *values],
        )
    file.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        [layer.name, layer.name, layer.title, made_utc, *(box or (None, None, None, None)), srs_id],
    )
    file.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
        [layer.name, layer.shape.upper(), srs_id],
    )


def _grown(box: Sequence[float], x: float, y: float) -> list[float]:
    return [min(box[0], x), min(box[1], y), max(box[2], x), max(box[3], y)]


def _geometry(
    geometry: Mapping[str, Json] | None, plane: Plane, srs_id: int
) -> tuple[bytes | None, list[Place]]:
    """The blob of a geometry (header without envelope, then WKB, little-endian) and its corners."""
    if geometry is None:
        return None, []
    header = b"GP" + struct.pack("<BBi", 0, 1, srs_id)
    coordinates: Any = geometry["coordinates"]
    if geometry["type"] == "Point":
        here = plane(*cast("Place", tuple(coordinates[:2])))
        return header + struct.pack("<BIdd", 1, 1, *here), [here]
    body = struct.pack("<BII", 1, 6, len(coordinates))
    corners: list[Place] = []
    for polygon in coordinates:
        body += struct.pack("<BII", 1, 3, len(polygon))
        for ring in polygon:
            line = [plane(lon, lat) for lon, lat in ring]
            corners += line
            body += struct.pack("<I", len(line)) + b"".join(struct.pack("<dd", x, y) for x, y in line)
    return header + body, corners
