"""The files of the old guides, migrated, do what they did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.config.sections.logs import ConnectionsSettings
from scanwarden.config.sections.responders_hosts_deny import HostsDenySettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.migrate import iplog, portsentry
from scanwarden.model.detection import Opened
from scanwarden.responders.hosts_deny import HostsDenyResponder
from scanwarden.sensors.traps import wanted_ports
from scanwarden.sensors.traps.ports import PRESETS
from scanwarden.sinks.connection_log import is_ignored
from tests.e2e.service_host import serving
from tests.unit.migrate.migrated import OLD, section_of, text_of
from tests.unit.responders.samples import ban_of
from tests.unit.sinks.test_connection_log import attempt

NMAP = "nmap -sT -n -Pn -p79,111 --max-retries 1 --host-timeout 10s {target}"


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Give a lab network, or skip where nmap is missing."""
    if missing := missing_programs([NMAP]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        yield running


def migrated_portsentry() -> str:
    return text_of(portsentry.migrate, (OLD / "portsentry-1.conf").read_text(encoding="utf-8"))


@pytest.mark.kernel
def test_the_portsentry_file_of_the_guides_bans_who_connects_to_its_ports(lab: Lab) -> None:
    settings = migrated_portsentry().replace("/var/lib/portsentry", "FOLDER/db")
    policy, _, more = settings.partition("[policy]\n")[2].partition("\n\n")
    with serving(lab, policy, more=more) as host:
        host.wait(lambda: "32771" in host.nft("list", "table", "inet", "scanwarden_traps"))
        with lab.bystander.connect(address4(GUARDED), 22):
            pass
        run_command(lab.scanner, NMAP)
        host.wait(lambda: host.in_kernel(address4(SCANNER)))
        host.wait(lambda: bool(host.records(Opened)))  # the ban may be in force before it is told
        (scan,) = host.records(Opened)
        history = host.folder / "db/portsentry.history"
        host.wait(lambda: history.exists() and "Blocked" in history.read_text(encoding="ascii"))
        assert f"Host: {address4(SCANNER)}/{address4(SCANNER)} Port: " in history.read_text(encoding="ascii")
    assert (scan.source.verified, len(scan.evidence.parts)) == (True, 1), "SCAN_TRIGGER 0: the first connection alerts"


def test_the_portsentry_file_of_the_guides_sets_its_ports_and_its_line(tmp_path: Path) -> None:
    text = migrated_portsentry()
    assert wanted_ports(section_of(text, TrapsSettings)) == PRESETS["middle"]
    form = section_of(text, HostsDenySettings).form
    responder = HostsDenyResponder(tmp_path / "hosts.deny", form=form)
    responder.prepare()
    responder.ban([ban_of("192.0.2.7")])
    assert "ALL: 192.0.2.7 : DENY\n" in (tmp_path / "hosts.deny").read_text(encoding="ascii")


@pytest.mark.parametrize(
    ("protocol", "source", "more", "is_left_out"),
    [
        ("tcp", "192.168.0.7", {"target_port": 80}, True),
        ("tcp", "203.0.113.7", {"target_port": 80}, False),  # "log tcp from !192.168.0.0/… dport 1:1023" comes first
        ("tcp", "192.168.0.7", {"target_port": 22}, False),
        ("icmp", "192.168.0.7", {}, True),
        ("icmp", "203.0.113.7", {}, False),
        ("udp", "10.1.2.3", {"source_port": 53, "target_port": 40000}, True),
        ("udp", "203.0.113.7", {"source_port": 53, "target_port": 40000}, False),
    ],
)
def test_the_iplog_file_of_the_guides_leaves_out_the_same_lines(
    protocol: str, source: str, more: dict[str, int], is_left_out: bool
) -> None:
    text = text_of(iplog.migrate, (OLD / "iplog.conf").read_text(encoding="utf-8"))
    settings = section_of(text, ConnectionsSettings)
    assert settings.enabled
    assert is_ignored(attempt(protocol, source, **more), settings) is is_left_out
