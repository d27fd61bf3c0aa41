"""State what every sink promises, and what a message to people holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from scanwarden.errors import ScanwardenError
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp


class SinkError(ScanwardenError):
    """Report that something could not be written or sent."""

    def __init__(self, message: str, *, remedy: str | None = None, is_final: bool = False) -> None:
        """Take the text; `is_final`: the receiver refused this very message, so sending it again is of no use."""
        super().__init__(message, remedy=remedy)
        self.is_final = is_final


class Message(Struct, frozen=True, kw_only=True):
    """What one message says: about one scan, or about several in a digest."""

    id: Annotated[
        str, Meta(description="The same each time this message is tried, so that receivers can drop doubles.")
    ]
    time: Timestamp
    severity: Annotated[int, Meta(ge=1, le=5, description="The highest of its scans.")]
    title: Annotated[str, Meta(description="One line without control characters.")]
    text: Annotated[str, Meta(description="Some paragraphs of plain text, 80 columns wide.")]
    records: Annotated[tuple[bytes, ...], Meta(description="For each scan its record, decision and ban, as JSON.")]


class Writer(Protocol):
    """Write records as they come; none is kept for later."""

    name: str

    def write(self, record: Record) -> None:
        """Write one record; raise SinkError if it is lost."""

    def close(self) -> None:
        """Let go of file or connection."""


class Messenger(Protocol):
    """Send messages to people."""

    name: str

    def send(self, message: Message) -> None:
        """Send one message and return when the receiver has taken it; raise SinkError if it has not."""


def in_layout(layout_lines: Sequence[str]) -> bytes:
    """Join lines of a layout to what a file takes."""
    return "".join(f"{line}\n" for line in layout_lines).encode()


def utc_datetime(seconds: int) -> datetime:
    """Give a time of the library's kind."""
    return datetime.fromtimestamp(seconds, UTC)
