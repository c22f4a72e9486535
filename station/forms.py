"""The form a page sends, read with a bound and kept at the request."""

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.exceptions import HTTPException

LIMIT_BYTES = 64 * 1024
MOST_FIELDS = 50


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form in `application/x-www-form-urlencoded`; of a name that comes twice the last."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip()
        != "application/x-www-form-urlencoded"
    ):
        raise HTTPException(415)
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > LIMIT_BYTES:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one
        raise HTTPException(400) from None
    form = {name: value.replace("\x00", "") for name, value in pairs}
    request.state.form = form
    return form


def form_of(request: Request) -> dict[str, str]:
    """The form that the door has read."""
    form: dict[str, str] = request.state.form
    return form
