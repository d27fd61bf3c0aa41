"""Numbers, ports and times read as an administrator would say them."""

from typing import get_args

import pytest

from scanwarden.formats.text import words
from scanwarden.model.address import Prefix
from scanwarden.model.detection import GroupKind, Pace, Pattern, Technique
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [
        (0, "under 1 ms"),
        (0.0042, "4 ms"),
        (0.41, "0.4 s"),
        (1, "1 s"),
        (27.44, "27.4 s"),
        (61, "1 min 1 s"),
        (600, "10 min"),
        (3661, "1 h 1 min"),
        (86400 * 7, "7 d"),
        (90061, "1 d 1 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, spoken: str) -> None:
    assert words.duration(seconds) == spoken


@pytest.mark.parametrize(
    ("parts", "spoken"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_in_a_sentence(parts: list[str], spoken: str) -> None:
    assert words.listed(parts) == spoken


@pytest.mark.parametrize(("count", "spoken"), [(0, "0 ports"), (1, "1 port"), (1000, "1,000 ports")])
def test_counts_agree_with_their_noun(count: int, spoken: str) -> None:
    assert words.counted(count, "port") == spoken


def test_long_port_lists_say_how_many_are_left_out() -> None:
    assert words.ports_of(Ports.parse("1,3,5,10-19"), max_ranges=2) == "1, 3 and 11 more"
    assert words.ports_of(Ports.parse("1-1000")) == "1-1000"


def test_a_span_names_its_day_once() -> None:
    begin = Timestamp.parse("2026-01-02T03:04:05Z")
    assert words.span(begin, begin.plus(0.2)) == "2026-01-02 03:04:05 UTC"
    assert words.span(begin, begin.plus(60)) == "2026-01-02 03:04:05 to 03:05:05 UTC"
    assert words.span(begin, begin.plus(86400)) == "2026-01-02 03:04:05 to 2026-01-03 03:04:05 UTC"


def test_one_address_is_written_without_its_length() -> None:
    assert words.network(Prefix.parse("192.0.2.7")) == "192.0.2.7"
    assert words.network(Prefix.parse("2001:db8::/64")) == "2001:db8::/64"


@pytest.mark.parametrize(
    ("techniques", "spoken"),
    [
        (["tcp_syn"], "TCP SYN"),
        (["tcp_syn", "tcp_null", "udp"], "TCP SYN, NULL and UDP"),
        (["udp", "tcp_syn", "tcp_fin"], "UDP, TCP SYN and FIN"),
        (["arp"], "ARP"),
    ],
)
def test_techniques_name_their_protocol_once(techniques: list[Technique], spoken: str) -> None:
    assert words.techniques_of(techniques) == spoken


def test_every_word_of_the_model_has_plain_words() -> None:
    assert set(words.TECHNIQUES) == set(get_args(Technique))
    assert set(words.PATTERNS) == set(get_args(Pattern))
    assert set(words.PACES) == set(get_args(Pace))
    assert set(words.GROUPS) == set(get_args(GroupKind))
