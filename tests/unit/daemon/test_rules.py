"""What was found out about the host becomes home, settings and rules."""

import json

import pytest

from scanwarden.daemon.protection import Protection
from scanwarden.daemon.rules import home_of, protected_table, rules_for, settings_for
from scanwarden.errors import SensorError
from scanwarden.model.address import Address, Prefix

FOUND = Protection(
    labels={
        Prefix.parse("127.0.0.1"): "own address on lo",
        Prefix.parse("::1"): "own address on lo",
        Prefix.parse("192.0.2.7"): "own address on eth0",
        Prefix.parse("fe80::7"): "own address on eth0",
        Prefix.parse("192.0.2.255"): "broadcast address of eth0",
        Prefix.parse("192.0.2.1"): "gateway of eth0",
        Prefix.parse("198.51.100.53"): "resolver",
    },
    on_link=(Prefix.parse("192.0.2.0/24"),),
)


def test_home_is_every_own_address_but_loopback() -> None:
    assert [str(home) for home in home_of(FOUND, ["eth0"])] == ["192.0.2.7/32", "fe80::7/128"]


def test_loopback_is_home_when_it_is_watched() -> None:
    assert "127.0.0.1/32" in map(str, home_of(FOUND, ["eth0", "lo"]))


def test_a_host_without_known_addresses_is_refused_with_the_reason() -> None:
    nothing = Protection(labels={}, on_link=(), gaps=("own addresses: program 'ip' is not installed",))
    with pytest.raises(SensorError, match=r"program 'ip' is not installed.*install iproute2"):
        home_of(nothing, ["eth0"])


def test_the_detector_learns_gateways_and_broadcast_addresses() -> None:
    settings = settings_for(FOUND, home=home_of(FOUND, ["eth0"]), sensor="live:eth0")
    assert json.loads(settings.as_json()) == {
        "home": ["192.0.2.7/32", "fe80::7/128"],
        "sensor": "live:eth0",
        "gateways": ["192.0.2.1"],
        "ignore_destination_broadcast": ["192.0.2.255"],
    }


@pytest.mark.parametrize(
    ("ban_time_s", "forgeable_s", "ladder_s"),
    [(60, 60, (60, 3600, 86400, 604800)), (7200, 600, (7200, 7200, 86400, 604800))],
)
def test_a_ban_time_is_that_of_first_bans_and_never_lengthens_forgeable_ones(
    ban_time_s: int, forgeable_s: int, ladder_s: tuple[int, ...]
) -> None:
    rules = rules_for(FOUND, allow=(), ban_time_s=ban_time_s)
    assert (rules.forgeable_ban_s, rules.ladder_s) == (forgeable_s, ladder_s)


def test_the_firewall_itself_knows_the_protected_and_the_allowed() -> None:
    table = protected_table(rules_for(FOUND, allow=[Prefix.parse("203.0.113.0/24")], ban_time_s=600))
    for address in ("192.0.2.1", "198.51.100.53", "203.0.113.9", "127.0.0.5", "224.0.0.1"):
        assert table.match(Address.parse(address)) is not None, address
    assert table.match(Address.parse("192.0.2.50")) is None
