"""Fetch threat lists again and again, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from scanwarden.config.endpoint import WebAddress
from scanwarden.enrich.fetch import FetchError, fetch

log = logging.getLogger(__name__)


def keep_fetching(urls: Sequence[WebAddress], folder: Path, *, every_s: float) -> threading.Thread:
    """Fetch every list now and after each span, until the process ends; one that fails keeps its old file."""
    thread = threading.Thread(target=_run, args=(urls, folder, every_s), daemon=True)
    thread.start()
    return thread


def _run(urls: Sequence[WebAddress], folder: Path, every_s: float) -> None:
    while True:
        fetch_all(urls, folder)
        time.sleep(every_s)


def fetch_all(urls: Sequence[WebAddress], folder: Path) -> int:
    """Fetch each list once and say how many are new."""
    fetched = 0
    for url in urls:
        try:
            fetch(url, folder)
        except FetchError as error:
            log.warning("a threat list is not fetched", extra={"reason": str(error)})
        else:
            fetched += 1
    return fetched
