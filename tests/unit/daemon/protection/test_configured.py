from pathlib import Path

from scanwarden.daemon.protection.configured import add_resolvers, add_time_servers
from scanwarden.daemon.protection.found import Found


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_resolvers_behind_a_stub_are_found_too(tmp_path: Path) -> None:
    write(tmp_path, "etc/resolv.conf", "# stub\nsearch example.net\nnameserver 127.0.0.53\noptions edns0\n")
    write(
        tmp_path,
        "run/systemd/resolve/resolv.conf",
        "nameserver 192.0.2.53\nnameserver\tfe80::53%eth0 # x\nnameserver\n",
    )
    found = Found()
    add_resolvers(found, tmp_path)
    assert {str(p): why for p, why in found.labels.items()} == {
        "127.0.0.53/32": "resolver",
        "192.0.2.53/32": "resolver",
        "fe80::53/128": "resolver",
    }
    assert not found.gaps


def test_numeric_time_servers_of_chrony_ntpd_and_timesyncd_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        "etc/chrony/chrony.conf",
        "pool 2.debian.pool.ntp.org iburst\nserver 192.0.2.1 iburst\n! server 192.0.2.9\n",
    )
    write(tmp_path, "etc/chrony/sources.d/x.sources", "peer 192.0.2.2\n")
    write(tmp_path, "etc/ntp.conf", "server -6 2001:db8::1\nrestrict 192.0.2.8\n")
    write(tmp_path, "etc/systemd/timesyncd.conf", "[Time]\n#NTP=192.0.2.7\nNTP=192.0.2.3 ntp.example.net\n")
    found = Found()
    add_time_servers(found, tmp_path)
    assert sorted(str(prefix.address) for prefix in found.labels) == [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "2001:db8::1",
    ]


def test_absent_files_are_no_gap_and_binary_ones_no_failure(tmp_path: Path) -> None:
    found = Found()
    add_resolvers(found, tmp_path)
    assert not found.gaps
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_bytes(bytes(range(256)) * 10)
    add_resolvers(found, tmp_path)
    assert not found.labels
