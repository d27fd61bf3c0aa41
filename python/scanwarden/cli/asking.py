"""Open the store that a question is about, and write answers as text or JSON."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from scanwarden.cli.terminal import write_out
from scanwarden.config import DEFAULT_FILE, Settings, load
from scanwarden.config.sections.store import StoreSettings
from scanwarden.errors import ScanwardenError, StoreError
from scanwarden.formats.base import to_text
from scanwarden.formats.escape import shown_json
from scanwarden.store import Reader
from scanwarden.store.reader import StoredScan

EXIT_NOTHING = 1
MAX_GUESSES = 3
ID_START = "sw-"
_ENCODER = msgspec.json.Encoder(enc_hook=to_text)


def open_store(store: Path | None, config: Path | None) -> Reader:
    """Open the named store, or the configured one; raise StoreError saying how to get one."""
    path = store or configured(config).of(StoreSettings).path
    if not path.exists():
        raise StoreError(
            f"there is no store at {path}",
            remedy="name one with --store FILE; replay --store FILE and watch --store FILE write one",
        )
    return Reader(path)


def stored_scan(reader: Reader, wanted: str) -> StoredScan:
    """Give everything about the scan whose id is, or begins with, `wanted`; raise StoreError if that is no one scan."""
    scan = reader.scan(_complete(reader, wanted))
    if scan is None:  # it was removed between the two questions
        raise StoreError(f"there is no scan {wanted!r} in this store", remedy="see scanwarden scans")
    return scan


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of text; what the network said was escaped when they were made."""
    write_out("".join(f"{line}\n" for line in lines).encode())


def write_json(answer: object) -> None:
    """Write one value as one line of JSON in which nothing invisible remains."""
    write_out(f"{shown_json(_ENCODER.encode(answer))}\n".encode())


def configured(config: Path | None) -> Settings:
    """Read the named configuration, or the usual one; a host without one has the defaults. Raises ConfigError."""
    if config is None and not DEFAULT_FILE.exists():
        return Settings.defaults()
    return load(config or DEFAULT_FILE, os.environ)


def write_file(path: Path, text: str) -> None:
    """Write a text file that the user named; raise ScanwardenError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScanwardenError(f"{path} cannot be written: {error.strerror}", remedy="name another file") from error


def _complete(reader: Reader, wanted: str) -> str:
    """Complete the beginning of a scan's id; raise StoreError if it fits none or several."""
    start = wanted if wanted.startswith(ID_START) else f"{ID_START}{wanted}"
    found = reader.ids_beginning(start, limit=MAX_GUESSES + 1)
    if start in found or len(found) == 1:
        return found[0]  # the whole id sorts before all longer ones
    if not found:
        raise StoreError(f"there is no scan {wanted!r} in this store", remedy="see scanwarden scans")
    shown = ", ".join(found[:MAX_GUESSES])
    more = ", …" if len(found) > MAX_GUESSES else ""
    raise StoreError(f"{wanted!r} fits several scans: {shown}{more}", remedy="write more of the id")
