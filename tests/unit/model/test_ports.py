"""Ports stay compact ranges, whatever order they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.errors import PortsError
from scanwarden.model.ports import Ports


@pytest.mark.parametrize(
    ("text", "shown", "count"),
    [
        ("", "", 0),
        ("22", "22", 1),
        ("80,22,81,79", "22,79-81", 4),
        ("1-10,5-20,21", "1-21", 21),
        ("0-65535", "0-65535", 65536),
        (" 1 - 3 , 5 ", "1-3,5", 4),
    ],
)
def test_ranges_are_sorted_joined_and_counted(text: str, shown: str, count: int) -> None:
    ports = Ports.parse(text)
    assert str(ports) == shown
    assert len(ports) == count


@pytest.mark.parametrize(
    "text", ["x", "1,", "-1", "1-", "3-1", "65536", "1-2-3", "1--2", "1,-2", "1.0", "1e2", "٣", "999999"]
)
def test_what_is_no_port_list_is_refused(text: str) -> None:
    with pytest.raises(PortsError):
        Ports.parse(text)


@given(st.sets(st.integers(0, 65535), max_size=200))
def test_text_round_trips(numbers: set[int]) -> None:
    ports = Ports(numbers)
    assert set(ports) == numbers
    assert Ports.parse(str(ports)) == ports
    assert all(number in ports for number in numbers)
    assert bool(Ports.parse(str(ports))) == bool(numbers)


@given(st.text("0123456789,-", max_size=12))
def test_a_text_that_is_kept_means_the_ranges_it_names(text: str) -> None:
    try:
        ports = Ports.parse(text)
    except PortsError:
        return
    assert str(ports) == str(Ports(ports))


@pytest.mark.parametrize("text", ["1", "0-65535", "22,80,1000-1024", "1-2,4"])
def test_what_is_written_as_we_write_it_stays_as_it_is(text: str) -> None:
    assert str(Ports.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [("2,1", "1-2"), ("5-5", "5"), ("1,2", "1-2"), ("007", "7"), ("1-3,2-9", "1-9"), ("1, 3", "1,3")],
)
def test_what_is_written_otherwise_is_written_as_we_do(text: str, written: str) -> None:
    assert str(Ports.parse(text)) == written


@pytest.mark.parametrize("text", ["65536", "1-65536", "5-3", "1,70000"])
def test_numbers_that_are_no_ports_are_refused(text: str) -> None:
    with pytest.raises(PortsError):
        Ports.parse(text)


@given(st.sets(st.integers(0, 65535), max_size=200), st.integers(1, 20))
def test_a_text_that_is_kept_is_counted_and_cut_without_its_ranges(numbers: set[int], most: int) -> None:
    ports, read = Ports(numbers), Ports.parse(str(Ports(numbers)))
    assert len(read) == len(numbers)
    assert read.first_ranges(most) == ports.ranges[:most] == ports.first_ranges(most)
    assert bool(read) == bool(numbers)


@given(st.lists(st.sets(st.integers(0, 300), max_size=40), max_size=4))
def test_sets_are_united_however_they_came_to_be(sets: list[set[int]]) -> None:
    union = set().union(*sets)
    assert set(Ports.united(map(Ports, sets))) == union
    assert str(Ports.united(Ports.parse(str(Ports(one))) for one in sets)) == str(Ports(union))
