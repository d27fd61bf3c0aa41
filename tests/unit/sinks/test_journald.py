"""The journal's native protocol, spoken to a socket of our own."""

import socket
import struct
from pathlib import Path

import pytest

from scanwarden.sinks.base import SinkError
from scanwarden.sinks.journald import Journal, entry_of
from tests.samples import BAN, DECISION, NOTICE, OPENED, READY, record


def fields_of(entry: bytes) -> dict[str, str]:
    """Read an entry as the journal does."""
    found = {}
    while entry:
        line, _, entry = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (size,) = struct.unpack_from("<Q", entry)
            value, entry = entry[8 : 8 + size], entry[8 + size + 1 :]
        found[name.decode()] = value.decode()
    return found


@pytest.mark.parametrize("shape", [OPENED, DECISION, BAN, NOTICE, READY])
def test_every_record_is_an_entry_with_a_message(tmp_path: Path, shape: dict[str, object]) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        sink = Journal(path)
        sink.write(record(shape))
        sink.close()
        fields = fields_of(receiver.recv(1 << 20))
    assert fields["MESSAGE"].strip()
    assert fields["SCANWARDEN_EVENT"] == shape["event"]
    assert fields["SYSLOG_IDENTIFIER"] == "scanwarden"


def test_parts_of_a_scan_are_fields() -> None:
    fields = fields_of(entry_of(record(OPENED, severity=5), "text"))
    wanted = {"SOURCE": "10.77.1.50", "TECHNIQUES": "tcp_syn", "SEVERITY": "5", "TOOL": "nmap", "SCAN": OPENED["id"]}
    assert {name: fields[f"SCANWARDEN_{name}"] for name in wanted} == wanted
    assert fields["PRIORITY"] == "3"


def test_a_line_feed_in_a_message_forges_no_field() -> None:
    fields = fields_of(entry_of(record(OPENED), "a\nPRIORITY=0\n_UID=0"))
    assert fields["MESSAGE"] == "a\nPRIORITY=0\n_UID=0"
    assert fields["PRIORITY"] == "5"
    assert "_UID" not in fields


def test_a_missing_journal_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="takes nothing"):
        Journal(tmp_path / "nothing").write(record(OPENED))
