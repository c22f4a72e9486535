"""What is wrong in an `agent.toml`, in Vietnamese and English: the key, what stood there, what may."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from agent.errors import Both, Mistake, Sentence
from agent.licence.licence import THE_FILE

MOST_CAMERAS: Final = 4


class Wrong(ValueError):
    """A value that a validator of the settings refuses, said in both languages."""

    def __init__(self, *, vi: str, en: str) -> None:
        self.sentence = Both(vi=vi, en=en)
        super().__init__(en)


_MISSING: Final = Both(vi="thiếu", en="is missing")
_REQUIRED: Final = Both(vi="bắt buộc", en="required")
_UNKNOWN: Final = Both(vi="không phải là mục của tệp này", en="is not a key of this file")
_EXAMPLE: Final = Both(
    vi="không có mục này; xem config/agent.example.toml", en="no such key; see config/agent.example.toml"
)

_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "greater_than": lambda ctx: f"phải lớn hơn {ctx['gt']}",
    "greater_than_equal": lambda ctx: f"phải từ {ctx['ge']} trở lên",
    "less_than": lambda ctx: f"phải nhỏ hơn {ctx['lt']}",
    "less_than_equal": lambda ctx: f"phải không quá {ctx['le']}",
    "literal_error": lambda ctx: f"phải là {ctx['expected'].replace(' or ', ' hoặc ')}",
    "enum": lambda ctx: f"phải là {ctx['expected'].replace(' or ', ' hoặc ')}",
    "string_pattern_mismatch": lambda ctx: f"phải viết theo mẫu {ctx['pattern']}",
    "string_too_short": lambda _: "để trống",
    "too_short": lambda ctx: f"có {ctx['actual_length']} dòng, cần ít nhất {ctx['min_length']}",
    "too_long": lambda ctx: f"có {ctx['actual_length']} dòng, nhiều nhất {ctx['max_length']}",
    "string_type": lambda _: "phải là chữ, đặt trong dấu ngoặc kép",
    "float_type": lambda _: "phải là một số",
    "float_parsing": lambda _: "phải là một số",
    "int_type": lambda _: "phải là một số nguyên",
    "int_parsing": lambda _: "phải là một số nguyên",
    "int_from_float": lambda _: "phải là một số nguyên",
    "bool_type": lambda _: "phải là true hoặc false",
    "bool_parsing": lambda _: "phải là true hoặc false",
    "tuple_type": lambda _: "phải là một danh sách",
    "dict_type": lambda _: "phải là một bảng",
    "model_type": lambda _: "phải là một bảng",
    "date_type": lambda _: "phải là một ngày",
    "date_parsing": lambda _: "không phải là một ngày",
    "date_from_datetime_parsing": lambda _: "không phải là một ngày",
    "path_type": lambda _: "phải là tên một tệp hoặc thư mục",
}


def mistake_of(item: ErrorDetails) -> Mistake:
    """One thing that pydantic found wrong."""
    where: Sentence = ".".join(str(part) for part in item["loc"]) or THE_FILE
    kind = item["type"]
    if kind == "missing":
        return Mistake(where, "", _MISSING, _REQUIRED)
    value = repr(item["input"])
    if kind == "extra_forbidden":
        return Mistake(where, value[:60], _UNKNOWN, _EXAMPLE)
    if kind == "too_long" and where == "camera":
        count = len(item["input"])
        many = Both(vi=f"chỉ dùng được {MOST_CAMERAS} camera", en=f"{MOST_CAMERAS} cameras are supported")
        return Mistake(where, f"{count} camera", many, Both(vi="bỏ bớt", en="leave some out"))
    context = item.get("ctx", {})
    said = context.get("error")
    if isinstance(said, Wrong):
        return Mistake(where, value[:60], said.sentence)
    message = item["msg"].removeprefix("Value error, ")
    vietnamese = _KINDS[kind](context) if kind in _KINDS else f"không hợp lệ: {message}"
    return Mistake(where, value[:60], Both(vi=vietnamese, en=message[0].lower() + message[1:]))
