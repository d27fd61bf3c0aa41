"""What a browser is made to do by others is refused: foreign names, foreign pages, and reading without the token."""

import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, Response, Route, expect

from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, address4
from tests.e2e.page.conftest import browsing, needed_chromium
from tests.e2e.page.page_host import LIVENESS_MS, SECRET, log_in, write_settings

PORT = 8460
FOREIGN = "rebound.example"


def answer(response: Response | None) -> int:
    """Give the status of a page that was gone to."""
    assert response is not None
    return response.status


def test_a_foreign_name_that_leads_here_shows_nothing(driver: Playwright, address: str) -> None:
    turned = f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"  # as DNS rebinding does
    with browsing(driver, needed_chromium(), turned) as browser:
        page = browser.new_page()
        assert answer(page.goto(address)) == 200
        assert answer(page.goto(f"http://{FOREIGN}:{address.rpartition(':')[2]}/")) == 421
        assert "203.0.113" not in page.content()


def test_a_foreign_page_changes_nothing_for_somebody_who_is_logged_in(browser: Browser, address: str) -> None:
    def foreign(route: Route) -> None:
        form = f'<form method="post" action="{address}/bans"><input name="source" value="198.51.100.9"><button>'
        route.fulfill(body=f"<!doctype html><title>foreign</title>{form}Win</button></form>", content_type="text/html")

    page = browser.new_page()
    log_in(page, address)
    page.route("http://foreign.example/*", foreign)
    page.goto("http://foreign.example/")
    with page.expect_response(f"{address}/bans") as refused:
        page.get_by_role("button").click()
    assert refused.value.request.method == "POST"
    assert refused.value.status == 403


@pytest.mark.kernel
def test_from_another_host_nothing_is_shown_before_the_token(driver: Playwright, store: Path, tmp_path: Path) -> None:
    path = needed_chromium()
    with Lab() as lab:
        file = write_settings(tmp_path, store)
        place = f"{address4(GUARDED)}:{PORT}"
        words = ["web", "--listen", place, "--config", str(file), "--store", str(store)]
        with lab.guarded.start([sys.executable, "-m", "scanwarden", *words]) as serving:
            serving.wait_for_line(lambda line: b"The token" in line, LIVENESS_MS / 1000)
            with browsing(driver, inside(lab, path, tmp_path)) as browser:
                page = browser.new_page()
                page.set_default_timeout(LIVENESS_MS)
                assert answer(page.goto(f"http://{place}/scans")) == 401
                assert "203.0.113" not in page.content()
                page.fill("#token", SECRET)
                page.click("main form button")
                expect(page.locator("#list")).to_contain_text("203.0.113", timeout=LIVENESS_MS)


def inside(lab: Lab, path: str, folder: Path) -> str:
    """Write a program that starts the browser on the scanner's host."""
    program = folder / "browser-there"
    command = lab.scanner.argv([path])
    program.write_text(f"#!{sys.executable}\nimport os, sys\nos.execvp({command[0]!r}, {command!r} + sys.argv[1:])\n")
    program.chmod(0o755)
    return os.fspath(program)
