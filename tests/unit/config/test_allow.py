"""Entries of the allowlist and the baseline read back as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.config.allow import AllowEntry, ExpectedPort
from scanwarden.errors import ConfigError
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("192.0.2.7", AllowEntry(Prefix.parse("192.0.2.7"))),
        ("192.0.2.0/24", AllowEntry(Prefix.parse("192.0.2.0/24"))),
        ("2001:db8::/32", AllowEntry(Prefix.parse("2001:db8::/32"))),
        ("Monitor.Example.net", AllowEntry(None, "monitor.example.net")),
        ("localhost", AllowEntry(None, "localhost")),
        ("192.0.2.7  ports 22,80-90", AllowEntry(Prefix.parse("192.0.2.7"), None, Ports.parse("22,80-90"))),
    ],
)
def test_an_entry_is_an_address_a_network_or_a_name(text: str, entry: AllowEntry) -> None:
    assert AllowEntry.parse(text) == entry
    assert AllowEntry.parse(str(entry)) == entry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("192.0.2.7/24", "host inside a network"),
        ("192.0.2.256", "is not an IP address"),
        ("192.0.2.0/33", "is not a network"),
        ("bad_name!", "no address, network or host name"),
        ("-x.example.net", "no address, network or host name"),
        ("192.0.2.7 port", "no port"),
        ("192.0.2.7 for 22", "is not understood"),
        ("192.0.2.7 ports 70000", "not a range of ports"),
        ("", "empty"),
        ("a" * 300, "no address, network or host name"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        AllowEntry.parse(text)


@pytest.mark.parametrize("text", ["443/tcp", "8000-8010/udp", "22/tcp from 203.0.113.0/24", "25/tcp from 192.0.2.1"])
def test_an_expected_port_reads_back_as_it_was_written(text: str) -> None:
    assert str(ExpectedPort.parse(text)) == text


@pytest.mark.parametrize("text", ["443", "443/icmp", "/tcp", "22/tcp to 192.0.2.1", "22/tcp from", "22/tcp from x"])
def test_a_wrong_expected_port_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        ExpectedPort.parse(text)


@given(st.text(alphabet=st.sampled_from("0129af.:/-% portsfm,tcud_\x00é"), max_size=40))
def test_any_text_is_an_entry_or_a_configuration_error(text: str) -> None:
    for kind in (AllowEntry, ExpectedPort):
        try:
            entry = kind.parse(text)
        except ConfigError:
            continue
        assert kind.parse(str(entry)) == entry
