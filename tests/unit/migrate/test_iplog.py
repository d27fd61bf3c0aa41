"""Every statement of iplog.conf becomes a setting, a rule or a remark."""

from typing import Any

import pytest

from scanwarden.config.sections.logs import ConnectionsSettings
from scanwarden.config.sections.sinks_jsonl import JsonlSettings
from scanwarden.config.sections.sinks_syslog import SyslogSettings
from scanwarden.config.sections.watch import WatchSettings
from scanwarden.migrate.iplog import migrate
from scanwarden.migrate.iplog_switches import WHY
from tests.unit.migrate.migrated import OLD, section_of, text_of, why


def rules(statement: str, kind: str = "ignore") -> list[dict[str, str]]:
    """Give what each rule of our connection log says, as texts."""
    section = section_of(text_of(migrate, f"{statement}\n"), ConnectionsSettings)
    found = getattr(section, kind)
    return [{name: str(value) for name in one.__struct_fields__ if (value := getattr(one, name))} for one in found]


def test_the_file_of_the_guides_migrates() -> None:
    text = text_of(migrate, (OLD / "iplog.conf").read_text())
    connections = section_of(text, ConnectionsSettings)
    assert (connections.enabled, str(connections.file)) == (True, "/var/log/iplog")
    first, _, third = connections.ignore
    assert (first.protocol, str(first.target_ports), first.source) == ("tcp", "80", None)
    assert (third.protocol, str(third.source)) == ("icmp", "192.168.0.0/24")
    watch = section_of(text, WatchSettings)
    assert (watch.interfaces, watch.promiscuous) == (("eth0", "lo"), True)
    assert section_of(text, JsonlSettings).format == "iplog"


def test_without_a_log_file_scans_go_to_syslog() -> None:
    syslog = section_of(text_of(migrate, "facility log_local3\n"), SyslogSettings)
    assert (syslog.enabled, syslog.format, syslog.facility) == (True, "iplog", "local3")


@pytest.mark.parametrize(
    ("statement", "conditions"),
    [
        ("ignore tcp dport 80", {"target_ports": "80"}),
        ("ignore tcp dport http", {"target_ports": "80"}),
        ("IGNORE TCP DPORT 6000:6010", {"target_ports": "6000-6010"}),
        ("ignore tcp sport 1024:", {"source_ports": "1024-65535"}),
        ("ignore tcp dport !80", {"target_ports": "0-79,81-65535"}),
        ("ignore tcp from 10.1.2.3/8", {"source": "10.0.0.0/8"}),
        ("ignore tcp from 10.0.0.0/255.255.0.0", {"source": "10.0.0.0/16"}),
        ("ignore tcp from !10.0.0.1 to *", {"source_outside": "10.0.0.1/32"}),
        ("ignore tcp to !10.0.0.0/8", {"target_outside": "10.0.0.0/8"}),
        ("ignore tcp dport 80 # web", {"target_ports": "80"}),
        ("ignore tcp /* web */ dport 80", {"target_ports": "80"}),
    ],
)
def test_a_rule_keeps_its_conditions(statement: str, conditions: dict[str, str]) -> None:
    assert rules(statement) == [{"protocol": "tcp"} | conditions]


@pytest.mark.parametrize(
    ("kind", "numbers"), [("echo", "8"), ("ICMP_ECHOREPLY", "0"), ("13", "13"), ("!echo", "0-7,9-255")]
)
def test_an_icmp_rule_keeps_its_type(kind: str, numbers: str) -> None:
    assert rules(f"ignore icmp type {kind}") == [{"protocol": "icmp", "icmp_types": numbers}]


def test_rules_to_log_come_before_those_to_ignore() -> None:
    assert rules("log tcp dport 22", "always") == [{"protocol": "tcp", "target_ports": "22"}]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ignore gre", "names neither tcp nor udp nor icmp"),
        ("ignore tcp dport", "has no value after"),
        ("ignore tcp type echo", "does not know for tcp"),
        ("ignore icmp dport 3", "does not know for icmp"),
        ("ignore tcp from router", "write its address"),
        ("ignore tcp from 10.0.0.0/255.0.255.0", "not all at the front"),
        ("ignore tcp from ::1", "no IPv4 network"),
        ("ignore tcp dport nosuchservice", "no service in /etc/services"),
        ("ignore tcp dport 90:80", "larger than its last"),
        ("ignore tcp dport !0:", "never holds"),
        ("ignore icmp type 256", "no ICMP type"),
        ("interface this-name-is-far-too-long", "no interface can have"),
        ("promisc lan", "write the networks into [watch] home"),
        ("logfile iplog", "is no absolute path"),
        ("facility log_mail", "our syslog sink has only"),
        ("priority log_info", "follows from the severity"),
        ("user nobody", "systemd unit"),
        ("group nobody", "systemd unit"),
        ("pid-file /run/x", "systemd"),
        ("set tcp maybe", "neither true nor false"),
        ("set tcp", "is written down unless"),
        ("set nonsense", "is no switch"),
        ("nonsense", "is no statement"),
        *((f"set {key} true", reason) for key, reason in WHY.items()),
    ],
)
def test_what_has_no_equal_says_why(statement: str, reason: str) -> None:
    assert reason in why(text_of(migrate, f"{statement}\n"), statement)


@pytest.mark.parametrize(("statement", "enabled"), [("set scans_only", False), ("set scans_only false", True)])
def test_scans_only_turns_the_connection_log_off(statement: str, enabled: bool) -> None:
    assert section_of(text_of(migrate, f"{statement}\n"), ConnectionsSettings).enabled is enabled


def test_a_protocol_that_is_off_is_ignored() -> None:
    assert rules("set udp false") == [{"protocol": "udp"}]


@pytest.mark.parametrize("text", ["/* ignore tcp\ndport 80 */\n", "/* never closed\nignore tcp\n"])
def test_comments_may_span_lines(text: str) -> None:
    section: Any = section_of(text_of(migrate, text), ConnectionsSettings)
    assert section.ignore == ()
