"""Who scans."""

import pytest
from starlette.types import ASGIApp

from tests.unit.store.records import scan_id
from tests.unit.web.calling import call


def test_sources_and_networks_are_ranked(app: ASGIApp) -> None:
    page = call(app, "GET", "/sources").text
    assert 'href="/sources/203.0.113.7"' in page
    assert 'href="/sources/203.0.113.0/24"' in page


@pytest.mark.parametrize("source", ["203.0.113.7", "203.0.113.0/24", "203.0.113.7/32"])
def test_a_source_is_shown_over_time(app: ASGIApp, source: str) -> None:
    page = call(app, "GET", f"/sources/{source}").text
    assert f'data-id="{scan_id(1)}"' in page
    assert "banned now" in page
    assert "Scans and bans over time" in page


def test_a_stranger_has_no_scan(app: ASGIApp) -> None:
    assert "This source has no scan here." in call(app, "GET", "/sources/2001:db8::1").text


def test_what_is_no_address_is_refused(app: ASGIApp) -> None:
    answer = call(app, "GET", "/sources/%3Cscript%3E")
    assert answer.status == 400
    assert "<script>" not in answer.text
