"""Buttons that reach the service, or say why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.unit.control.test_app import Rehearsed, served
from tests.unit.web.calling import SECRET, app_over, call, form_token, log_in
from tests.unit.web.conftest import NOW_NS


@pytest.fixture
def service() -> Rehearsed:
    return Rehearsed()


@pytest.fixture
def served_app(service: Rehearsed, store: Path, tmp_path: Path) -> Iterator[ASGIApp]:
    with served(service, tmp_path):
        yield app_over(store, sockets=tmp_path, now_ns=NOW_NS)


def push(app: ASGIApp, button: str, **fields: str) -> str:
    """Push a button after logging in, and give the page that is shown then."""
    cookie = log_in(app)
    token = form_token(call(app, "GET", "/bans", headers={"cookie": cookie}).text)
    sent = {"form": token, "back": "/bans", **fields}
    answer = call(app, "POST", button, headers={"cookie": cookie}, fields=sent)
    assert (answer.status, answer.headers["location"]) == (303, "/bans"), answer.text
    return call(app, "GET", "/bans", headers={"cookie": cookie}).text


def test_a_ban_lasts_as_chosen_and_says_who_asked(served_app: ASGIApp, service: Rehearsed) -> None:
    page = push(served_app, "/ban", source="203.0.113.9", **{"for": "1d"})
    (ban,) = service.banned
    assert (str(ban.source), ban.duration_s, ban.reason) == ("203.0.113.9/32", 86_400, "asked for on the page")
    assert '<p class="message done" role="status">' in page


@pytest.mark.parametrize(
    ("button", "source", "told"),
    [
        ("/ban", "not an address", "is not an IP address"),
        ("/ban", "", "is not an IP address"),
        ("/ban", "203.0.113.9/24", "names a host inside a network"),
        ("/unban", "203.0.113.9", "is not banned; look first"),
    ],
)
def test_what_fails_is_told_aloud(served_app: ASGIApp, service: Rehearsed, button: str, source: str, told: str) -> None:
    page = push(served_app, button, source=source)
    assert '<p class="message failed" role="alert">' in page
    assert told in page
    assert not service.banned


def test_a_service_that_is_away_is_told_too(app: ASGIApp) -> None:
    assert "nobody answers at" in push(app, "/allow", source="203.0.113.9")


def test_a_length_that_is_not_offered_is_the_shortest(served_app: ASGIApp, service: Rehearsed) -> None:
    push(served_app, "/ban", source="203.0.113.9", **{"for": "99999d"})
    assert service.banned[0].duration_s == 600


def test_a_program_shows_the_token_in_a_header(served_app: ASGIApp, service: Rehearsed) -> None:
    bearer = {"authorization": f"Bearer {SECRET}", "origin": ""}
    done = call(served_app, "POST", "/ban", headers=bearer, fields={"source": "203.0.113.9"})
    assert (done.status, done.text) == (200, "banned\n")
    assert call(served_app, "POST", "/unban", headers=bearer, fields={"source": "203.0.113.8"}).status == 409
    assert len(service.banned) == 1
