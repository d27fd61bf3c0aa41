"""The page beside a running service: a real scan appears on it, and its buttons reach the firewall."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scanwarden.lab import Lab
from scanwarden.lab.addresses import SCANNER, address4
from scanwarden.lab.commands import run_command
from tests.e2e.page.page_host import LIVENESS_MS, SECRET, log_in, serving_page
from tests.e2e.service_host import ServiceHost, serving

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
SOURCE = address4(SCANNER)


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[ServiceHost]:
    with serving(lab) as running:
        yield running


@pytest.fixture(scope="module")
def address(host: ServiceHost) -> Iterator[str]:
    """Serve a page beside the service, over its sockets and its database, as a user without any privilege."""
    token = host.folder / "token"
    token.write_text(SECRET)
    token.chmod(0o600)
    file = host.folder / "page.toml"
    sockets = 'page_socket = "/nonexistent/page.sock"'
    file.write_text(f'{host.file.read_text()}{sockets}\n[web]\ntoken_file = "{token}"\n')
    with serving_page(host.folder, "--config", str(file)) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        context.set_default_timeout(LIVENESS_MS)
        page = context.new_page()
        log_in(page, address)
        yield page


def test_a_scan_appears_while_it_goes_on_and_is_told_apart(host: ServiceHost, page: Page) -> None:
    expect(page.locator("#answer")).to_have_class(re.compile("calm"), timeout=LIVENESS_MS)
    expect(page.locator("#health")).to_contain_text("enforcing bans", timeout=LIVENESS_MS)
    page.wait_for_selector("main[data-connected=yes]")
    run_command(host.lab.scanner, NMAP)
    row = page.locator("#latest tr[data-id]").first
    expect(row).to_contain_text(SOURCE, timeout=LIVENESS_MS)
    expect(page.locator("#answer")).to_have_class(re.compile("alarm"), timeout=LIVENESS_MS)
    expect(page.locator("#bans")).to_contain_text(SOURCE, timeout=LIVENESS_MS)
    host.wait(lambda: host.in_kernel(SOURCE))
    row.locator("td.when a").click()
    expect(page.locator("#answer strong")).to_have_text("banned now", timeout=LIVENESS_MS)
    expect(page.locator("#technique")).to_have_text("TCP SYN")


def test_buttons_lift_a_ban_and_ban_again(host: ServiceHost, page: Page, address: str) -> None:
    host.wait(lambda: SOURCE in host.banned())
    page.goto(f"{address}/sources/{SOURCE}")
    page.get_by_role("button", name="Lift the ban").click()
    expect(page.locator(".message.done")).to_contain_text(f"lifted {SOURCE}", timeout=LIVENESS_MS)
    host.wait(lambda: not host.in_kernel(SOURCE))
    assert SOURCE not in host.banned()
    page.get_by_label("How long").select_option("1h")
    page.get_by_role("button", name="Ban", exact=True).click()
    expect(page.locator(".message.done")).to_contain_text("is banned for 3600 s", timeout=LIVENESS_MS)
    host.wait(lambda: host.in_kernel(SOURCE))
    page.goto(f"{address}/bans")
    expect(page.locator(f"tr[data-source='{SOURCE}']")).to_contain_text("asked for on the page")
    page.locator(f"tr[data-source='{SOURCE}'] button").click()
    host.wait(lambda: not host.in_kernel(SOURCE))
    expect(page.locator("#list")).not_to_contain_text(SOURCE, timeout=LIVENESS_MS)


def test_whom_the_host_needs_is_not_banned_from_the_page_either(host: ServiceHost, page: Page, address: str) -> None:
    page.goto(f"{address}/bans")
    page.fill("[name=source]", "127.0.0.1")
    page.get_by_role("button", name="Ban", exact=True).click()
    expect(page.locator(".message.failed")).to_contain_text("127.0.0.1", timeout=LIVENESS_MS)
    assert "127.0.0.1" not in host.banned()
