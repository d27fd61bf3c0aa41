"""Lists fetched from a real server: whole or not at all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scanwarden.config.endpoint import WebAddress
from scanwarden.daemon.courier.fetching import fetch_all
from scanwarden.enrich import fetch as fetching
from scanwarden.enrich.fetch import FetchError, fetch


@contextmanager
def server(pages: dict[str, tuple[int, bytes, str]]) -> Iterator[str]:
    """Serve pages: status, body, and where to go instead."""

    class Give(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, location = pages.get(self.path, (404, b"", ""))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Give)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join(30)


def test_a_list_is_put_in_place_and_a_redirection_followed(tmp_path: Path) -> None:
    pages = {"/drop.txt": (200, b"192.0.2.0/24\n", ""), "/old": (301, b"", "/drop.txt")}
    with server(pages) as url:
        path = fetch(WebAddress.parse(f"{url}/old"), tmp_path)
    assert path.read_text() == "192.0.2.0/24\n"
    assert path.stat().st_mode & 0o007 == 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ((500, b"", ""), "status 500"),
        ((200, b"<html>sorry</html>\n", ""), "holds no address"),
        ((302, b"", "file:///etc/passwd"), "redirects"),
        ((302, b"", "/drop.txt"), "redirects"),
    ],
)
def test_anything_wrong_leaves_the_old_list(tmp_path: Path, page: tuple[int, bytes, str], why: str) -> None:
    pages = {"/drop.txt": (200, b"192.0.2.7\n", "")}
    with server(pages) as url:
        address = WebAddress.parse(f"{url}/drop.txt")
        path = fetch(address, tmp_path)
        pages["/drop.txt"] = page
        with pytest.raises(FetchError, match=why):
            fetch(address, tmp_path)
        assert fetch_all([address], tmp_path) == 0
    assert path.read_text() == "192.0.2.7\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_list_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1 << 20)
    with server({"/drop.txt": (200, b"192.0.2.7\n" * 200_000, "")}) as url, pytest.raises(FetchError, match="larger"):
        fetch(WebAddress.parse(f"{url}/drop.txt"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_addresses_never_share_a_file() -> None:
    names = {fetching.list_name(WebAddress.parse(f"https://a.example/{path}")) for path in ("x/drop.txt", "y/drop.txt")}
    assert len(names) == 2
