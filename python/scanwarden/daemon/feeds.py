"""Open what a live watch is fed with beside interfaces, from the words that name it."""

import time
from pathlib import Path

from scanwarden.errors import SensorError
from scanwarden.sensors.journal import JournalFollow
from scanwarden.sensors.log_follow import LogFollow
from scanwarden.sensors.log_reading import LogReading
from scanwarden.sensors.nflog import NflogSensor
from scanwarden.sensors.opening import OpenFile, open_plainly

JOURNAL = "journal"
NFLOG = "nflog:"
JOURNAL_CURSOR = "journal-cursor"
MAX_GROUP = 65_535

LogSensor = LogFollow | JournalFollow | NflogSensor


def open_feed(
    word: str,
    *,
    reading: LogReading,
    journal_cursor: Path | None = None,
    kept_in: Path | None = None,
    open_file: OpenFile = open_plainly,
) -> LogSensor:
    """Open `journal`, `nflog:GROUP` or a log file; raise ScanwardenError if it cannot be.

    Logs and the journal are read from now on, or from where an earlier run stopped: the folder `kept_in` says so, or
    for the journal the file `journal_cursor`. A log is opened by `open_file`.
    """
    if word == JOURNAL:
        return JournalFollow(
            reading=reading, cursor_path=journal_cursor or (kept_in / JOURNAL_CURSOR if kept_in is not None else None)
        )
    if word.startswith(NFLOG):
        return NflogSensor(_group(word.removeprefix(NFLOG)), reading=reading)
    if _is_missing(Path(word)):
        raise SensorError(f"there is no log file {word}", remedy="name a file, journal, or nflog:GROUP")
    return LogFollow(Path(word), reading=reading, kept_in=kept_in, open_file=open_file)


def feed_name(word: str) -> str:
    """Name a sensor by the word that names what it reads."""
    return word if word == JOURNAL or word.startswith(NFLOG) else f"log:{word}"


def host_reading() -> LogReading:
    """Read lines that name no time zone by the clock of this host."""
    return LogReading(utc_offset_s=time.localtime().tm_gmtoff, time_zone="")


def doubled(words: tuple[str, ...]) -> str | None:
    """Say which sources tell of the same lines twice; None if none do.

    The syslog daemon writes what the journal holds, so reading both would count every packet twice.
    """
    files = [word for word in words if word != JOURNAL and not word.startswith(NFLOG)]
    if JOURNAL in words and files:
        return f"journal and {files[0]} tell of the same lines; name one of them"
    return None


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except PermissionError:  # in a folder that only root may look into
        return False


def _group(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_GROUP):
        raise SensorError(f"{text!r} is no NFLOG group", remedy=f"write nflog:GROUP with a number up to {MAX_GROUP}")
    return int(text)
