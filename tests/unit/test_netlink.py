"""Messages and attributes are written as the kernel reads them, and read as far as they are whole."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden import netlink


def test_a_message_says_how_long_it_is_and_ends_at_a_multiple_of_four() -> None:
    packed = netlink.message(20, netlink.REQUEST | netlink.DUMP, 7, b"abcde")
    assert packed == struct.pack("=IHHII", 21, 20, 0x301, 7, 0) + b"abcde\0\0\0"
    assert list(netlink.messages(packed + packed)) == 2 * [netlink.Message(20, 7, b"abcde")]


def test_attributes_are_read_by_number_whether_they_are_nested_or_not() -> None:
    packed = netlink.attribute(9, b"abc") + netlink.nested(3, netlink.attribute(1, b"x"))
    assert netlink.attributes(packed) == {9: b"abc", 3: netlink.attribute(1, b"x")}


def test_of_a_repeated_attribute_the_first_counts() -> None:
    assert netlink.attributes(netlink.attribute(1, b"a") + netlink.attribute(1, b"b")) == {1: b"a"}


@pytest.mark.parametrize("rest", [b"\x40\x00\x09\x00abc", b"\x03\x00\x09\x00", b"\x04"])
def test_attributes_that_are_cut_or_too_short_are_left_out(rest: bytes) -> None:
    assert netlink.attributes(netlink.attribute(9, b"abc") + rest) == {9: b"abc"}


@pytest.mark.parametrize(("body", "number"), [(struct.pack("=i", -17), 17), (bytes(20), 0), (b"", 0)])
def test_errors_are_told_as_numbers_above_zero(body: bytes, number: int) -> None:
    assert netlink.errno_of(body) == number


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(damaged: bytes) -> None:
    for one in netlink.messages(damaged):
        netlink.attributes(one.body)
    netlink.attributes(damaged)
