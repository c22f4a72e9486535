"""The words of the pages: complete in English, and numbers and times as people write them."""

import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

import station
from station.words import Words, catalogue, degrees_text, language_of

PACKAGE = Path(station.__file__).parent


def sentences() -> set[str]:
    """Every sentence of the source and the templates."""
    found = extract_from_dir(
        PACKAGE,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords={**DEFAULT_KEYWORDS, "say": None},
    )
    return {str(message) for _file, _line, message, _comments, _context in found}


def fields(text: str) -> set[str | None]:
    return {name for _text, name, _form, _conversion in string.Formatter().parse(text) if name is not None}


def test_every_sentence_has_english_words_and_none_is_left_over() -> None:
    assert len(sentences()) > 50
    assert set(catalogue("en")) == sentences()


def test_translations_fill_in_the_same_values() -> None:
    assert {key: fields(text) for key, text in catalogue("en").items() if fields(text) != fields(key)} == {}


@pytest.mark.parametrize(("vi", "en", "seconds"), [("0 giây", "0 s", -5), ("59 giây", "59 s", 59.4)])
def test_short_times(vi: str, en: str, seconds: float) -> None:
    assert (Words("vi").duration(seconds), Words("en").duration(seconds)) == (vi, en)


def test_long_times_in_their_two_largest_units() -> None:
    assert Words("vi").duration(684) == "11 phút 24 giây"
    assert Words("vi").duration(2 * 3600) == "2 giờ"
    assert Words("en").duration(26 * 3600 + 5 * 60 + 3) == "26 h 5 min"


def test_times_are_those_of_the_river() -> None:
    assert Words("en").time(datetime(2026, 12, 31, 17, 0, 1, tzinfo=UTC)) == "01/01/2027 00:00:01"
    assert Words("en").time("2026-11-20T10:41:07.250Z") == "20/11/2026 17:41:07"


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-11-20T10:41:07"])
def test_no_time_is_made_up(text: str | None) -> None:
    assert Words("en").time(text) is None


def test_numbers_and_places_are_written_as_the_language_does() -> None:
    assert (Words("vi").number(1234.5, 1), Words("en").number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert degrees_text(10.268566, "lat", Words("vi")) == "10,26857° B"
    assert degrees_text(-105.5, "lon", Words("en")) == "105.50000° W"


def test_unknown_languages_are_none() -> None:
    assert [language_of(text) for text in ("vi", "en", "fr", "", None)] == ["vi", "en", None, None, None]
