"""The doctor names what is missing or in the way, with a remedy."""

from pathlib import Path

import pytest

from scanwarden.daemon.doctor import examine, examine_responder
from scanwarden.daemon.protection import Protection
from scanwarden.daemon.surroundings import Finding
from scanwarden.responders.contract import Obstacle

ALL = (1 << 12) | (1 << 13)
FILES = {
    "proc/7/comm": "fail2ban-server\n",
    "etc/firewalld/firewalld.conf": "LogDenied=off\n",
    "run/log/journal/x": "",
    "sys/class/net/lo/flags": "0x9\n",
}


def findings(root: Path, *, capabilities: int = ALL, obstacles: tuple[Obstacle, ...] = ()) -> list[Finding]:
    nobody = Protection(labels={}, on_link=(), gaps=("sessions cannot be read",))
    return examine(nobody, check_firewall=lambda: obstacles, root=root, capabilities=capabilities)


def texts(found: list[Finding], level: str) -> str:
    return "\n".join(f"{one.topic}: {one.text}" for one in found if one.level == level)


def test_a_troubled_host_is_told_everything_with_remedies(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = findings(tmp_path, capabilities=0, obstacles=(Obstacle(lacks="nft is not installed", remedy="install it"),))
    bad, hints = texts(found, "bad"), texts(found, "hint")
    for part in ("CAP_NET_RAW is missing", "CAP_NET_ADMIN is missing", "nft is not installed", "no interface is up"):
        assert part in bad
    for part in ("fail2ban", "firewalld does not log", "journal is kept in memory", "hosts.deny", "sessions", "off;"):
        assert part in hints
    assert all(one.remedy for one in found if one.level == "bad")


@pytest.mark.parametrize(("flags", "is_up"), [("0x1003", True), ("0x1002", False)])
def test_an_interface_counts_when_it_is_up(tmp_path: Path, flags: str, is_up: bool) -> None:
    (tmp_path / "sys/class/net/eth0").mkdir(parents=True)
    (tmp_path / "sys/class/net/eth0/flags").write_text(flags)
    assert ("up: eth0" in texts(findings(tmp_path), "good")) is is_up


def test_a_responder_says_what_it_lacks_and_what_to_do() -> None:
    (ready,) = examine_responder("route", tuple)
    assert (ready.topic, ready.level) == ("responder route", "good")
    (lacking,) = examine_responder("route", lambda: [Obstacle(lacks="iproute2", remedy="install it")])
    assert (lacking.level, lacking.text, lacking.remedy) == ("bad", "iproute2", "install it")
