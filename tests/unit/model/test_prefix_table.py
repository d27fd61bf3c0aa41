from ipaddress import IPv4Network, IPv6Network, collapse_addresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.model.address import Address, Prefix
from scanwarden.model.prefix_table import PrefixTable

TABLE = PrefixTable(
    {
        Prefix.parse("10.0.0.0/8"): "site",
        Prefix.parse("10.1.2.3"): "gateway",
        Prefix.parse("fd77:1::/64"): "lan",
        Prefix.parse("::1"): "loopback",
    }
)


@pytest.mark.parametrize(
    ("wanted", "label"),
    [("10.1.2.3", "gateway"), ("10.9.9.9", "site"), ("fd77:1::5", "lan"), ("192.0.2.1", None), ("fd77:2::5", None)],
)
def test_the_longest_network_that_holds_an_address_is_found(wanted: str, label: str | None) -> None:
    found = TABLE.match(Address.parse(wanted))
    assert (found and found[1]) == label


@pytest.mark.parametrize(
    ("wanted", "label"),
    [("10.1.2.0/24", "site"), ("0.0.0.0/0", "site"), ("::/64", "loopback"), ("fd00::/8", "lan"), ("11.0.0.0/8", None)],
)
def test_a_network_that_shares_an_address_is_found(wanted: str, label: str | None) -> None:
    found = TABLE.overlap(Prefix.parse(wanted))
    assert (found and found[1]) == label


def test_of_a_network_listed_twice_the_first_label_stays() -> None:
    assert TABLE.with_added({Prefix.parse("::1"): "again"}).label(Prefix.parse("::1")) == "loopback"


networks = st.builds(
    lambda value, length, version: Prefix.around(value.to_bytes(version, "big"), length + (0 if version == 4 else 96)),
    st.integers(min_value=0, max_value=255),
    st.integers(min_value=20, max_value=32),
    st.sampled_from([4, 16]),
)


@given(st.lists(networks, max_size=30))
def test_merged_networks_are_what_the_standard_library_collapses_to(listed: list[Prefix]) -> None:
    merged = PrefixTable([(network, "") for network in listed]).merged()
    expected = [
        *collapse_addresses(IPv4Network(str(p)) for p in listed if p.version == 4),
        *collapse_addresses(IPv6Network(str(p)) for p in listed if p.version == 6),
    ]
    assert [str(p) for p in merged] == [str(network) for network in expected]


@given(st.lists(networks, max_size=20), networks)
def test_overlap_is_what_comparing_one_by_one_finds(listed: list[Prefix], wanted: Prefix) -> None:
    table = PrefixTable([(network, "") for network in listed])
    assert (table.overlap(wanted) is not None) == any(network.overlaps(wanted) for network in listed)
    found = table.match(wanted)
    holding = [network for network in listed if network.contains(wanted)]
    assert (found and found[0]) == max(holding, key=lambda network: network.length, default=None)
