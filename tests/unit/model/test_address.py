"""Addresses and networks have one spelling, one key, and refuse what is not one."""

import ipaddress
import random

import pytest

from scanwarden.errors import AddressError, ScanwardenError
from scanwarden.model.address import Address, Prefix


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_an_address_has_one_spelling(text: str, shown: str) -> None:
    assert str(Address.parse(text)) == shown
    assert Address.parse(shown) == Address.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "192.0.2", "192.0.2.7.1", "192.0.2.256", "010.0.0.1", "192.0.2.+7", "192.0. 2.7", "192.0.2.\u0667"),
        *("host.example", "1.2.3.4%eth0", "fe80::%"),
    ],
)
def test_what_is_no_address_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse(text)
    assert caught.value.remedy
    assert isinstance(caught.value, ScanwardenError)


def test_addresses_are_spelt_and_read_as_the_standard_library_does() -> None:
    seeded = random.Random(7)
    for size in (4, 16) * 500:
        packed = seeded.randbytes(size) if seeded.random() < 0.7 else bytes(size - 2) + seeded.randbytes(2)
        text = str(ipaddress.ip_address(packed))
        assert (str(Address(packed)), Address.parse(text).packed) == (text, packed)


def test_link_local_addresses_of_two_interfaces_differ() -> None:
    assert Address.parse("fe80::1%eth0") != Address.parse("fe80::1%eth1")
    assert Address.parse("fe80::1%eth0").key != Address.parse("fe80::1").key


def test_addresses_order_by_version_then_number() -> None:
    texts = ["::1", "10.0.0.10", "10.0.0.9"]
    assert [str(address) for address in sorted(map(Address.parse, texts))] == ["10.0.0.9", "10.0.0.10", "::1"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_has_one_spelling(text: str, shown: str) -> None:
    assert str(Prefix.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    ["192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/08", "192.0.2.0/255.255.255.0", "x/8"],
)
def test_what_is_no_network_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        Prefix.parse(text)
    assert caught.value.remedy


def test_a_host_inside_a_network_is_refused_and_both_readings_are_offered() -> None:
    with pytest.raises(AddressError) as caught:
        Prefix.parse("192.0.2.7/24")
    assert caught.value.remedy == "write 192.0.2.0/24 for the network or 192.0.2.7 for the host"


@pytest.mark.parametrize(
    ("network", "other", "contains"),
    [
        ("192.0.2.0/24", "192.0.2.255/32", True),
        ("192.0.2.0/24", "192.0.3.0/32", False),
        ("192.0.2.0/25", "192.0.2.0/24", False),
        ("0.0.0.0/0", "2001:db8::1/128", False),
        ("::/0", "2001:db8::/32", True),
    ],
)
def test_a_network_contains_only_what_lies_wholly_inside(network: str, other: str, contains: bool) -> None:
    assert Prefix.parse(network).contains(Prefix.parse(other)) is contains


def test_networks_overlap_when_one_lies_in_the_other() -> None:
    wide, narrow, apart = (Prefix.parse(text) for text in ("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8"))
    assert wide.overlaps(narrow)
    assert narrow.overlaps(wide)
    assert not wide.overlaps(apart)


def test_an_address_gives_the_network_around_it() -> None:
    address = Address.parse("2001:db8::1:2")
    assert address.prefix(64) == Prefix.parse("2001:db8::/64")
    assert address.prefix().is_single
