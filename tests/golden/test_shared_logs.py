"""Every recorded log gives what its row of the manifest expects."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from scanwarden.daemon.replay import Replay, ReplayOptions, Totals
from scanwarden.model.detection import Closed, Opened
from scanwarden.model.notice import Notice
from scanwarden.model.records import Decided, Record
from scanwarden.sensors.log_reading import LogReading
from tests.conftest import find_cases

# Files without any scanner or guesser: what they hold is harmless, let through, or no packet at all.
QUIET = (
    "crowdsec-hub/endlessh-syslogs/endlessh-logs.log",
    "crowdsec-hub/iptables-logs/iptables-logs.log",
    "crowdsec-hub/pf-logs/pf-logs.log",
    "crowdsec-hub/proxmox-iptables-logs/proxmox-iptables.log",
    "crowdsec-hub/sshd-logs-fp/sshd-logs.log",
    "crowdsec-hub/sshd-success-logs/sshd-success-logs.log",
    "psad/fwknop_spa_pkt",
    "psad/invalid_icmp_type_code",
    "psad/ipv4_igmp",
    "psad/ipv4_valid_ping",
    "psad/ipv6_invalid_icmp6_type_code",
    "psad/ipv6_ms_sql_server_sig_match",
    "psad/ipv6_ping_scan",
    "psad/mirai_default_credentials_scan",
    "psad/ms_sql_server_sig_match",
    "psad/reputation_scan",
    "psad/syslog_time_fmt1.log",
)
# What other tools concluded is told, as are failed logins in test files that wrap lines in a syntax of their own.
TOLD: Mapping[str, tuple[str, set[str]]] = {
    "crowdsec-hub/dropbear-logs/dropbear-logs.log": ("login_failures", {"192.168.9.163", "192.168.1.1"}),
    "fail2ban/portsentry": ("ids_alert", {"192.168.56.1"}),
    "fail2ban/scanlogd": ("ids_alert", {"192.0.2.123"}),
    "ossec/firewalld.ini": ("login_failures", set()),
    "ossec/pix.ini": ("login_failures", set()),
    "ossec/snort.ini": ("ids_alert", set()),
    "ossec/sshd.ini": (
        "login_failures",
        {
            *("192.168.1.1", "103.79.143.159", "202.188.45.36", "108.229.36.174", "188.18.81.21"),
            *("202.191.177.33", "192.241.237.101"),
        },
    ),
}
# Source, technique, pattern and what of the first target must be among the ports.
SCANS: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "crowdsec-hub/iptables-scan-multi-port/iptables-scan-multi-port.log": (
        ("62.34.17.168", "tcp_syn", "vertical", "8080"),
        ("127.0.0.2", "tcp_syn", "vertical", "53-68"),
    ),
    "crowdsec-hub/mikrotik-scan-multi_ports/mikrotik-scan-multi_ports.log": (
        ("36.97.161.219", "tcp_syn", "vertical", "23-39"),
    ),
    "crowdsec-hub/pf-scan-multi-port/pf-scan-multi-port.log": (("10.0.2.2", "tcp_syn", "vertical", "21-23"),),
    "psad/ack_scan_1000_1150": (("192.168.10.55", "tcp_ack", "vertical", "1000-1150"),),
    "psad/fin_scan_1000_1150": (("192.168.10.55", "tcp_fin", "vertical", "1000-1150"),),
    "psad/null_scan_1000_1150": (("192.168.10.55", "tcp_null", "vertical", "1000-1150"),),
    "psad/xmas_scan_1000_1150": (("192.168.10.55", "tcp_xmas", "vertical", "1000-1150"),),
    "psad/udp_scan_1000_1150": (("192.168.10.55", "udp", "vertical", "1000-1150"),),
    "psad/proto_scan": (("192.168.10.55", "ip_protocol", "vertical", "2-5"),),
    "psad/syn_scan_1000_1500": (("192.168.10.55", "tcp_syn", "vertical", "1000-1500"),),
    "psad/syn_scan_1000_1500_localhost": (("127.0.0.1", "tcp_syn", "vertical", "1000-1500"),),
    "psad/syn_scan_1000_1500_multi_dst": (("192.168.10.55", "tcp_syn", "block", "1000-1500"),),
    "psad/syn_scan_1000_1500_zeroip": (("0.0.0.0", "tcp_syn", "vertical", "1000-1500"),),  # noqa: S104 a source
    "psad/syn_sweep": (("192.168.10.55", "tcp_syn", "horizontal", "1083"),),
    "psad/ipv6_tcp_connect_nmap_default_scan": (("2001:db8:0:f101::2", "tcp_syn", "vertical", "1"),),
    "psad/topera_ipv6_syn_scan_no_ip_opts": (("2012:1234:1234::1", "tcp_syn", "vertical", "0-1023"),),
    "psad/topera_ipv6_syn_scan_with_ip_opts": (("2012:1234:1234::1", "tcp_syn", "vertical", "0-1023"),),
}
UNBANNABLE = ("127.0.0.2", "127.0.0.1", "0.0.0.0")  # noqa: S104 sources
# Who failed to log in, and who of them did so five times within ten minutes with a password.
LOGINS: Mapping[str, tuple[set[str], set[str]]] = {
    "opnsense-sshd/opnsense-sshd.log": ({"1.2.3.4"}, {"1.2.3.4"}),
    "ssh-bf/ssh-bf.log": ({"35.188.49.176"}, {"35.188.49.176"}),
    "ssh-slow-bf/ssh-slow-bf.log": ({"103.100.210.198"}, {"103.100.210.198"}),
    "ssh-time-based-bf/ssh-time-based-bf.log": ({f"10.0.0.{last}" for last in range(100, 104)}, set()),
    "ssh-timeout/ssh-timeout.log": ({"192.168.9.212", "192.168.9.213"}, set()),
    "sshd-bad-keyexchange-bf/sshd-bad-keyexchange-bf.log": (
        {"206.189.59.169", "123.57.135.134", "123.123.123.123"},
        set(),
    ),
    "sshd-invalid-bf/sshd-invalid-bf.log": ({"179.43.183.98"}, set()),
    "sshd-refused-conn/sshd-refused-conn.log": ({"192.168.1.1"}, set()),
    "sshd_banner_exchange/sshd_banner_exchange.log": ({"59.91.122.57"}, set()),
}
ALERTS: Mapping[str, set[str]] = {
    "suricata-eve-detect/suricata-eve-detect.log": {"1.2.3.4", "2.2.3.4"},
    "suricata-logs-evelog/suricata-logs-evelog.log": {"1.2.3.7"},
    "suricata-logs-fastlog/suricata-logs-fastlog.log": {"89.248.163.216"},
}
COVERED_ELSEWHERE = {"fail2ban/sshd", "crowdsec-hub/sshd-logs/sshd-logs.log"}  # below, with more to say


@pytest.fixture(scope="module")
def logs() -> Path:
    """Give the folder of recorded logs, or skip where there is none."""
    folder = find_cases()
    if folder is None or not (folder / "logs" / "manifest.tsv").is_file():
        pytest.skip("no recorded logs here: set SCANWARDEN_CASES to the folder that holds logs/")
    return folder / "logs"


def replayed(path: Path) -> tuple[list[Record], Totals]:
    told: list[Record] = []
    options = ReplayOptions(reading=LogReading(tells_each_failure=True, sums_up_failures=True, strips_path=True))
    totals = Replay(options, tell=told.append, progress=lambda _read, _total: None).run([str(path)])
    return told, totals


def sources(records: list[Record], kind: str) -> set[str]:
    return {str(one.source.address) for one in records if isinstance(one, Notice) and one.kind == kind and one.source}


def test_every_row_of_the_manifest_is_tested(logs: Path) -> None:
    rows = (logs / "manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]
    hub = {f"crowdsec-hub/{name}" for name in (*LOGINS, *ALERTS)}
    tested = {*QUIET, *TOLD, *SCANS, *hub, *COVERED_ELSEWHERE}
    assert {row.split("\t")[0] for row in rows} == tested


@pytest.mark.parametrize("name", QUIET)
def test_what_is_harmless_gives_nothing(logs: Path, name: str) -> None:
    told, totals = replayed(logs / name)
    assert totals.failures == []
    assert [type(one).__name__ for one in told] == ["Ready"]
    assert totals.lines > 0


@pytest.mark.parametrize("name", TOLD)
def test_other_tools_and_their_tests_are_understood(logs: Path, name: str) -> None:
    told, totals = replayed(logs / name)
    kind, named = TOLD[name]
    assert (totals.failures, totals.scans) == ([], 0)
    assert sources(told, kind) == named
    assert {one.kind for one in told if isinstance(one, Notice)} <= {kind, "login_failure"}


@pytest.mark.parametrize("name", SCANS)
def test_scanners_are_named_and_nobody_else(logs: Path, name: str) -> None:
    told, totals = replayed(logs / name)
    closed = [one for one in told if isinstance(one, Closed)]
    assert totals.failures == []
    assert len([one for one in told if isinstance(one, Opened)]) == len(closed) == len(SCANS[name])
    by_source = {str(one.source.address): one for one in closed}
    for source, technique, pattern, ports in SCANS[name]:
        scan = by_source[source]
        assert (technique in scan.techniques, scan.pattern) == (True, pattern)
        assert ports in msgspec.json.encode(scan.targets[0].touched, enc_hook=str).decode()


def test_one_scan_of_four_hosts_is_one_scan(logs: Path) -> None:
    told, _ = replayed(logs / "psad" / "syn_scan_1000_1500_multi_dst")
    (closed,) = [one for one in told if isinstance(one, Closed)]
    assert len(closed.targets) == 4


def test_every_probed_protocol_number_is_kept(logs: Path) -> None:
    told, _ = replayed(logs / "psad" / "proto_scan")
    (closed,) = [one for one in told if isinstance(one, Closed)]
    numbers = closed.targets[0].ip_protocol
    assert numbers is not None
    assert sum(last - first + 1 for first, last in numbers.ranges) >= 245


@pytest.mark.parametrize("name", SCANS)
def test_nobodys_addresses_are_noted_and_spared(logs: Path, name: str) -> None:
    told, _ = replayed(logs / name)
    decided = {(str(one.source.address), one.action) for one in told if isinstance(one, Decided) and one.source}
    for source, *_ in SCANS[name]:
        action = "spare" if source in UNBANNABLE else "ban"
        assert any(whom == source or ":" in source for whom, done in decided if done == action), decided


@pytest.mark.parametrize("name", LOGINS)
def test_failed_logins_name_their_sources(logs: Path, name: str) -> None:
    told, totals = replayed(logs / "crowdsec-hub" / name)
    failed, guessing = LOGINS[name]
    assert (sources(told, "login_failure"), sources(told, "login_guessing")) == (failed, guessing)
    assert sources(told, "login_failures") == failed
    assert (totals.failures, totals.scans) == ([], 0)


@pytest.mark.parametrize("name", ALERTS)
def test_alerts_of_a_scan_class_are_noted(logs: Path, name: str) -> None:
    told, totals = replayed(logs / "crowdsec-hub" / name)
    assert sources(told, "ids_alert") == ALERTS[name]
    assert (totals.failures, totals.scans) == ([], 0)


@pytest.mark.parametrize(("name", "fewest"), [("fail2ban/sshd", 60), ("crowdsec-hub/sshd-logs/sshd-logs.log", 16)])
def test_message_shapes_of_all_ages_are_read(logs: Path, name: str, fewest: int) -> None:
    """Read line for line against its annotation in the Rust tests; here through the whole program."""
    told, totals = replayed(logs / name)
    assert totals.failures == []
    assert len(sources(told, "login_failure")) >= fewest
    assert totals.scans == 0
