"""Fetch threat lists from web addresses into files; a list is replaced whole or not at all."""

import hashlib
import http.client
import os
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from scanwarden import __version__
from scanwarden.config.endpoint import WebAddress
from scanwarden.enrich.lists import read_list
from scanwarden.errors import ConfigError, ScanwardenError

LIMIT_S = 30.0
MAX_BYTES = 64 << 20
MAX_REDIRECTIONS = 3
FILE_MODE = 0o640
_CHUNK = 1 << 16


class FetchError(ScanwardenError):
    """Report a list that could not be fetched; the one from before stays."""


def fetch(url: WebAddress, folder: Path) -> Path:
    """Fetch one list and put it in place; raise FetchError and leave the old one if anything is wrong with the new."""
    final = folder / f"{list_name(url)}.list"
    part = final.with_suffix(".part")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(part, flags, FILE_MODE), "wb") as file:
            for piece in _pieces(url.url, MAX_REDIRECTIONS):
                file.write(piece)
        read_list(part)
        part.replace(final)
    except (OSError, http.client.HTTPException, ConfigError) as error:
        part.unlink(missing_ok=True)
        raise FetchError(f"{url} was not fetched: {error}") from error
    return final


def list_name(url: WebAddress) -> str:
    """Name the file for an address: its host and last part, with a few digits that tell it from others."""
    parts = urlsplit(url.url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    readable = re.sub(r"[^A-Za-z0-9.-]", "", f"{parts.hostname}-{last}")[:60]
    return f"{readable}-{hashlib.sha256(url.url.encode()).hexdigest()[:6]}"


def _pieces(url: str, redirections: int) -> Iterator[bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=LIMIT_S, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=LIMIT_S)
    )
    try:
        path = parts.path or "/"
        connection.request(
            "GET",
            f"{path}?{parts.query}" if parts.query else path,
            headers={"User-Agent": f"scanwarden/{__version__}", "Accept": "text/plain, text/csv, */*"},
        )
        response = connection.getresponse()
        if response.status in (301, 302, 303, 307, 308):
            target = urljoin(url, response.headers.get("Location", ""))
            is_weaker = parts.scheme == "https" and not target.startswith("https:")
            if redirections <= 0 or is_weaker or not target.startswith(("http:", "https:")):
                raise OSError(f"it redirects to {target[:100]!a}")
            yield from _pieces(target, redirections - 1)
            return
        if response.status != http.client.OK:
            raise OSError(f"the server answered with status {response.status}")
        left = MAX_BYTES
        while piece := response.read(_CHUNK):
            left -= len(piece)
            if left < 0:
                raise OSError(f"it is larger than {MAX_BYTES >> 20} MiB")
            yield piece
    finally:
        connection.close()
