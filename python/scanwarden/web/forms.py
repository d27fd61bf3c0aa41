"""Read what a form sends: little, quickly, and known fields only."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from scanwarden.errors import ScanwardenError

MAX_BODY_BYTES = 8 * 1024
MAX_FIELDS = 16
LIMIT_S = 10.0
FORM_TYPE = "application/x-www-form-urlencoded"


class FormError(ScanwardenError):
    """Report a form that no page of ours sends."""


async def fields_of(request: Request) -> dict[str, str]:
    """Give the fields of a form; raise FormError if it is too large, too slow or no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise FormError("this is no form of this page")
    try:
        body = await asyncio.wait_for(_body(request), LIMIT_S)
    except TimeoutError as error:
        raise FormError("the form took too long to arrive") from error
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise FormError("the form is not understood") from error
    return dict(pairs)


def way_back(wanted: str) -> str:
    """Give the place on this site that a form names; the first page for any other place."""
    parts = urlsplit(wanted)
    is_here = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return wanted if is_here and wanted.isprintable() and len(wanted) <= 500 else "/"


async def _body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise FormError(f"a form has at most {MAX_BODY_BYTES} bytes")
    return body
