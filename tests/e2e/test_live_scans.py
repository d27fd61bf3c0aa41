"""Watch a guarded host live: real scanners are named and banned, everybody else is left alone.

One lab serves the module; each test has its own watch and starts with an empty firewall.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.lab import Lab, inject
from scanwarden.lab.addresses import GATEWAY, GUARDED, SCANNER, SWEPT, address4, address6
from scanwarden.lab.commands import run_command
from scanwarden.lab.firewall import ban_in_force
from scanwarden.lab.scans import SWEEPS, RealScan
from scanwarden.lab.traffic import HARMLESS_TRAFFIC, RealTraffic
from scanwarden.lab.watching import replay, statements, watching
from scanwarden.model.detection import Closed, Opened
from scanwarden.model.records import Banned, Decided
from tests.golden.record import forged_syns

pytestmark = pytest.mark.kernel

# Once banned, the scanner hears nothing more; these keep nmap from waiting for it.
HURRIED = "--max-retries 1 --min-rate 400"
NMAP = f"nmap -n -Pn {HURRIED}"

SCANS = [
    ("tcp_syn", f"{NMAP} -sS -p1-1000 {{target}}"),
    ("tcp_connect", f"{NMAP} -sT -p1-1000 {{target}}"),
    ("tcp_fin", f"{NMAP} -sF -F {{target}}"),
    ("tcp_null", f"{NMAP} -sN -F {{target}}"),
    ("tcp_xmas", f"{NMAP} -sX -F {{target}}"),
    ("tcp_maimon", f"{NMAP} -sM -F {{target}}"),
    ("tcp_ack", f"{NMAP} -sA -F {{target}}"),
    ("udp", f"{NMAP} -sU --top-ports 50 {{target}}"),
    ("tcp_syn", f"nmap -6 -n -Pn {HURRIED} -sS -F {{target6}}"),
    ("tcp_syn", f"{NMAP} -sS -f -F {{target}}"),
    (
        "tcp_syn",
        "timeout 2 masscan {target} --rate 5000 -e eth0 --adapter-ip {self} --router-mac {target_mac} -p1-1000",
    ),
    ("tcp_syn", "hping3 -q -S -i u2000 -c 100 -p ++1 {target}"),
]


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture(scope="module")
def sweep_lab() -> Iterator[Lab]:
    with Lab(extra_addresses=SWEPT) as running:
        yield running


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """Give the module's lab with no ban left from the test before."""
    shared_lab.guarded.run(["nft", "flush", "ruleset"])
    return shared_lab


@pytest.mark.parametrize(("technique", "command"), SCANS, ids=[command for _, command in SCANS])
def test_scan_is_detected_once_named_and_banned(lab: Lab, technique: str, command: str) -> None:
    source = address6(SCANNER) if "{target6}" in command else address4(SCANNER)
    with watching(lab.guarded, "--enforce") as watcher:
        run_command(lab.scanner, command)
        watcher.wait_for(Banned)
        element = ban_in_force(lab.guarded, source)
        told = watcher.finish()
    opened = [record for record in told if isinstance(record, Opened)]
    assert [(str(scan.source.address), scan.techniques[0]) for scan in opened] == [(source, technique)]
    assert {str(ban.source) for ban in told if isinstance(ban, Banned)} == {str(opened[0].source.prefix)}
    assert element is not None


@pytest.mark.parametrize("scan", SWEEPS, ids=lambda scan: scan.name)
def test_sweep_of_several_addresses_is_detected_once(sweep_lab: Lab, scan: RealScan) -> None:
    with watching(sweep_lab.guarded) as watcher:
        run_command(sweep_lab.scanner, scan.command)
        told = watcher.finish()
    (closed,) = [record for record in told if isinstance(record, Closed)]
    assert str(closed.source.address) == scan.source
    assert set(closed.techniques) & set(scan.techniques)
    assert closed.tool is None or closed.tool.name == scan.tool


@pytest.mark.parametrize("traffic", HARMLESS_TRAFFIC, ids=lambda traffic: traffic.name)
def test_harmless_traffic_is_not_mentioned(lab: Lab, traffic: RealTraffic) -> None:
    host = lab.guarded if traffic.runs_on_guarded else lab.scanner
    with watching(lab.guarded, "--enforce") as watcher:
        run_command(host, traffic.command)
        told = watcher.finish()
    assert not [record for record in told if isinstance(record, Opened | Banned)]


def test_scan_forged_from_the_gateway_bans_nobody(lab: Lab) -> None:
    with watching(lab.guarded, "--enforce") as watcher:
        inject.send_frames(lab.scanner, forged_syns(address4(GATEWAY), tuple(range(1, 40))), interval_s=0.002)
        decided = watcher.wait_for(Decided)
        assert ban_in_force(lab.guarded, address4(GATEWAY)) is None
        assert lab.guarded.run(["ping", "-n", "-c", "1", "-W", "2", address4(GATEWAY)]).returncode == 0
        told = watcher.finish()
    assert decided.action == "spare"
    assert not [record for record in told if isinstance(record, Banned)]


@pytest.mark.parametrize(
    "commands",
    [
        (f"{NMAP} -sS -p1-300 {{target}}", "{client} http {target} 20"),
        (f"{NMAP} -sU --top-ports 30 {{target}}", f"{NMAP} -sX -F {{target}}"),
        (f"nmap -6 -n -Pn {HURRIED} -sT -F {{target6}}", "{client} ssh {target} 10"),
    ],
)
def test_recorded_packets_replay_to_what_was_stated_live(lab: Lab, tmp_path: Path, commands: tuple[str, ...]) -> None:
    capture = tmp_path / "seen.pcap"
    with watching(lab.guarded, "--record", str(capture)) as watcher:
        for command in commands:
            run_command(lab.scanner, command)
        live = statements(watcher.finish())
    again = statements(replay(capture, "--home", address4(GUARDED), "--home", address6(GUARDED)))
    assert [record for record in live if isinstance(record, Opened)]
    assert again == live
