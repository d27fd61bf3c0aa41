"""Read the old files: whatever their encoding, bounded, line by line with its place."""

from dataclasses import dataclass
from pathlib import Path

from scanwarden.errors import ConfigError
from scanwarden.model.printable import printable

MAX_FILE_BYTES = 1024 * 1024
MAX_LINE_CHARS = 4096
MAX_SHOWN_CHARS = 200


@dataclass(frozen=True)
class OldLine:
    """One line of an old file, without its line feed."""

    file: str
    number: int
    text: str

    @property
    def place(self) -> str:
        """Say where the line is: `portsentry.conf:12`."""
        return f"{printable(self.file)}:{self.number}"

    @property
    def shown(self) -> str:
        """Give the line so that it fits into one line of a comment."""
        return printable(self.text.strip(), max_chars=MAX_SHOWN_CHARS)


@dataclass(frozen=True)
class OldFile:
    """An old file in full."""

    name: str
    lines: tuple[OldLine, ...]


def parse_old_file(name: str, content: bytes) -> OldFile:
    """Split the bytes of a file into lines; bytes that are no UTF-8 are kept visibly.

    Raise ConfigError if the file is too large or no text at all.
    """
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(f"{name} is larger than {MAX_FILE_BYTES} bytes", remedy="name a file of settings")
    if b"\0" in content:
        raise ConfigError(f"{name} is no text: it holds zero bytes", remedy="name a file of settings")
    texts = content.decode("utf-8", "backslashreplace").split("\n")
    for number, text in enumerate(texts, start=1):
        if len(text) > MAX_LINE_CHARS:
            raise ConfigError(f"line {number} of {name} is longer than {MAX_LINE_CHARS} characters")
    return OldFile(name, tuple(OldLine(name, number, text.rstrip("\r")) for number, text in enumerate(texts, start=1)))


def read_old_file(path: str) -> OldFile:
    """Read a file; raise ConfigError saying why it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    return parse_old_file(Path(path).name, content)
