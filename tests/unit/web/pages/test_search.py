"""What somebody looks for is found."""

import pytest
from starlette.types import ASGIApp

from tests.unit.store.records import scan_id
from tests.unit.web.calling import call


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        (scan_id(1), f"/scans/{scan_id(1)}"),
        (scan_id(1)[3:], f"/scans/{scan_id(1)}"),
        ("203.0.113.7", "/sources/203.0.113.7/32"),
        ("203.0.113.0/24", "/sources/203.0.113.0/24"),
        ("2001:db8::1", "/sources/2001:db8::1/128"),
        ("22", "/scans?port=22"),
        ("udp/53", "/scans?port=udp%2F53"),
        ("nmap", "/scans?text=nmap"),
        ("//evil.example.org", "/scans?text=%2F%2Fevil.example.org"),
        ("", "/scans"),
    ],
)
def test_it_leads_to_the_page_that_fits(app: ASGIApp, typed: str, place: str) -> None:
    answer = call(app, "GET", f"/search?q={typed}")
    assert (answer.status, answer.headers["location"]) == (303, place)
