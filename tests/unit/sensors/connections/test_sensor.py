"""Without the right to log, the sensor says what is missing."""

import asyncio
import socket

import pytest

from scanwarden.errors import SensorError
from scanwarden.model.attempt import Attempt
from scanwarden.sensors import nflog_group
from scanwarden.sensors.connections import ConnectionSensor


def test_a_refused_group_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(group: int, **_: int) -> socket.socket:
        raise PermissionError(1, f"group {group}")

    monkeypatch.setattr(nflog_group, "open_group", refused)
    taken: list[Attempt] = []
    with pytest.raises(SensorError, match="NFLOG group 7226: Operation not permitted"):
        asyncio.run(ConnectionSensor(taken.append, per_second=1, wall_ns=lambda: 1).run())
    assert taken == []
