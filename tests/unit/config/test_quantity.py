"""Quantities carry their unit, exactly."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.config.quantity import MAX_BYTES, MAX_DURATION_NS, ByteSize, Duration
from scanwarden.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("24h", 86_400_000_000_000),
        ("10 min", 600_000_000_000),
        ("10m", 600_000_000_000),
        ("1 h 30 min", 5_400_000_000_000),
        ("1.5h", 5_400_000_000_000),
        ("0.1 ms", 100_000),
        ("2 weeks", 1_209_600_000_000_000),
        ("0 s", 0),
    ],
)
def test_a_duration_is_read_in_nanoseconds(text: str, nanoseconds: int) -> None:
    assert Duration.parse(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "size"), [("32 MiB", 33_554_432), ("1 MB", 1_000_000), ("512B", 512), ("1.5 KiB", 1536), ("0 B", 0)]
)
def test_a_size_is_read_in_bytes(text: str, size: int) -> None:
    assert ByteSize.parse(text) == size


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("24", "write one of d, h, min, s, ms, us, ns after it"),
        ("24 hrs", 'did you mean "hours"?'),
        ("5 mins", 'did you mean "min"?'),
        ("3 fathoms", "the units are d, h, min, s, ms, us, ns"),
        ("", 'write it like "10 min"'),
        ("-1 h", 'write it like "10 min"'),
        ("1 h and", 'write it like "10 min"'),
    ],
)
def test_a_wrong_duration_is_met_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as error:
        Duration.parse(text)
    assert remedy in (error.value.remedy or "")


def test_the_unit_of_a_size_tells_thousands_from_1024s() -> None:
    with pytest.raises(ConfigError) as error:
        ByteSize.parse("32 mib")
    assert error.value.remedy == 'did you mean "MiB"?'


@pytest.mark.parametrize("text", ["40000 d", "9999999999999999999 d", "1" * 50])
def test_endless_durations_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        Duration.parse(text)


def test_kernel_timeouts_round_up() -> None:
    assert Duration.parse("1 ms").whole_seconds == 1
    assert Duration.parse("2 s").whole_seconds == 2


@given(st.integers(0, MAX_DURATION_NS))
def test_a_duration_reads_back_as_it_was_written(nanoseconds: int) -> None:
    assert Duration.parse(str(Duration(nanoseconds))) == nanoseconds


@given(st.integers(0, MAX_BYTES))
def test_a_size_reads_back_as_it_was_written(size: int) -> None:
    assert ByteSize.parse(str(ByteSize(size))) == size


@given(st.text(max_size=60))
def test_any_text_is_a_quantity_or_a_configuration_error(text: str) -> None:
    for kind in (Duration, ByteSize):
        with suppress(ConfigError):
            assert kind.parse(text) >= 0
