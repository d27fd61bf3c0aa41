"""Options are read into values, and a wrong one says what to write."""

import click
import pytest

from scanwarden.cli.params import DURATION, NETWORK


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("10min", 600), ("1h", 3600), ("7d", 604800)]
)
def test_durations_are_read_in_seconds(text: str, seconds: int) -> None:
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-5m", "1.5h", "10 m", "h", "10x", "٣m", "9" * 30])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write it like 90s"):
        DURATION.convert(text, None, None)


def test_networks_are_read_and_wrong_ones_explained() -> None:
    assert str(NETWORK.convert("10.0.0.0/8", None, None)) == "10.0.0.0/8"
    with pytest.raises(click.BadParameter, match=r"write 10\.0\.0\.0/8 for the network"):
        NETWORK.convert("10.0.0.1/8", None, None)
