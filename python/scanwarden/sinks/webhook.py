"""Post signed JSON to a web address.

The body is `{"id", "time", "severity", "title", "text", "scans": [{"scan", "decision", "ban"}]}`; a message that is
tried again has the same `id`. With a key, `X-Scanwarden-Signature: t=SECONDS,v1=HEX` holds the HMAC-SHA256
(RFC 2104) over `SECONDS.BODY`, so that a receiver can refuse forged and replayed messages.
"""

import hmac
import http.client
import ssl
import time
from urllib.parse import urlsplit

import msgspec

from scanwarden import __version__
from scanwarden.config.sections.sinks_webhook import WebhookSettings
from scanwarden.errors import ConfigError
from scanwarden.sinks.base import Message, SinkError

SIGNATURE = "X-Scanwarden-Signature"
_OK = range(200, 300)
# What will not be taken later either: all of 4xx but time-outs, "too early" and "too many" (RFC 9110 15.5, RFC 6585).
_TRY_AGAIN = frozenset({401, 403, 404, 407, 408, 421, 423, 425, 429})


class Webhook:
    """One address; redirections are not followed."""

    name = "webhook"

    def __init__(self, settings: WebhookSettings) -> None:
        """Read the key, while this process may; raise ConfigError if that fails."""
        if settings.url is None:
            raise ConfigError("[sinks.webhook] url is missing")
        self._limit_s = settings.time_limit.seconds
        self._url = urlsplit(settings.url.url)
        self._key = settings.key_file.read() if settings.key_file else None

    def send(self, message: Message) -> None:
        """Post one message; raise SinkError unless the answer is of the 200s."""
        body = body_of(message)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"scanwarden/{__version__}",
            "X-Scanwarden-Id": message.id,
        }
        if self._key is not None:
            headers[SIGNATURE] = signature(self._key, body, seconds=int(time.time()))
        status = self._post(body, headers)
        if status not in _OK:
            is_final = 400 <= status < 500 and status not in _TRY_AGAIN
            raise SinkError(f"{self._url.hostname} answered with status {status}", is_final=is_final)

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        url, limit_s = self._url, self._limit_s
        host = url.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, url.port, timeout=limit_s, context=ssl.create_default_context())
            if url.scheme == "https"
            else http.client.HTTPConnection(host, url.port, timeout=limit_s)
        )
        path = url.path or "/"
        try:
            connection.request("POST", f"{path}?{url.query}" if url.query else path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise SinkError(f"{host} takes no message: {error}", remedy="see [sinks.webhook]") from error
        finally:
            connection.close()


def body_of(message: Message) -> bytes:
    """Write a message as JSON; the records in it stay byte for byte what they are."""
    return msgspec.json.encode(
        {
            "id": message.id,
            "time": str(message.time),
            "severity": message.severity,
            "title": message.title,
            "text": message.text,
            "scans": [msgspec.Raw(record) for record in message.records],
        }
    )


def signature(key: str, body: bytes, *, seconds: int) -> str:
    """Sign a body and the time it is sent at."""
    signed = hmac.digest(key.encode(), b"%d.%b" % (seconds, body), "sha256")
    return f"t={seconds},v1={signed.hex()}"
