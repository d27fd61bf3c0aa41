"""What forms may send, and where they may lead back to."""

import pytest
from starlette.types import ASGIApp

from scanwarden.web.forms import MAX_BODY_BYTES, way_back
from tests.unit.web.calling import SECRET, call


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/bans", "/bans"),
        ("/scans?port=22", "/scans?port=22"),
        ("https://evil.example.org/", "/"),
        ("//evil.example.org/", "/"),
        ("/\\evil.example.org", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nset-cookie: a=b", "/"),
        ("", "/"),
        ("/" + "x" * 1000, "/"),
    ],
)
def test_the_way_back_stays_on_this_page(wanted: str, place: str) -> None:
    assert way_back(wanted) == place


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"token=" + b"x" * MAX_BODY_BYTES, "application/x-www-form-urlencoded"),
        (b'{"token": "x"}', "application/json"),
        (b"&".join(b"a=1" for _ in range(100)), "application/x-www-form-urlencoded"),
        (b"token=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
def test_what_is_no_form_of_ours_is_refused(app: ASGIApp, body: bytes, kind: str) -> None:
    answer = call(app, "POST", "/login", headers={"content-type": kind, "origin": "http://127.0.0.1:8460"}, body=body)
    assert answer.status == 400
    assert SECRET not in answer.text
