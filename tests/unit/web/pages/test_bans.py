"""Whom the firewall refuses."""

from pathlib import Path

from starlette.types import ASGIApp

from scanwarden.control.views import BanRequest
from tests.unit.control.test_app import SOURCE, Rehearsed, served
from tests.unit.web.calling import app_over, call
from tests.unit.web.conftest import NOW_NS


def test_without_the_service_what_is_recorded_is_shown_as_such(app: ASGIApp) -> None:
    page = call(app, "GET", "/bans").text
    assert 'data-source="203.0.113.7"' in page
    assert "What is shown was recorded, and may have ended." in page


def test_the_service_is_believed_before_the_records(store: Path, tmp_path: Path) -> None:
    service = Rehearsed()
    service.banned.append(BanRequest(source=SOURCE, reason="<b>because</b>"))
    with served(service, tmp_path):
        page = call(app_over(store, sockets=tmp_path, now_ns=NOW_NS), "GET", "/bans").text
    assert 'data-source="198.51.100.7"' in page
    assert 'data-source="203.0.113.7"' not in page
    assert "&lt;b&gt;because&lt;/b&gt;" in page
