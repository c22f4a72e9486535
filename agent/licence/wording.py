"""What pydantic found wrong in a licence, a file of places or of rules, said in both languages.

For every key of these formats `ALLOWED` says what may stand there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from agent.errors import Both, Mistake, Sentence

_DATE: Final = Both(vi='một ngày viết như "2027-12-31"', en='a date as "2027-12-31"')
_OPEN_DATE: Final = Both(
    vi='một ngày viết như "2027-12-31", hoặc null khi chưa có hạn',
    en='a date as "2027-12-31", or null for "until further notice"',
)
_TEXT: Final = Both(
    vi="một dòng chữ, không có dấu cách thừa ở hai đầu", en="a line of text, no blanks around it"
)
_CUBIC: Final = Both(vi="số m³, lớn hơn 0", en="m³, above 0")

ALLOWED: Final[Mapping[str, Both]] = {
    "format": Both(vi='"sandwatch-licence/1"', en='"sandwatch-licence/1"'),
    "number": Both(vi="số của quyết định hoặc giấy phép, dạng chữ", en="the number on the decision, as text"),
    "holder": Both(vi="tên tổ chức, cá nhân được cấp phép, dạng chữ", en="the name of the holder, as text"),
    "valid_from": Both(vi='một ngày viết như "2026-01-31"', en='a date as "2026-01-31"'),
    "valid_to": _DATE,
    "effective_from": Both(vi='một ngày viết như "2026-01-31"', en='a date as "2026-01-31"'),
    "effective_to": _OPEN_DATE,
    "from": Both(
        vi='"07:00" trong hours, một ngày như "2026-01-31" ở chỗ khác',
        en='"07:00" in hours, a date as "2026-01-31" elsewhere',
    ),
    "to": Both(
        vi='"17:00" trong hours ("24:00" là nửa đêm), một ngày như "2026-06-30" ở chỗ khác',
        en='"17:00" in hours ("24:00" is midnight), a date as "2026-06-30" elsewhere',
    ),
    "synthetic": Both(
        vi="true cho giấy phép bịa ra để thử, false cho giấy phép thật",
        en="true for an invented licence, false for a real one",
    ),
    "vn2000": Both(
        vi="bảng tọa độ trong quyết định: meridian_deg, zone_width_deg, corners",
        en="the corner table of the decision: meridian_deg, zone_width_deg, corners",
    ),
    "meridian_deg": Both(
        vi="kinh tuyến trục của bảng, tính bằng độ, là bội của 0,25, ví dụ 105 hoặc 105.5",
        en="the central meridian of the table in degrees, a multiple of 0.25 such as 105 or 105.5",
    ),
    "zone_width_deg": Both(
        vi="3 (hệ số 0,9999) hoặc 6 (hệ số 0,9996)", en="3 (scale 0.9999) or 6 (scale 0.9996)"
    ),
    "corners": Both(
        vi="từ 3 đến 2000 dòng gồm ring, corner, x_northing_m, y_easting_m",
        en="3 to 2000 rows of ring, corner, x_northing_m, y_easting_m",
    ),
    "ring": Both(vi="số hoặc tên của vòng trong bảng", en="the number or name of the ring in the table"),
    "corner": Both(vi='tên điểm khép góc, dạng chữ, ví dụ "1"', en='the corner\'s name as text, such as "1"'),
    "x_northing_m": Both(
        vi="X trong bảng, tung độ (hướng bắc) tính bằng mét, ví dụ 1135614",
        en="X of the table, the northing in metres, such as 1135614",
    ),
    "y_easting_m": Both(
        vi="Y trong bảng, hoành độ (hướng đông) tính bằng mét, ví dụ 562242",
        en="Y of the table, the easting in metres, such as 562242",
    ),
    "hours": Both(
        vi='danh sách {"from", "to", "effective_from", "effective_to"}',
        en='a list of {"from", "to", "effective_from", "effective_to"}',
    ),
    "periods": Both(vi='danh sách {"from": ngày, "to": ngày}', en='a list of {"from": date, "to": date}'),
    "suspensions": Both(
        vi='danh sách {"notice", "from", "to"}, "to" là null khi chưa có hạn',
        en='a list of {"notice", "from", "to"}, "to" null until further notice',
    ),
    "notice": Both(vi="số của thông báo tạm dừng", en="the number of the suspension notice"),
    "reason": Both(vi="lý do, tối đa 500 ký tự", en="why, at most 500 characters"),
    "vessels": Both(
        vi='danh sách {"hull_number", "bucket_m3", "m3_per_day", "valid_to"}',
        en='a list of {"hull_number", "bucket_m3", "m3_per_day", "valid_to"}',
    ),
    "carriers": Both(
        vi='danh sách {"hull_number", "valid_to"} và nếu có "hold_m3"',
        en='a list of {"hull_number", "valid_to"} and, where known, "hold_m3"',
    ),
    "hull_number": Both(
        vi="số đăng ký của phương tiện, dạng chữ", en="the registration number of the vessel, as text"
    ),
    "bucket_m3": Both(
        vi="dung tích gàu tính bằng m³, lớn hơn 0 và không quá 50",
        en="the bucket's volume in m³, above 0 and at most 50",
    ),
    "hold_m3": Both(vi="dung tích hầm chở tính bằng m³", en="the hold's volume in m³"),
    "certificate": Both(vi="số xác nhận đăng ký", en="the number of the registration certificate"),
    "kind": Both(vi="loại phương tiện hoặc loại khu vực", en="the kind of vessel or of place"),
    "m3_per_day": Both(vi="số m³ mỗi ngày, lớn hơn 0", en="m³ a day, above 0"),
    "m3_per_month": _CUBIC,
    "m3_per_year": _CUBIC,
    "m3_total": _CUBIC,
    "quota": Both(
        vi='{"volume", "phases"} và nếu có "swell", "destination"',
        en='{"volume", "phases"} and, where stated, "swell", "destination"',
    ),
    "volume": Both(
        vi='"in_place" (nguyên khối), "loose" (nguyên khai, cát rời) hoặc "unstated" (giấy phép không nói)',
        en='"in_place", "loose" or "unstated" where the licence does not say',
    ),
    "phases": Both(
        vi='danh sách {"name", "from", "to"} với ít nhất một trong m3_per_day, m3_per_month, m3_per_year, m3_total',
        en='a list of {"name", "from", "to"} and at least one of m3_per_day, m3_per_month, m3_per_year, m3_total',
    ),
    "name": _TEXT,
    "swell": Both(vi="hệ số nở rời, từ 1 đến 2", en="loose m³ for one m³ in place, from 1 to 2"),
    "destination": Both(vi="công trình được cấp cát", en="the works the sand is for"),
    "depth": Both(
        vi='danh sách {"bed_elevation_m", "vertical_datum", "effective_from", "effective_to"}',
        en='a list of {"bed_elevation_m", "vertical_datum", "effective_from", "effective_to"}',
    ),
    "bed_elevation_m": Both(
        vi="cao trình đáy thấp nhất được để lại, tính bằng mét, ví dụ -16.0 (không phải độ sâu nước)",
        en="the lowest bed that may be left, an elevation in metres such as -16.0 (not a depth of water)",
    ),
    "vertical_datum": Both(vi='hệ độ cao, ví dụ "Hòn Dấu"', en='the vertical datum, such as "Hòn Dấu"'),
    "bank": Both(
        vi='danh sách {"at_least_m", "effective_from", "effective_to"}',
        en='a list of {"at_least_m", "effective_from", "effective_to"}',
    ),
    "at_least_m": Both(vi="số mét tối thiểu, lớn hơn 0", en="metres at least, above 0"),
    "mooring": Both(
        vi='danh sách {"zone", "when", "effective_from", "effective_to"}',
        en='a list of {"zone", "when", "effective_from", "effective_to"}',
    ),
    "zone": Both(
        vi='tên một khu vực loại "mooring" trong tệp khu vực',
        en='the name of a place of kind "mooring" in a file of places',
    ),
    "when": Both(vi='"outside_hours" hoặc "always"', en='"outside_hours" or "always"'),
    "province": Both(vi="tên tỉnh, thành phố cấp phép", en="the province that granted it"),
    "place": Both(vi="địa danh, dạng chữ tự do", en="where it lies, free text"),
    "source": Both(
        vi="khu vực này lấy từ đâu: số văn bản, hoặc ai vẽ và chính xác đến đâu",
        en="where this place comes from: the document, or who drew it and how exactly",
    ),
    "licence": Both(vi="số giấy phép mà khu vực này áp dụng", en="the number of the licence it applies to"),
    "error_m": Both(vi="sai số 95 % của đường vẽ, tính bằng mét", en="the 95 % error of the line, in metres"),
}

_MISSING: Final = Both(vi="thiếu", en="is missing")
_UNKNOWN: Final = Both(
    vi="không phải là mục của định dạng này; hãy xóa, hoặc kiểm tra chính tả",
    en="is not a key of this format; remove it, or check its spelling",
)
_KINDS: Final[Mapping[str, str]] = {
    "string_pattern_mismatch": "viết không đúng cách",
    "string_type": "phải là chữ, đặt trong dấu ngoặc kép",
    "string_too_short": "để trống",
    "string_too_long": "quá dài",
    "float_type": "phải là một số",
    "float_parsing": "phải là một số",
    "int_type": "phải là một số nguyên",
    "bool_type": "phải là true hoặc false",
    "date_type": "phải là một ngày",
    "date_parsing": "không phải là một ngày",
    "date_from_datetime_parsing": "không phải là một ngày có thật",
    "tuple_type": "phải là một danh sách",
    "model_type": "phải là một đối tượng",
    "model_attributes_type": "phải là một đối tượng",
    "greater_than": "quá nhỏ",
    "greater_than_equal": "quá nhỏ",
    "less_than": "quá lớn",
    "less_than_equal": "quá lớn",
    "multiple_of": "không phải là bội số cần có",
    "literal_error": "không phải là một trong các giá trị cho phép",
}


def mistakes_of(
    errors: Sequence[ErrorDetails], where: str, allowed: Mapping[str, Both] = ALLOWED
) -> list[Mistake]:
    """One mistake a place: a value that fits neither of two kinds is told of once.

    Nor is a list said to be too short because a row in it was wrong and did not count.
    """
    places = {str(mistake.where): mistake for mistake in (_mistake(item, where, allowed) for item in errors)}
    return [
        mistake
        for place, mistake in places.items()
        if not any(other.startswith(f"{place}[") for other in places)
    ]


def _mistake(item: ErrorDetails, where: str, allowed: Mapping[str, Both]) -> Mistake:
    unknown = item["type"] == "extra_forbidden"
    # other parts of a path are pydantic's own words
    names = {*allowed, item["loc"][-1]} if unknown else {*allowed}
    path = [part for part in item["loc"] if isinstance(part, int) or part in names]
    place = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    may_be: Sentence = allowed.get(key, "")
    if unknown:
        return Mistake(place, shown(item["input"]), _UNKNOWN)
    if item["type"] == "missing":
        return Mistake(place, "", _MISSING, may_be)
    return Mistake(place, shown(item["input"]), _sentence(item), may_be)


def _sentence(item: ErrorDetails) -> Both:
    kind = item["type"]
    if kind == "string_pattern_mismatch":
        return Both(vi=_KINDS[kind], en="is not written as it should be")
    if kind in ("too_short", "too_long"):
        count = item["ctx"]["actual_length"]
        return Both(vi=f"có {count} dòng", en=f"holds {count}")
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Both(vi=_KINDS.get(kind, "không hợp lệ"), en=message[:1].lower() + message[1:])


def shown(value: Any) -> str:
    """A value as it stood in the file, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
