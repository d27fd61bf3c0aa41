"""The token is shown, and a language chosen."""

from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.unit.web.calling import SECRET, app_over, call, form_token, log_in


def test_the_right_token_begins_a_session_and_leads_back(app: ASGIApp) -> None:
    entered = call(app, "POST", "/login", fields={"token": f" {SECRET}\n", "back": "/bans"})
    assert (entered.status, entered.headers["location"]) == (303, "/bans")
    assert 'action="/ban"' in call(app, "GET", "/bans", headers={"cookie": entered.cookie}).text
    assert 'action="/ban"' not in call(app, "GET", "/bans").text


@pytest.mark.usefixtures("still_clock")
def test_a_wrong_token_is_refused_and_few_may_be_tried(store: Path) -> None:
    app = app_over(store)
    answers = [call(app, "POST", "/login", fields={"token": f"guess {number}"}) for number in range(8)]
    assert answers[0].status == 401
    assert "This is not the token." in answers[0].text
    assert not answers[0].cookie
    assert answers[-1].status == 429
    assert call(app, "POST", "/login", fields={"token": SECRET}).status == 429


def test_a_login_from_another_page_is_forbidden(app: ASGIApp) -> None:
    forged = call(app, "POST", "/login", headers={"origin": "https://evil.example.org"}, fields={"token": SECRET})
    assert forged.status == 403


def test_a_session_ends_when_its_owner_leaves(app: ASGIApp) -> None:
    cookie = log_in(app)
    token = form_token(call(app, "GET", "/bans", headers={"cookie": cookie}).text)
    assert call(app, "POST", "/logout", headers={"cookie": cookie}, fields={"form": "x"}).status == 400
    assert call(app, "POST", "/logout", headers={"cookie": cookie}, fields={"form": token}).status == 303
    assert 'action="/ban"' not in call(app, "GET", "/bans", headers={"cookie": cookie}).text


def test_the_language_follows_the_browser_until_one_is_chosen(app: ASGIApp) -> None:
    assert '<html lang="en">' in call(app, "GET", "/").text
    assert '<html lang="ko">' in call(app, "GET", "/", headers={"accept-language": "ko-KR,en;q=0.5"}).text
    chosen = call(app, "GET", "/language?to=ja&back=/bans")
    assert (chosen.status, chosen.headers["location"]) == (303, "/bans")
    page = call(app, "GET", "/bans", headers={"accept-language": "ko", "cookie": chosen.cookie})
    assert '<html lang="ja">' in page.text
    assert not call(app, "GET", "/language?to=xx&back=//evil.example.org").cookie
