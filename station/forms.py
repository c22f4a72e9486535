"""What a page sends, a form or the bytes of a file, read with a bound and kept at the request."""

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.exceptions import HTTPException

LIMIT_BYTES = 64 * 1024
MOST_FIELDS = 50
PAPER_LIMIT_BYTES = 8 << 20


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body of a request, refused once it is longer than that."""
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > limit_bytes:
            raise HTTPException(413)
        pieces.append(piece)
    return b"".join(pieces)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form in `application/x-www-form-urlencoded`; of a name that comes twice the last."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip()
        != "application/x-www-form-urlencoded"
    ):
        raise HTTPException(415)
    data = await read_body(request, LIMIT_BYTES)
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
