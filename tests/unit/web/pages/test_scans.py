"""The list of scans with its filters."""

import re
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from scanwarden.web.pages.scans import ROWS, port_of
from tests.unit.cli.stores import kept
from tests.unit.store.records import scan_id, statement
from tests.unit.web.calling import app_over, call


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", True),
        ("text=nmap", True),
        ("text=%25", False),
        ("source=203.0.113.0/24", True),
        ("source=198.51.100.0/24", False),
        ("port=5", True),
        ("port=udp/5", False),
        ("port=tcp", True),
        ("technique=tcp_syn", True),
        ("technique=udp", False),
        ("severity=2", True),
        ("severity=3", False),
        ("open=1", False),
        ("period=24h", True),
    ],
)
def test_filters_find_what_fits(app: ASGIApp, asked: str, found: bool) -> None:
    page = call(app, "GET", f"/scans?{asked}")
    assert page.status == 200
    assert (f'data-id="{scan_id(1)}"' in page.text) is found


@pytest.mark.parametrize("asked", ["source=here", "port=x", "port=99999", "port=gre/1", "after=x"])
def test_a_filter_that_makes_no_sense_says_so(app: ASGIApp, asked: str) -> None:
    assert call(app, "GET", f"/scans?{asked}").status in (400, 500, 503)


def test_what_was_asked_stands_in_the_form_and_stays_text(app: ASGIApp) -> None:
    page = call(app, "GET", "/scans?text=%22%3E%3Cscript%3E%1b")
    assert 'value="&#34;&gt;&lt;script&gt;\\x1b"' in page.text


def test_older_scans_are_a_click_away(tmp_path: Path) -> None:
    app = app_over(kept(tmp_path / "scans.db", [statement(number, at_s=number) for number in range(1, ROWS + 4)]))
    first = call(app, "GET", "/scans?severity=1").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = call(app, "GET", following[1].replace("&amp;", "&")).text
    assert set(re.findall(r'data-id="([^"]+)"', second)) == {scan_id(number) for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("text", "port"), [("22", (None, 22)), ("udp/53", ("udp", 53)), ("icmp", ("icmp", None)), ("", (None, None))]
)
def test_ports_are_read_with_and_without_a_protocol(text: str, port: tuple[str | None, int | None]) -> None:
    assert port_of(text) == port
