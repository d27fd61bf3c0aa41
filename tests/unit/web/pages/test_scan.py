"""Everything about one scan."""

from pathlib import Path

import msgspec
from starlette.types import ASGIApp

from scanwarden.model.address import Address
from scanwarden.model.detection import Target
from scanwarden.model.ports import Ports
from tests.unit.cli.stores import kept
from tests.unit.store.records import scan_id, statement
from tests.unit.web.calling import app_over, call, log_in

HOST = Address.parse("10.77.1.10")


def test_the_page_answers_who_how_what_why_and_what_was_done(app: ASGIApp) -> None:
    page = call(app, "GET", f"/scans/{scan_id(1)}").text
    assert 'href="/sources/203.0.113.7"' in page
    assert "many ports of one host, in a burst" in page
    assert "It saw 1 open port:" in page
    assert "would ban" in page
    assert 'data-ban="203.0.113.7"' in page
    assert "a scan opens at 13.8 nats" in page
    assert page.count("<svg") == 7  # three charts for wide and for narrow windows, and the mark


def test_without_the_token_there_is_no_button(app: ASGIApp) -> None:
    place = f"/scans/{scan_id(1)}"
    assert 'action="/unban"' not in call(app, "GET", place).text
    assert 'action="/unban"' in call(app, "GET", place, headers={"cookie": log_in(app)}).text


def test_a_group_names_its_members_and_cannot_be_banned(tmp_path: Path) -> None:
    group = statement(1, source=None, members=("203.0.113.1", "203.0.113.2"), group="decoys")
    app = app_over(kept(tmp_path / "scans.db", [group]))
    page = call(app, "GET", f"/scans/{scan_id(1)}", headers={"cookie": log_in(app)}).text
    assert 'href="/sources/203.0.113.2"' in page
    assert "a scanner hiding among forged sources" in page
    assert 'action="/ban"' not in page


def test_a_list_in_short_is_marked(tmp_path: Path) -> None:
    listed = (Target(address=HOST, tcp=Ports.parse("1-30000"), rounded=True),)
    going_on = msgspec.structs.replace(statement(1), targets=listed)
    page = call(app_over(kept(tmp_path / "scans.db", [going_on])), "GET", f"/scans/{scan_id(1)}").text
    assert "<b>tcp</b> ≈ 1-30000" in page


def test_an_id_that_is_not_there_is_told(app: ASGIApp) -> None:
    answer = call(app, "GET", "/scans/sw-%3Cb%3E")
    assert answer.status == 404
    assert "There is no scan sw-&lt;b&gt;." in answer.text
