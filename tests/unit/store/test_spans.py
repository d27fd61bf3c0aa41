"""Ports add up over targets as few ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.model.address import Address
from scanwarden.model.detection import Target
from scanwarden.model.ports import Ports
from scanwarden.store.spans import MAX_SPANS, MAX_TEXT_CHARS, Span, joined, size, spans_of, text_of, without

NUMBERS = st.sets(st.integers(0, 300), max_size=60)


def target(last: int, tcp: str, udp: str | None = None) -> Target:
    return Target(
        address=Address(bytes([192, 0, 2, last])), tcp=Ports.parse(tcp), udp=Ports.parse(udp) if udp else None
    )


def spans(numbers: set[int]) -> list[Span]:
    return joined((number, number) for number in numbers)


def numbers(found: list[Span]) -> set[int]:
    return {number for first, last in found for number in range(first, last + 1)}


def test_the_ports_of_all_targets_are_joined_by_protocol() -> None:
    assert spans_of([target(1, "1-5,9", "53"), target(2, "6-8,80")]) == {6: [(1, 9), (80, 80)], 17: [(53, 53)]}


@given(NUMBERS, NUMBERS)
def test_taking_away_spans_is_taking_away_their_numbers(some: set[int], others: set[int]) -> None:
    assert numbers(without(spans(some), spans(others))) == some - others
    assert size(spans(some)) == len(some)


def test_too_many_ranges_become_a_few_that_hold_them_all() -> None:
    ports = ",".join(str(number * number) for number in range(256) if number * number <= 65535)
    many = f"{ports},{','.join(str(number) for number in range(1, 60000, 97))}"
    found = spans_of([target(1, many)])[6]
    assert len(found) == MAX_SPANS
    assert all(any(first <= port <= last for first, last in found) for port in Ports.parse(many))
    assert found == joined(found)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({6: [(22, 22), (80, 90)], 17: [(53, 53)]}, "tcp 22,80-90; udp 53"),
        ({}, ""),
        ({256: [(0, 255)]}, "ip_protocol 0-255"),
    ],
)
def test_ports_are_written_for_a_list(found: dict[int, list[Span]], text: str) -> None:
    assert text_of(found) == text


def test_a_long_list_of_ports_is_cut_after_a_whole_one() -> None:
    text = text_of({6: [(port, port) for port in range(1, 65535, 2)]})
    assert len(text) <= MAX_TEXT_CHARS + 2
    assert text.endswith(",…")
    assert text[:-2].rpartition(",")[2].isdigit()
