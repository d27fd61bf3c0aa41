"""Names of ports."""

import socket

import pytest

from scanwarden.charts.ports import port_label, port_name


def test_well_known_ports_have_a_name() -> None:
    assert port_name("tcp/22") == "ssh"
    assert port_name("tcp/64999") == ""
    assert port_label("udp/53") == "udp/53 dns"
    assert port_label("udp/53", short=True) == "53 dns"
    assert port_label("tcp/*", short=True) == "tcp/*"


def test_other_ports_have_the_name_of_the_hosts_list(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, str]] = []

    def listed(number: int, protocol: str) -> str:
        asked.append((number, protocol))
        return "example-service"

    monkeypatch.setattr(socket, "getservbyport", listed)
    assert [port_name("sctp/64998"), port_name("sctp/64998")] == ["example-service"] * 2
    assert asked == [(64998, "sctp")]


@pytest.mark.parametrize("port", ["icmp/8", "tcp/*", "", "tcp/99999999"])
def test_what_is_no_port_has_no_name(port: str) -> None:
    assert port_name(port) == ""
