"""A signed message, as a real server receives it."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scanwarden.config.endpoint import WebAddress
from scanwarden.config.quantity import Duration
from scanwarden.config.secret import SecretFile
from scanwarden.config.sections.sinks_webhook import WebhookSettings
from scanwarden.sinks.base import SinkError
from scanwarden.sinks.webhook import Webhook
from tests.unit.sinks.test_email import MESSAGE


@contextmanager
def receiver(*statuses: int) -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """Answer with one status after the other, the last one for ever."""
    posts: list[tuple[str, dict[str, str], bytes]] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.path, dict(self.headers), body))
            status = statuses[min(len(posts), len(statuses)) - 1]
            self.send_response(status)
            if status in range(300, 400):
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Take)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posts
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


def webhook(url: str, key: SecretFile | None = None) -> Webhook:
    return Webhook(WebhookSettings(url=WebAddress.parse(url), key_file=key, time_limit=Duration.parse("30 s")))


def test_the_body_is_json_and_the_signature_holds(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret\n")
    key.chmod(0o600)
    with receiver(204) as (url, posts):
        webhook(f"{url}/hook?team=1", SecretFile(key)).send(MESSAGE)
    ((path, headers, body),) = posts
    assert path == "/hook?team=1"
    told = json.loads(body)
    assert (told["id"], told["scans"], told["severity"]) == (MESSAGE.id, [{}], 4)
    stamp, signed = (part.partition("=")[2] for part in headers["X-Scanwarden-Signature"].split(","))
    assert hmac.compare_digest(signed, hmac.new(b"secret", stamp.encode() + b"." + body, hashlib.sha256).hexdigest())
    assert abs(int(stamp) - time.time()) < 600


@pytest.mark.parametrize(
    ("status", "is_final"), [(500, False), (503, False), (429, False), (401, False), (400, True), (410, True)]
)
def test_only_what_never_helps_is_final(status: int, is_final: bool) -> None:
    with receiver(status) as (url, _), pytest.raises(SinkError) as refused:
        webhook(url).send(MESSAGE)
    assert refused.value.is_final is is_final


def test_a_redirection_is_not_followed() -> None:
    with receiver(302) as (url, posts), pytest.raises(SinkError, match="status 302"):
        webhook(url).send(MESSAGE)
    assert len(posts) == 1


def test_nobody_there_is_tried_again() -> None:
    with receiver(200) as (url, _):
        pass
    with pytest.raises(SinkError) as refused:
        webhook(url).send(MESSAGE)
    assert not refused.value.is_final
