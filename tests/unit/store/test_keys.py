"""Keys sort so that a network is a range of keys."""

from hypothesis import given
from hypothesis import strategies as st

from scanwarden.model.address import Address, Prefix
from scanwarden.store.keys import enclosing, key_of, key_range, neighbourhood, network_of

NETWORKS = st.one_of(
    st.builds(Prefix.around, st.binary(min_size=4, max_size=4), st.integers(0, 32)),
    st.builds(Prefix.around, st.binary(min_size=16, max_size=16), st.integers(0, 128)),
)


@given(NETWORKS)
def test_a_network_reads_back_from_its_key(network: Prefix) -> None:
    assert network_of(*key_of(network)) == network


@given(NETWORKS, NETWORKS)
def test_a_key_lies_in_the_range_of_a_network_when_the_network_holds_it(outer: Prefix, inner: Prefix) -> None:
    if outer.version != inner.version:
        return
    first, last = key_range(outer)
    assert (first <= key_of(inner.address.prefix()).key <= last) == outer.contains(inner.address)


@given(NETWORKS)
def test_the_enclosing_networks_are_those_that_hold_it(network: Prefix) -> None:
    around = [network_of(*key) for key in enclosing(network)]
    assert len(around) == network.length
    assert all(other.contains(network) and other.length < network.length for other in around)


def test_a_source_is_counted_under_its_neighbourhood() -> None:
    assert str(neighbourhood(Address.parse("203.0.113.7"))) == "203.0.113.0/24"
    assert str(neighbourhood(Address.parse("2001:db8:1:2::7"))) == "2001:db8:1::/48"
