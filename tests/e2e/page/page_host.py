"""Run the page as a process of its own, on a port of loopback."""

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

LIVENESS_S = 60.0
LIVENESS_MS = 60_000.0
SECRET = "correct-horse-battery-staple"  # noqa: S105 of the tests alone


@contextlib.contextmanager
def serving_page(folder: Path, *options: str) -> Iterator[str]:
    """Keep the page running for the length of the block and give its address; it must end well."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    errors = (folder / "page.errors").open("wb+")
    command = [sys.executable, "-m", "scanwarden", "web", "--listen", f"127.0.0.1:{port}", *options]
    with errors, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors) as program:
        try:
            _wait_until_answered(port, program)
            yield f"http://127.0.0.1:{port}"
        finally:
            program.terminate()
            program.wait(LIVENESS_S)
        errors.seek(0)
        said = errors.read()
        assert b"Traceback" not in said, said.decode()
        assert program.returncode == 0, said.decode()


def write_settings(folder: Path, store: Path) -> Path:
    """Write a configuration with a token, for a page over one store and no service."""
    token = folder / "token"
    token.write_text(SECRET)
    token.chmod(0o600)
    file = folder / "scanwarden.toml"
    file.write_text(
        f'[store]\npath = "{store}"\n[web]\ntoken_file = "{token}"\n'
        f'[control]\nread_socket = "{folder}/none/read.sock"\nadmin_socket = "{folder}/none/admin.sock"\n'
        f'page_socket = "{folder}/none/page.sock"\n'
    )
    return file


def log_in(page: Page, address: str) -> None:
    """Show the token on the page for it."""
    page.goto(f"{address}/login")
    page.fill("#token", SECRET)
    page.click("main form button")
    expect(page).to_have_url(f"{address}/", timeout=LIVENESS_MS)


def _wait_until_answered(port: int, program: "subprocess.Popen[bytes]") -> None:
    began_s = time.monotonic()
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            assert program.poll() is None, "the page ended"
            assert time.monotonic() - began_s < LIVENESS_S, "the page does not answer"
            time.sleep(0.05)
        finally:
            connection.close()
