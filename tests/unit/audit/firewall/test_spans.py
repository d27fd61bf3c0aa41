from ipaddress import ip_address
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.audit.firewall.spans import Spans, everybody, network_texts

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


def numbers(spans: Spans) -> set[int]:
    return {number for first, last in spans.ranges for number in range(first, last + 1)}


@given(RANGES, RANGES)
def test_set_operations_are_those_of_sets(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    one, other = Spans(left), Spans(right)
    assert numbers(one | other) == numbers(one) | numbers(other)
    assert numbers(one & other) == numbers(one) & numbers(other)
    assert numbers(one - other) == numbers(one) - numbers(other)
    assert one.size == len(numbers(one))
    assert all(number in one for number in numbers(one))


@given(RANGES)
def test_ranges_are_ascending_and_never_touch(ranges: list[tuple[int, int]]) -> None:
    found = Spans(ranges).ranges
    assert all(first <= last for first, last in found)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("network", "texts"),
    [("192.0.2.0/24", ["192.0.2.0/24"]), ("192.0.2.7", ["192.0.2.7"]), ("192.0.2.7/31", ["192.0.2.6/31"])],
)
def test_networks_are_written_as_people_write_them(network: str, texts: list[str]) -> None:
    assert network_texts(Spans.network(network), 4, limit=9) == texts


def test_a_range_that_is_no_network_is_written_as_a_range() -> None:
    span = Spans([(int(ip_address("192.0.2.1")), int(ip_address("192.0.2.5")))])
    assert network_texts(span, 4, limit=9) == ["192.0.2.1-192.0.2.5"]


@pytest.mark.parametrize("address", ["127.0.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255"])  # noqa: S104
def test_nobody_outside_sends_from_an_address_that_is_not_unicast(address: str) -> None:
    assert int(ip_address(address)) not in everybody(4)
