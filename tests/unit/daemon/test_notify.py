"""systemd is told in its own words; without it nothing happens."""

import os
import socket
from pathlib import Path

import pytest

from scanwarden.daemon.notify import Supervisor


def test_states_reach_the_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        supervisor = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        supervisor.ready("watching eth0")
        assert listener.recv(200) == b"READY=1\nSTATUS=watching eth0"
        supervisor.reloading()
        assert listener.recv(200).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        supervisor.alive()
        assert listener.recv(200) == b"WATCHDOG=1"


def test_without_systemd_or_when_it_is_gone_nothing_happens(tmp_path: Path) -> None:
    Supervisor({}).ready("on")
    gone = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "none")})
    gone.ready("on")
    gone.stopping()


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon", "WATCHDOG_PID": str(os.getpid())}, None),
    ],
)
def test_the_watchdog_is_ours_only_if_it_names_us(environment: dict[str, str], watchdog_s: float | None) -> None:
    assert Supervisor(environment).watchdog_s == watchdog_s
