"""Say how logs are read, and write it as the core reads it."""

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from scanwarden.errors import ConfigError
from scanwarden.model.log_prefix import PrefixMeaning

_ENCODER = msgspec.json.Encoder()


class LogReading(msgspec.Struct, frozen=True, kw_only=True):
    """How the lines of a log are understood.

    `utc_offset_s` counts seconds east of UTC for lines that name no zone; a live log of a `time_zone`, empty for the
    zone of this host, follows its summer time. `verdicts` gives whole log prefixes and what they mean, `words` single
    words of prefixes. With `required_prefixes` a kernel line of a text file is believed only if it carries one of
    them. A source with `max_retry` failed logins within `find_time_s` is called a guesser, with 0 nobody is;
    `tells_each_failure` has every failed login told as well, `sums_up_failures` how often each source failed, when the
    log ends.
    """

    utc_offset_s: int = 0
    time_zone: str | None = None
    verdicts: tuple[tuple[str, PrefixMeaning], ...] = ()
    words: tuple[tuple[str, PrefixMeaning], ...] = ()
    required_prefixes: tuple[str, ...] = ()
    strips_path: bool = False
    max_retry: int = 5
    find_time_s: int = 600
    tells_each_failure: bool = False
    sums_up_failures: bool = False

    def as_json(self, *, sensor: str, reference_ns: int = 0) -> bytes:
        """Write the settings of one log; `reference_ns` is the latest moment known to have passed, 0 if none is."""
        settings: dict[str, Any] = {
            "sensor": sensor,
            "log": {
                "utc_offset_s": self.utc_offset_s,
                "reference_ns": reference_ns,
                "verdicts": {"prefixes": self.verdicts, "words": self.words},
                "required_prefixes": self.required_prefixes,
                "strip_path": self.strips_path,
            },
            "guessing": {
                "max_retry": self.max_retry,
                "find_time_s": self.find_time_s,
                "tells_each": self.tells_each_failure,
                "sums_up": self.sums_up_failures,
            },
        }
        return _ENCODER.encode(settings)


def utc_offset_s(time_zone: str, at_s: float) -> int:
    """Return the seconds east of UTC of a zone, empty for this host's, at a time since the epoch; raise ConfigError."""
    if not time_zone:
        return time.localtime(at_s).tm_gmtoff
    try:
        offset = datetime.fromtimestamp(at_s, ZoneInfo(time_zone)).utcoffset()
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ConfigError(
            f"[logs] time_zone: there is no time zone {time_zone!a} on this host",
            remedy="name one of /usr/share/zoneinfo, such as Europe/Vienna",
        ) from error
    return 0 if offset is None else int(offset.total_seconds())
