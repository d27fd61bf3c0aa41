"""Times keep their nanoseconds and their zone."""

import random
from datetime import UTC, datetime

import pytest

from scanwarden.model.time import Timestamp


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000000Z"),
        ("2026-01-02T03:04:05.5+09:00", "2026-01-01T18:04:05.500000000Z"),
        ("1970-01-01T00:00:00z", "1970-01-01T00:00:00.000000000Z"),
    ],
)
def test_text_keeps_nanoseconds_and_becomes_utc(text: str, shown: str) -> None:
    assert str(Timestamp.parse(text)) == shown


@pytest.mark.parametrize(
    "text", ["", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05.1234567890Z", "now"]
)
def test_a_time_without_zone_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        Timestamp.parse(text)


def test_seconds_add_and_subtract() -> None:
    start = Timestamp(5)
    assert start.plus(1.5) == 1_500_000_005
    assert start.plus(600).seconds_since(start) == 600


def test_a_time_no_year_can_express_still_prints() -> None:
    assert str(Timestamp(-1)) == "1970-01-01T00:00:00.000000000Z"
    assert str(Timestamp(2**70)).startswith("9999-12-31T23:59:59")


def test_times_are_written_as_the_standard_library_does() -> None:
    seeded = random.Random(7)
    edges = [day * 86_400 + second for day in (0, 1, 365, 11_016, 20_454) for second in (0, 59, 3599, 43_200, 86_399)]
    for second in [*edges, *(seeded.randrange(253_402_300_800) for _ in range(1000))]:
        expected = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        assert str(Timestamp(second * 1_000_000_000 + 5)) == f"{expected}.000000005Z"
