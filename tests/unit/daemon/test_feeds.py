"""Words name what a live watch is fed with."""

from pathlib import Path

import pytest

from scanwarden.daemon.feeds import doubled, feed_name, open_feed
from scanwarden.daemon.live import WatchOptions, sensor_name
from scanwarden.errors import ScanwardenError
from scanwarden.sensors.log_follow import LogFollow
from scanwarden.sensors.log_reading import LogReading


def test_a_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.touch()
    feed = open_feed(str(path), reading=LogReading())
    assert isinstance(feed, LogFollow)
    assert feed.name == feed_name(str(path)) == f"log:{path}"
    feed.close()


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("/nowhere/messages", "name a file, journal, or nflog:GROUP"),
        ("nflog:", "no NFLOG group"),
        ("nflog:70000", "no NFLOG group"),
        ("nflog:-1", "no NFLOG group"),
        ("nflog:\N{ARABIC-INDIC DIGIT FIVE}", "no NFLOG group"),
    ],
)
def test_what_cannot_be_opened_is_named(word: str, words: str) -> None:
    with pytest.raises(ScanwardenError) as caught:
        open_feed(word, reading=LogReading())
    assert words in str(caught.value)


def test_the_journal_and_its_own_file_are_not_read_both() -> None:
    assert doubled(("journal", "/var/log/messages", "nflog:5")) is not None
    assert doubled(("journal", "nflog:5")) is None
    assert doubled(("/var/log/messages", "/var/log/secure")) is None


def test_a_watch_is_named_by_all_that_it_reads() -> None:
    options = WatchOptions(interfaces=("eth0", "wg0"), logs=("journal", "nflog:5", "/var/log/x"))
    assert sensor_name(options) == "live:eth0+wg0+journal+nflog:5+log:/var/log/x"
    assert sensor_name(WatchOptions(logs=("nflog:5",))) == "nflog:5"
