"""Options are read into values, and a wrong one says what to write."""

import click
import pytest

from scanwarden.cli.params import DURATION, MOMENT, NETWORK, PORT
from scanwarden.model.time import Timestamp


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


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02", "2026-01-02T00:00:00.000000000Z"),
        ("2026-01-02T03:04:05.5+09:00", "2026-01-01T18:04:05.500000000Z"),
        ("1d", "2026-01-01T00:00:00.000000000Z"),
        ("90s", "2026-01-01T23:58:30.000000000Z"),
    ],
)
def test_moments_are_days_times_or_so_long_ago(monkeypatch: pytest.MonkeyPatch, text: str, moment: str) -> None:
    monkeypatch.setattr("time.time_ns", lambda: int(Timestamp.parse("2026-01-02T00:00:00Z")))
    assert str(MOMENT.convert(text, None, None)) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "12:30", "-1h", "5x"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write it like"):
        MOMENT.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "port"), [("22", (None, 22)), ("udp/53", ("udp", 53)), ("icmp/8", ("icmp", 8)), ("65535", (None, 65535))]
)
def test_ports_may_name_their_protocol(text: str, port: tuple[str | None, int]) -> None:
    assert PORT.convert(text, None, None) == port


@pytest.mark.parametrize("text", ["", "ssh", "-1", "65536", "/22", "gre/1", "tcp/", "22/tcp", "٣"])
def test_what_is_no_port_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write it like 22, tcp/22 or udp/53"):
        PORT.convert(text, None, None)
