"""Who may read, who may change, and from where."""

from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.unit.web.calling import HOST, SECRET, app_over, call, form_token, log_in
from tests.unit.web.conftest import NOW_NS

CHANGES = ("/ban", "/unban", "/allow")
PAGES = ("/", "/scans", "/sources", "/bans", "/audit", "/settings", "/login", "/static/page.css", "/nothing", "/health")


@pytest.mark.parametrize("name", ["evil.example.org", "evil.example.org:8460", "127.0.0.1", "", "169.254.169.254"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_name_is_misdirected(app: ASGIApp, method: str, name: str) -> None:
    assert call(app, method, "/", headers={"host": name}).status == 421


@pytest.mark.parametrize("place", PAGES)
def test_every_answer_has_the_headers_of_a_careful_page(app: ASGIApp, place: str) -> None:
    headers = call(app, "GET", place).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store" or place.startswith("/static/")


@pytest.mark.parametrize("place", [*PAGES[:7], "/scans/sw-0000000000000001", "/sources/203.0.113.7"])
def test_no_page_needs_an_inline_script_or_style(app: ASGIApp, place: str) -> None:
    page = call(app, "GET", place)
    assert page.status == 200
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert "javascript:" not in page.text
    assert not [tag for tag in page.text.split("<script")[1:] if not tag.startswith(' src="/static/')]
    assert " on" not in {part[:3] for tag in page.text.split("<")[1:] for part in tag.split(">")[0].split('"')[::2]}


@pytest.mark.parametrize("place", CHANGES)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "http://evil.example.org:8460",
        "null",
        "http://127.0.0.1:8461",
        "http://localhost:8460",
        "",
    ],
)
def test_a_change_from_another_place_is_forbidden(app: ASGIApp, place: str, origin: str) -> None:
    cookie = log_in(app)
    token = form_token(call(app, "GET", "/bans", headers={"cookie": cookie}).text)
    fields = {"source": "203.0.113.7", "form": token}
    assert call(app, "POST", place, headers={"cookie": cookie, "origin": origin}, fields=fields).status == 403


@pytest.mark.parametrize("place", CHANGES)
def test_a_change_without_the_token_is_refused(app: ASGIApp, place: str) -> None:
    answer = call(app, "POST", place, fields={"source": "203.0.113.7"})
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("place", CHANGES)
@pytest.mark.parametrize("token", ["", "0" * 64, SECRET])
def test_a_form_of_another_session_changes_nothing(app: ASGIApp, place: str, token: str) -> None:
    cookie = log_in(app)
    answer = call(app, "POST", place, headers={"cookie": cookie}, fields={"source": "203.0.113.7", "form": token})
    assert answer.status == 403


def test_the_session_is_kept_in_a_strict_cookie(app: ASGIApp) -> None:
    entered = call(app, "POST", "/login", fields={"token": SECRET})
    attributes = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    assert SECRET not in entered.headers["set-cookie"]


@pytest.mark.parametrize("place", ["/", "/scans", "/scans/sw-0000000000000001", "/events", "/settings", "/nothing"])
def test_beyond_this_host_reading_needs_the_token_too(store: Path, place: str) -> None:
    app = app_over(store, listen="192.0.2.1:8460", now_ns=NOW_NS)
    host = {"host": "192.0.2.1:8460"}
    refused = call(app, "GET", place, headers=host)
    assert refused.status == 401
    assert "203.0.113.7" not in refused.text
    assert 'name="token"' in refused.text
    assert call(app, "GET", "/static/page.css", headers=host).status == 200
    if place != "/events":
        shown = call(app, "GET", place, headers={**host, "authorization": f"Bearer {SECRET}"})
        assert shown.status == (404 if place == "/nothing" else 200)
        assert call(app, "GET", place, headers={**host, "authorization": "Bearer wrong"}).status == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X" * 100])
def test_other_methods_are_refused(app: ASGIApp, method: str) -> None:
    assert call(app, method, "/").status == 405


@pytest.mark.usefixtures("still_clock")
def test_too_many_requests_wait(store: Path) -> None:
    app = app_over(store, now_ns=NOW_NS)
    answers = [call(app, "GET", "/health").status for _ in range(200)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert call(app, "GET", "/health", client="127.0.0.2").status == 200


@pytest.mark.usefixtures("still_clock")
def test_too_many_changes_wait_sooner(store: Path) -> None:
    app = app_over(store, now_ns=NOW_NS)
    last = [call(app, "POST", "/ban", fields={"source": "203.0.113.7"}) for _ in range(30)][-1]
    assert last.status == 429
    assert int(last.headers["retry-after"]) >= 1
    assert call(app, "GET", "/health").status == 200


def test_a_cookie_that_is_garbage_is_no_session(app: ASGIApp) -> None:
    for cookie in ("scanwarden_session=", "scanwarden_session=\xff", "a" * 20_000, "scanwarden_session=x; " * 500):
        assert "/login" in call(app, "GET", "/", headers={"cookie": cookie, "host": HOST}).text
