"""The addresses to guard are read from the host's own listing."""

import json

import pytest

from scanwarden.errors import SensorError
from scanwarden.sensors.own_addresses import own_addresses, parse_addresses

LISTING = json.dumps(
    [
        {
            "ifname": "lo",
            "flags": ["LOOPBACK", "UP"],
            "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}],
        },
        {
            "ifname": "eth0",
            "addr_info": [
                {"family": "inet", "local": "192.0.2.7", "prefixlen": 24, "broadcast": "192.0.2.255"},
                {"family": "inet6", "local": "fe80::7", "prefixlen": 64, "scope": "link"},
            ],
        },
        {"ifname": "tun0", "addr_info": [{"family": "inet", "local": "10.8.0.2"}, {"family": "inet"}]},
        {"ifname": "eth1"},
        {},
    ]
).encode()


def test_every_address_of_the_host_is_home_but_not_loopback() -> None:
    own = parse_addresses(LISTING, ["eth0"])
    assert [str(home) for home in own.home] == ["10.8.0.2/32", "192.0.2.7/32", "fe80::7/128"]
    assert [str(address) for address in own.broadcast] == ["192.0.2.255"]
    assert own.interfaces == ("lo", "eth0", "tun0", "eth1")


def test_loopback_counts_when_it_is_watched() -> None:
    assert "127.0.0.1/32" in map(str, parse_addresses(LISTING, ["lo"]).home)


@pytest.mark.parametrize("listing", [b"", b"{}", b"[1]", b'[{"addr_info": [{"family": "inet", "local": "here"}]}]'])
def test_a_listing_that_is_none_is_refused_with_the_command_to_try(listing: bytes) -> None:
    with pytest.raises(SensorError) as caught:
        parse_addresses(listing, [])
    assert caught.value.remedy is not None
    assert "ip -json address show" in caught.value.remedy


def test_this_host_can_be_asked() -> None:
    assert "lo" in own_addresses(["lo"]).interfaces
