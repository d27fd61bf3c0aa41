"""The ruleset leads exactly the trapped ports here, and what was led here is read back."""

import asyncio
import socket

import pytest

from scanwarden.errors import SensorError
from scanwarden.hostcmd import CommandNotFoundError
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.ports import TrapPorts
from scanwarden.sensors.traps.redirect import RedirectDoor, elements, parse_sockaddr, table

PORTS = TrapPorts(Ports([79, 111]), Ports())
OWN: dict[tuple[int, int], int] = {
    (socket.AF_INET, socket.SOCK_STREAM): 40001,
    (socket.AF_INET6, socket.SOCK_DGRAM): 40002,
}


def test_the_elements_replace_each_other_in_one_transaction_and_expire() -> None:
    assert elements(PORTS).splitlines() == [
        "flush set inet scanwarden_traps tcp_ports",
        "add element inet scanwarden_traps tcp_ports { 79 timeout 15s, 111 timeout 15s }",
        "flush set inet scanwarden_traps udp_ports",
    ]


def test_the_table_is_made_anew_with_a_rule_for_each_socket() -> None:
    lines = [line.strip() for line in table(OWN).splitlines()]
    assert lines[:2] == ["add table inet scanwarden_traps", "delete table inet scanwarden_traps"]
    assert "meta nfproto ipv4 tcp dport @tcp_ports redirect to :40001" in lines
    assert "meta nfproto ipv6 udp dport @udp_ports redirect to :40002" in lines
    assert "meta nfproto ipv4 tcp dport 40001 ct status & dnat != dnat reject with tcp reset" in lines
    assert lines.count('iifname "lo" return') == 2


@pytest.mark.parametrize(
    ("packed", "asked"),
    [
        (b"\x02\x00\x00\x4f\x0a\x4d\x01\x0a" + bytes(8), ("10.77.1.10", 79)),
        (b"\x0a\x00\x00\x4f" + bytes(4) + Address.parse("fd77::1").packed + bytes(4), ("fd77::1", 79)),
        (b"\x02\x00\x00\x4f", None),
        (b"\x0a\x00\x00\x4f" + bytes(8), None),
        (b"\x63\x00" + bytes(30), None),
        (b"", None),
    ],
)
def test_the_original_destination_is_read(packed: bytes, asked: tuple[str, int] | None) -> None:
    native_order = packed if socket.htons(1) != 1 or len(packed) < 2 else packed[1::-1] + packed[2:]
    found = parse_sockaddr(native_order)
    assert (None if found is None else (str(found[0]), found[1])) == asked


class Nft:
    """Take what would be given to nft, and fail where told to."""

    def __init__(self, failures: int = 0) -> None:
        self.given: list[str] = []
        self._failures = failures

    async def __call__(self, argv: list[str], stdin: bytes) -> None:
        assert argv == ["nft", "-f", "-"]
        self.given.append(stdin.decode())
        if len(self.given) <= self._failures:
            raise CommandNotFoundError("nft", ())


async def lead(door: RedirectDoor, *many: TrapPorts) -> None:
    try:
        for ports in many:
            assert await door.lead(ports) == ports
    finally:
        await door.close()


def test_only_the_first_time_makes_the_table() -> None:
    nft = Nft()
    asyncio.run(lead(RedirectDoor(nft), PORTS, TrapPorts()))
    assert [text.startswith("add table") for text in nft.given] == [True, False, True]
    assert nft.given[-1] == "add table inet scanwarden_traps\ndelete table inet scanwarden_traps\n"


def test_without_nft_it_says_what_to_do() -> None:
    with pytest.raises(SensorError, match="traps cannot be set by nftables") as failed:
        asyncio.run(lead(RedirectDoor(Nft(failures=9)), PORTS))
    assert failed.value.remedy == 'set method = "bind"'
