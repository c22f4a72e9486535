"""A licence file back to a table as decisions have it: VN-2000, X the northing, Y the easting."""

import csv
import io
from math import hypot

from agent.desk.numbers import metres_text
from agent.licence.licence import Licence
from agent.licence.vn2000 import from_wgs84

HEADER = ("Khu vực", "Điểm", "X (m)", "Y (m)")


def table_csv(licence: Licence) -> str:
    """The table the licence was made from, with its meridian above; semicolons and decimal commas."""
    rows = [
        (corner.ring, corner.corner, corner.x_northing_m, corner.y_easting_m) for corner in licence.corners
    ]
    return _csv(licence, rows)


def polygon_csv(licence: Licence) -> str:
    """The same from the polygon the box judges by: what differs from the table is the error of two conversions.

    A ring may run the other way round than the table: each row is the corner nearest to the table's.
    """
    corners = [
        from_wgs84(lat, lon, licence.meridian_deg, licence.zone_width_deg)
        for polygon in licence.polygons
        for ring in polygon
        for lon, lat in ring
    ]
    rows = []
    for row in licence.corners:
        x, y = min(
            corners, key=lambda corner: hypot(corner[0] - row.x_northing_m, corner[1] - row.y_easting_m)
        )
        rows.append((row.ring, row.corner, x, y))
    return _csv(licence, rows)


def _csv(licence: Licence, rows: list[tuple[str, str, float, float]]) -> str:
    degrees, minutes = divmod(round(licence.meridian_deg * 60), 60)
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\n")
    out.writerow(
        [
            f"Giấy phép {licence.number}. Hệ tọa độ VN-2000, kinh tuyến trục {degrees}°{minutes:02}', múi chiếu {licence.zone_width_deg}°"
        ]
    )
    out.writerow(HEADER)
    out.writerows((ring, corner, metres_text(x, 3), metres_text(y, 3)) for ring, corner, x, y in rows)
    return text.getvalue()
