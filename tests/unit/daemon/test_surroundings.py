"""What surrounds scanwarden is found out, and what is not good comes with what to do about it."""

from collections import Counter
from pathlib import Path

import pytest

from scanwarden.daemon import surroundings
from scanwarden.errors import SensorError
from scanwarden.model.address import Address

PROXY, OTHER = Address.parse("10.0.0.7"), Address.parse("198.51.100.9")


def written(root: Path, name: str, content: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content)


@pytest.mark.parametrize(("is_synchronised", "level"), [(True, "good"), (False, "hint")])
def test_a_clock_that_nobody_keeps_right_is_a_hint(is_synchronised: bool, level: str) -> None:
    found = surroundings.clock(is_synchronised=lambda: is_synchronised)
    assert found.level == level
    assert (found.remedy is None) is is_synchronised


def test_the_kernel_is_asked_about_its_clock() -> None:
    assert surroundings.is_clock_synchronised() in (True, False)


@pytest.mark.parametrize(
    ("release", "level"),
    [("6.9.1", "good"), ("6.18.44-fc", "good"), ("6.8.0-45-generic", "hint"), ("4.18.0-553.el8", "hint")],
)
def test_a_kernel_without_owned_tables_is_a_hint(tmp_path: Path, release: str, level: str) -> None:
    (found,) = surroundings.kernel(release, tmp_path)
    assert (found.topic, found.level) == ("kernel", level)


def test_a_file_that_flushes_everything_matters_where_tables_cannot_be_owned(tmp_path: Path) -> None:
    written(tmp_path, "etc/nftables.conf", "#!/usr/sbin/nft -f\nflush ruleset\n")
    assert "conflicts" in [one.topic for one in surroundings.kernel("6.1.0", tmp_path)]
    assert "conflicts" not in [one.topic for one in surroundings.kernel("6.12.0", tmp_path)]


@pytest.mark.parametrize(("names", "count"), [("capability,landlock,apparmor", 1), ("capability,selinux", 2)])
def test_a_kernel_without_landlock_is_a_hint(tmp_path: Path, names: str, count: int) -> None:
    written(tmp_path, "sys/kernel/security/lsm", names)
    assert len(surroundings.kernel("6.12.0", tmp_path)) == count


@pytest.mark.parametrize(("enforce", "count"), [("1", 1), ("0", 0), (None, 0)])
def test_selinux_matters_when_it_enforces(tmp_path: Path, enforce: str | None, count: int) -> None:
    if enforce is not None:
        written(tmp_path, "sys/fs/selinux/enforce", enforce)
    found = surroundings.selinux(tmp_path)
    assert len(found) == count
    assert all("restorecon" in str(one.remedy) for one in found)


@pytest.mark.parametrize(
    ("counted", "is_told"),
    [
        ({PROXY: 19}, False),
        ({PROXY: 30}, True),
        ({PROXY: 30, OTHER: 3}, True),
        ({PROXY: 30, OTHER: 10}, False),
        ({}, False),
    ],
)
def test_one_address_that_stands_for_nearly_everybody_is_a_proxy(counted: dict[Address, int], is_told: bool) -> None:
    found = surroundings.proxy(lambda: Counter(counted))
    assert bool(found) is is_told
    assert all('allowlist = ["10.0.0.7"]' in str(one.remedy) for one in found)


def test_clients_that_cannot_be_counted_are_a_hint() -> None:
    def fail() -> Counter[Address]:
        raise SensorError("sockets cannot be listed: no")

    (found,) = surroundings.proxy(fail)
    assert (found.level, found.text) == ("hint", "sockets cannot be listed: no")


@pytest.mark.parametrize("name", ["fail2ban-server", "crowdsec", "portsentry", "psad", "sshguard", "firewalld"])
def test_programs_that_ban_or_own_the_firewall_are_named(tmp_path: Path, name: str) -> None:
    written(tmp_path, "proc/7/comm", f"{name}\n")
    written(tmp_path, "proc/8/comm", "bash\n")
    assert len(surroundings.others(tmp_path)) == 1


@pytest.mark.parametrize(("content", "count"), [("ENABLED=yes\n", 1), ("ENABLED=no\n", 0), ("# ENABLED=yes\n", 0)])
def test_ufw_is_named_when_it_is_enabled(tmp_path: Path, content: str, count: int) -> None:
    written(tmp_path, "etc/ufw/ufw.conf", content)
    assert len(surroundings.others(tmp_path)) == count
