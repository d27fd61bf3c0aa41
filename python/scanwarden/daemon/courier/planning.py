"""Decide when messages are due; only computes."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from scanwarden.config.sections.messages import Messages
from scanwarden.model.time import NS_PER_S

HOLD_S = 3.0  # a scan is told this long after it opened, so that decision and ban are in the same message
MAX_SCANS_A_MESSAGE = 500
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 3600
URGENT = 5


class Waiting(Struct, frozen=True, kw_only=True):
    """A scan that a sink has not told yet."""

    scan: str
    severity: Annotated[int, Meta(ge=1, le=5)]
    added_ns: int


class SinkState(Struct, frozen=True, kw_only=True):
    """What a sink did last."""

    last_sent_ns: int = 0
    failures: int = 0
    retry_ns: int = 0


def due(
    waiting: Sequence[Waiting], settings: Messages, state: SinkState, *, now_ns: int, local: dt.time
) -> tuple[Waiting, ...]:
    """Give the scans, oldest first, that the next message is about; none if it is not time yet."""
    if now_ns < state.retry_ns:
        return ()
    is_quiet = in_quiet_hours(settings.quiet_hours, local)
    ready = sorted(
        (
            one
            for one in waiting
            if one.added_ns + HOLD_S * NS_PER_S <= now_ns and (not is_quiet or one.severity >= URGENT)
        ),
        key=lambda one: (one.added_ns, one.scan),
    )
    if int(settings.digest) == 0:
        return tuple(ready[:1])
    if state.last_sent_ns and now_ns < state.last_sent_ns + int(settings.digest):
        return ()
    return tuple(ready[:MAX_SCANS_A_MESSAGE])


def in_quiet_hours(spans: Sequence[str], local: dt.time) -> bool:
    """Say whether a local time lies in one of the spans such as `22:00-06:00`, the end not included."""
    now = local.hour * 60 + local.minute
    for span in spans:
        begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in span.split("-"))
        if begin <= now < end or (begin > end and (now >= begin or now < end)):
            return True
    return False


def pause_s(failures: int) -> int:
    """Give the seconds to wait after so many failures in a row: 5, 10, 20 … at most an hour."""
    return int(min(FIRST_PAUSE_S * 2 ** min(max(failures - 1, 0), 20), LONGEST_PAUSE_S))
