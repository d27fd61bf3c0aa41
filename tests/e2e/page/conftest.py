"""A browser without a window, for the tests of the page."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.page.history import write_history
from tests.e2e.page.page_host import serving_page, write_settings

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing is asked of the network, and root cannot have Chromium's sandbox.
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


def chromium() -> str | None:
    """Find the browser of the system."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(driver: Playwright) -> Iterator[Browser]:
    with browsing(driver, needed_chromium()) as started:
        yield started


def needed_chromium() -> str:
    """Find the browser of the system, or skip."""
    path = chromium()
    if path is None:
        if os.environ.get("SCANWARDEN_KERNEL") == "required":
            pytest.fail("needs chromium (make setup installs it)")
        pytest.skip("needs chromium (make setup installs it)")
    return path


@contextlib.contextmanager
def browsing(driver: Playwright, path: str, *more: str) -> Iterator[Browser]:
    """Keep a browser running for the length of the block."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else []), *more]
    started = driver.chromium.launch(executable_path=path, args=arguments)
    try:
        yield started
    finally:
        started.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "scans.db"
    write_history(path)
    return path


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    """Serve a page over a store alone."""
    file = write_settings(store.parent, store)
    with serving_page(store.parent, "--config", str(file), "--store", str(store)) as address:
        yield address


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """Give the folder that `SCANWARDEN_SCREENSHOTS` names, to look at what the tests have seen."""
    named = os.environ.get("SCANWARDEN_SCREENSHOTS")
    return Path(named) if named else None
