"""Choose what people are told of each record, and remember what was done until a scan's story is told."""

from collections import OrderedDict
from typing import assert_never

from scanwarden.formats.text import events
from scanwarden.formats.text.evidence import explanation
from scanwarden.formats.text.layout import Paint, unpainted
from scanwarden.formats.text.scan import story
from scanwarden.model.detection import Closed, Opened, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Decided, Ready, Record, Unbanned

MAX_REMEMBERED = 4096


class Narrator:
    """Turn records into lines; a live one tells everything at once, a replaying one tells whole stories.

    What was done about a scan is remembered until it closes, for the 4096 scans decided last; a story whose
    decision was forgotten leaves that row out.
    """

    def __init__(self, *, is_live: bool, explains: bool = False, paint: Paint = unpainted) -> None:
        self._is_live = is_live
        self._explains = explains
        self._paint = paint
        self._done: OrderedDict[str, str] = OrderedDict()
        self._last_notice: str | None = None  # what was decided about it follows at once, and no story does

    def lines(self, record: Record) -> list[str]:
        """Give the lines to print for one record; none if it is told later or not at all."""
        match record:
            case Ready():
                return [*events.ready_lines(record, self._paint), ""]
            case Closed():
                return self._story(record)
            case Decided():
                self._remember(record.id, events.decision_words(record))
                is_told = self._is_live or record.id == self._last_notice
                return events.decided_lines(record, self._paint) if is_told else []
            case Banned():
                self._remember(record.id, events.ban_words(record))
                return events.ban_lines(record, self._paint)
            case Unbanned():
                return events.ban_lines(record, self._paint)
            case Notice():
                self._last_notice = record.id
                return events.notice_lines(record, self._paint)
            case Opened() | Updated():
                return self._news(record) if self._is_live else []
            case _:
                assert_never(record)

    def _news(self, record: Opened | Updated) -> list[str]:
        if isinstance(record, Updated):
            return events.updated_lines(record, self._paint)
        return events.opened_lines(record, self._paint)

    def _story(self, closed: Closed) -> list[str]:
        lines = story(closed, done=self._done.pop(closed.id, None), paint=self._paint)
        if self._explains:
            lines += ["", *explanation(closed, paint=self._paint)]
        return [*lines, ""]

    def _remember(self, scan_id: str | None, text: str) -> None:
        if scan_id is None:
            return
        self._done[scan_id] = text
        self._done.move_to_end(scan_id)
        if len(self._done) > MAX_REMEMBERED:
            self._done.popitem(last=False)
