import pytest

from scanwarden.audit.baseline import drift, propose
from scanwarden.audit.openings import Opening
from scanwarden.config.allow import ExpectedPort
from tests.unit.audit.openings import opening, reach


def expected(*entries: str) -> list[ExpectedPort]:
    return [ExpectedPort.parse(entry) for entry in entries]


@pytest.mark.parametrize(
    ("found", "entries", "differences"),
    [
        (opening(443), ["443/tcp"], []),
        (opening(5432), ["443/tcp"], ["unexpected 5432/tcp server", "missing 443/tcp "]),
        (opening(443), ["400-500/tcp"], []),
        (opening(53, protocol="udp"), ["53/tcp"], ["unexpected 53/udp server", "missing 53/tcp "]),
        (opening(22, reach(22, "blocked")), ["22/tcp"], ["missing 22/tcp "]),
        (opening(22, reach(22, "depends", sources=("203.0.113.0/24",))), ["22/tcp from 203.0.113.0/24"], []),
        (opening(22, reach(22, "depends", sources=("203.0.113.7",))), ["22/tcp from 203.0.113.0/24"], []),
        (opening(22, reach(22, "depends", sources=("203.0.113.1-203.0.113.9",))), ["22/tcp from 203.0.113.0/24"], []),
        (opening(22, reach(22, "depends", sources=("203.0.112.0/23",))), ["22/tcp from 203.0.113.0/24"],
         ["wider 22/tcp server"]),
        (opening(22), ["22/tcp from 203.0.113.0/24"], ["wider 22/tcp server"]),
        (opening(22, reach(22, address="2001:db8::1")), ["22/tcp from 203.0.113.0/24"], ["wider 22/tcp server"]),
        (opening(22, reach(22, "unknown")), ["443/tcp"], ["unexpected 22/tcp server", "missing 443/tcp "]),
        (opening(80, reach(8080)), ["8080/tcp"], []),
        (opening(80, reach(80, "depends", needs_route=True)), [], []),
        (opening(1, protocol="raw"), [], []),
    ],
)  # fmt: skip
def test_differences(found: Opening, entries: list[str], differences: list[str]) -> None:
    assert [one.key for one in drift([found], expected(*entries))] == differences


def test_a_port_open_in_two_ways_is_one_difference() -> None:
    found = opening(22, reach(22), reach(22, address="2001:db8::1"))
    assert len(drift([found], expected("80/tcp"))) == 2  # it, and the missing 80/tcp


def test_what_is_proposed_is_what_then_is_expected() -> None:
    openings = [
        opening(443),
        opening(22, reach(22, "depends", sources=("203.0.113.0/24", "192.0.2.1-192.0.2.2"))),
        opening(80, reach(8080)),
        opening(5432, reach(5432, "blocked")),
        opening(53, protocol="udp"),
    ]
    proposed = propose(openings)
    assert proposed == [
        "22/tcp from 192.0.2.1/32",
        "22/tcp from 192.0.2.2/32",
        "22/tcp from 203.0.113.0/24",
        "53/udp",
        "443/tcp",
        "8080/tcp",
    ]
    assert drift(openings, expected(*proposed)) == []
