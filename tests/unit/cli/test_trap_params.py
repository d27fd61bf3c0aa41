"""Options about traps."""

import click
import pytest

from scanwarden.cli.trap_params import TRAP
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.ports import PRESETS, TrapPorts


@pytest.mark.parametrize(
    ("text", "tcp", "udp"),
    [("1,11,70-79", "1,11,70-79", ""), ("tcp/79", "79", ""), ("udp/69,161", "", "69,161"), ("none", "", "")],
)
def test_traps_are_read_as_ports_of_a_protocol(text: str, tcp: str, udp: str) -> None:
    assert TRAP.convert(text, None, None) == TrapPorts(Ports.parse(tcp), Ports.parse(udp))


def test_a_ready_list_of_traps_has_a_name() -> None:
    assert TRAP.convert("middle", None, None) == PRESETS["middle"]


@pytest.mark.parametrize("text", ["", "0", "70000", "icmp/8", "udp/", "a few", "1/2/3"])
def test_what_cannot_be_trapped_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 1,11,70-79"):
        TRAP.convert(text, None, None)
