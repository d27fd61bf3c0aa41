"""What keeps the bus away is said, within a limit, and never with a secret."""

import asyncio
import socket
from pathlib import Path

import pytest

from scanwarden.fleet import nats_bus
from scanwarden.fleet.errors import BusError
from scanwarden.fleet.nats_bus import NatsBus


def test_a_server_that_is_not_there_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_bus, "CONNECT_S", 0.5)
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(BusError) as told:
            asyncio.run(NatsBus.connect((f"nats://me:secret@127.0.0.1:{port}",), name="test"))
    assert f"no NATS server answers at nats://127.0.0.1:{port}: Connection refused" in str(told.value)


def test_credentials_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="cannot be read"):
        asyncio.run(NatsBus.connect(("nats://127.0.0.1:1",), credentials=tmp_path / "none", name="test"))
