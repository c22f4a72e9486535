"""Templates into pages: the words of the language asked for, who is signed in, where one is."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from station.access import RULES
from station.words import LANGUAGES, Words, language_of

HERE = Path(__file__).parent
YEAR_S = 31_536_000
NAVIGATION = (
    "/queue",
    "/",
    "/cases",
    "/licences",
    "/production",
    "/statistics",
    "/devices",
    "/exports",
    "/accounts",
)


class Rendering:
    """The templates of the station."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["twice"] = lambda value: (value, value)  # an option whose value is its text

    def show(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page. Remembers the language where the address names one."""
        words = words_of(request)
        person = getattr(request.state, "person", None)
        page = self._templates.get_template(template).render(
            _=words.say,
            words=words,
            person=person,
            allowed=frozenset(path for path in NAVIGATION if person and person.role in RULES["GET", path]),
            path=request.url.path,
            languages=[
                (language, request.url.path + "?" + urlencode({**_query(request), "lang": language}))
                for language in LANGUAGES
            ],
            status=status,
            **values,
        )
        response = HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
        if language_of(request.query_params.get("lang")) is not None:
            response.set_cookie("lang", words.language, max_age=YEAR_S, httponly=True, samesite="lax")
        return response


def words_of(request: Request) -> Words:
    """The language asked for in the address, else by the cookie, else Vietnamese."""
    for text in (request.query_params.get("lang"), request.cookies.get("lang")):
        language = language_of(text)
        if language is not None:
            return Words(language)
    return Words("vi")


def _query(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if name != "lang"}
