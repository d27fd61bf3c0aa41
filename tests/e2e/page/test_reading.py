"""The page in a browser, over a store: it can be read by everybody, renews itself, and nothing in it comes alive."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect

from scanwarden.control.views import FleetHealth, ResponderHealth, Status
from scanwarden.language import LANGUAGES, Language
from tests.e2e.page.history import HOSTILE, add_scan
from tests.e2e.page.page_host import LIVENESS_MS, log_in, serving_page
from tests.unit.control.test_app import Rehearsed, served
from tests.unit.store.records import scan_id

CHECK = (Path(__file__).parent / "accessibility.js").read_text()
PLACES = {
    "overview": "/",
    "month": "/?period=30d",
    "scans": "/scans?severity=1",
    "scan": f"/scans/{scan_id(7)}",
    "sources": "/sources",
    "source": "/sources/203.0.113.8",
    "bans": "/bans",
    "audit": "/audit",
    "settings": "/settings",
    "login": "/login",
    "trouble": "/nothing",
}


def window(browser: Browser, *, width: int = 1400, dark: bool = False, locale: str = "en-US") -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", locale=locale
    )
    context.set_default_timeout(LIVENESS_MS)
    return context


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_keeps_anybody_out(
    browser: Browser, address: str, width: int, dark: bool, screenshots: Path | None
) -> None:
    with window(browser, width=width, dark=dark) as context:
        page = context.new_page()
        log_in(page, address)
        for name, place in PLACES.items():
            page.goto(address + place)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert page.evaluate(CHECK) == [], place
            if screenshots is not None:
                page.screenshot(path=screenshots / f"{name}-{width}{'-dark' if dark else ''}.png", full_page=True)


class Troubled(Rehearsed):
    """A service one of whose responders fails, in a fleet whose bus is away."""

    async def status(self) -> Status:
        why = (
            "'/usr/local/libexec/scanwarden/ban-at-the-router --source 2001:db8:1234:5678::/64' failed (exit status 1)"
        )
        holding = (
            ResponderHealth(name="nftables", bans_in_force=1204),
            ResponderHealth(name="command", bans_in_force=0, refused=3, waiting=1204, trouble=why),
        )
        fleet = FleetHealth(
            host="web1", contacts_told=12_345, bans_followed=3, trouble="nats://bus.example.net:4222 does not answer"
        )
        return msgspec.structs.replace(await super().status(), responders=holding, fleet=fleet)


@pytest.fixture(scope="module")
def troubled(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page over a store and a rehearsed service."""
    folder = tmp_path_factory.mktemp("troubled")
    file = folder / "scanwarden.toml"
    file.write_text(
        f'[store]\npath = "{store}"\n[control]\nread_socket = "{folder}/read"\nadmin_socket = "{folder}/admin"\n'
        f'page_socket = "{folder}/page"\n'
    )
    with served(Troubled(), folder), serving_page(folder, "--config", str(file), "--store", str(store)) as address:
        yield address


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_the_health_of_every_part_fits(
    browser: Browser, troubled: str, width: int, dark: bool, screenshots: Path | None
) -> None:
    with window(browser, width=width, dark=dark) as context:
        page = context.new_page()
        page.goto(troubled)
        parts = page.locator(".health li")
        expect(parts.filter(has_text="nftables")).to_have_class("good", timeout=LIVENESS_MS)
        expect(parts.filter(has_text="ban-at-the-router")).to_have_class("bad", timeout=LIVENESS_MS)
        expect(parts.filter(has_text="bus.example.net")).to_have_class("bad", timeout=LIVENESS_MS)
        assert page.evaluate(CHECK) == []
        if screenshots is not None:
            page.screenshot(path=screenshots / f"health-{width}{'-dark' if dark else ''}.png", full_page=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fits_a_phone(
    browser: Browser, address: str, language: Language, screenshots: Path | None
) -> None:
    with window(browser, width=360, locale=language) as context:
        page = context.new_page()
        for name in ("overview", "scans", "scan", "source", "bans", "login"):
            page.goto(address + PLACES[name])
            assert page.get_attribute("html", "lang") == language
            assert page.evaluate(CHECK) == [], name
            if screenshots is not None:
                page.screenshot(path=screenshots / f"{name}-360-{language}.png", full_page=True)


def test_the_keyboard_reaches_everything(browser: Browser, address: str) -> None:
    with window(browser) as context:
        page = context.new_page()
        page.goto(address)
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.className")
        assert focused == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("203.0.113.8")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("203.0.113.8", timeout=LIVENESS_MS)


def test_hostile_text_stays_text(browser: Browser, address: str) -> None:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "404" not in message.text:
            said.append(message.text)

    with window(browser) as context:
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        seen = ""
        scans = [f"/scans/{scan_id(number)}" for number in (1, 3, 5, 40)]
        for place in (*PLACES.values(), *scans, "/scans?text=%3Cscript%3Ealert(1)%3C%2Fscript%3E%1b"):
            page.goto(address + place)
            assert "owned" not in page.title()
            scripts = page.evaluate("Array.from(document.scripts, (one) => one.getAttribute('src') ?? one.text)")
            assert all(script.startswith("/static/page.js?") for script in scripts), scripts
            assert page.evaluate("document.querySelectorAll('img, iframe, object, [onerror], [onload]').length") == 0
            text = page.inner_text("main")
            assert not {one for one in text if not one.isprintable()} - {"\n", "\t"}
            seen += text
        assert "<script>document.title='owned'</script>" in seen
        assert "\\x1b]0;owned\\x07" in seen
        assert "\\u202egnp.exe" in seen
        assert "{{ 7 * 7 }}" in seen
        assert len(HOSTILE) == 8
        assert said == []


def test_a_scan_that_begins_appears_by_itself(browser: Browser, address: str, store: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("main[data-connected=yes]")
        before = page.inner_text("#tiles dd")
        link = page.locator("#sources a").first
        link.focus()
        focused = link.get_attribute("href")
        added = add_scan(store, 777, source="198.51.100.77")
        expect(page.locator(f"tr[data-id='{added}']")).to_be_visible(timeout=LIVENESS_MS)
        expect(page.locator("#told")).to_have_text("The page shows new records.", timeout=LIVENESS_MS)
        assert page.inner_text("#tiles dd") != before
        assert page.evaluate("document.activeElement.getAttribute('href')") == focused
        assert json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('navigation').length)")) == 1


def test_what_is_being_typed_is_not_taken_away(browser: Browser, address: str, store: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        page.goto(f"{address}/scans")
        page.wait_for_selector("main[data-connected=yes]")
        page.fill("[name=text]", "half a wor")
        added = add_scan(store, 778, source="198.51.100.78")
        expect(page.locator(f"tr[data-id='{added}']")).to_be_visible(timeout=LIVENESS_MS)
        assert page.input_value("[name=text]") == "half a wor"


def test_the_page_works_without_its_script(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.click(f"tr[data-id='{scan_id(40)}'] td.when a")
        expect(page.locator("h1")).to_contain_text(scan_id(40), timeout=LIVENESS_MS)
