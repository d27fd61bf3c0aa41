"""The connections command, as it is typed."""

import json
import socket

from click.testing import CliRunner

from scanwarden.audit.connections import Peer
from scanwarden.cli.connections import command, table
from scanwarden.formats.text.layout import unpainted
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports


def peer(last: int, *, half_open: int = 0) -> Peer:
    address = Address.parse(f"2001:db8:1234:5678:9abc:def0:1234:{last}")
    return Peer(address=address, half_open=half_open, established=1, closing=0, ports=Ports({22, 80, 443, 8080}))


def test_a_connection_to_a_server_of_ours_is_listed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            told = CliRunner().invoke(command, ["--format", "json", "--limit", "10000"], standalone_mode=False)
    rows = [json.loads(line) for line in told.output.splitlines()]
    assert any(str(port) in row["ports"] and row["address"] == "127.0.0.1" for row in rows)
    assert told.return_value == 0


def test_rows_are_cut_at_the_limit_and_summed_over_all() -> None:
    lines = table([peer(number, half_open=number) for number in range(9)], 2, unpainted)
    assert len(lines) == 4
    assert lines[-1] == "9 sources (7 not shown): 36 half-open, 9 established, 0 closing"


def test_nobody_is_said_in_words() -> None:
    assert table([], 5, unpainted) == ["nobody is connected"]
