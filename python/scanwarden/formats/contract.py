"""State what every record layout promises, whatever it looks like."""

from typing import Protocol

from scanwarden.model.records import Record


class Layout(Protocol):
    """Write records as lines of one layout; an object belongs to one stream of records.

    A layout remembers a bounded number of scans, so that it can leave out what it has told. No line holds a line
    feed, a control character, or any other character that a terminal does not show.
    """

    def lines(self, record: Record) -> list[str]:
        """Give the lines for one record, without line feeds; none if this layout has no words for it."""
        ...
