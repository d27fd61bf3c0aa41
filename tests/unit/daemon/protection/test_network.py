import pytest

from scanwarden.daemon.protection.found import Found
from scanwarden.daemon.protection.network import NextHop, OwnAddress, Route, Via, add_own, add_route


def needed(found: Found) -> dict[str, str]:
    return {str(prefix): why for prefix, why in found.labels.items()}


def test_own_addresses_come_with_their_broadcast_address_and_network() -> None:
    found = Found()
    add_own(OwnAddress(local="192.0.2.2", prefixlen=24, broadcast="192.0.2.255"), "eth0", found)
    add_own(OwnAddress(local="fd00::2", prefixlen=64), "eth0", found)
    add_own(OwnAddress(local="::1", prefixlen=128), "lo", found)
    assert needed(found) == {
        "192.0.2.2/32": "own address on eth0",
        "192.0.2.255/32": "broadcast address of eth0",
        "fd00::2/128": "own address on eth0",
        "::1/128": "own address on lo",
    }
    assert [str(network) for network in found.on_link] == ["192.0.2.0/24", "fd00::/64"]


@pytest.mark.parametrize(
    ("route", "gateways"),
    [
        (Route(dst="default", gateway="192.0.2.1", dev="eth0"), {"192.0.2.1/32": "gateway of eth0"}),
        (Route(dst="default", gateway="fe80::1", dev="eth0"), {"fe80::1/128": "gateway of eth0"}),
        (Route(dst="192.0.2.0/24", dev="eth0"), {}),
        (Route(dst="default", via=Via(host="fe80::2"), dev="wg0"), {"fe80::2/128": "gateway of wg0"}),
        (
            Route(
                dst="default", nexthops=[NextHop(gateway="192.0.2.1", dev="a"), NextHop(gateway="192.0.2.3", dev="b")]
            ),
            {"192.0.2.1/32": "gateway of a", "192.0.2.3/32": "gateway of b"},
        ),
        (Route(dst="default", gateway="::", dev="ppp0"), {}),
    ],
)
def test_gateways_are_found_in_every_form_of_route(route: Route, gateways: dict[str, str]) -> None:
    found = Found()
    add_route(route, found)
    assert needed(found) == gateways


def test_only_ipv6_networks_without_a_gateway_are_our_link() -> None:
    found = Found()
    for route in (
        Route(dst="2001:db8:1::/64", dev="eth0"),
        Route(dst="2001:db8:2::/64", dev="eth0", gateway="fe80::1"),
        Route(dst="2001:db8:3::/64", dev="lo", type="unreachable"),
    ):
        add_route(route, found)
    assert [str(network) for network in found.on_link] == ["2001:db8:1::/64"]
