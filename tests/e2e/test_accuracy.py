"""Measure a few cases of the accuracy report, from the wire to the page; `make accuracy` measures all of them."""

from collections.abc import Iterator

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.accuracy.live import decoy_scans, scan_verdict, traffic_alarms
from scanwarden.lab.accuracy.page import page
from scanwarden.lab.accuracy.results import Results
from scanwarden.lab.accuracy.verdict import Verdict
from scanwarden.lab.commands import missing_programs
from scanwarden.lab.scans import REAL_SCANS, RealScan
from scanwarden.lab.traffic import HARMLESS_TRAFFIC

pytestmark = pytest.mark.kernel

NAMES = ("syn_nmap", "syn_masscan", "xmas_hping3", "connect_loop", "udp_v6_nmap", "sctp_init_nmap", "system_nmap")
SCANS = [scan for scan in REAL_SCANS if scan.name in NAMES]
DECOYS = [scan for count in (3, 20) for scan in decoy_scans(2, decoys=count, seed=7)]
QUIET = [one for one in HARMLESS_TRAFFIC if one.name in {"pages_curl", "passive_files", "traceroute_udp"}]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab network, or skip where a scanner is missing."""
    if missing := missing_programs([*(scan.command for scan in SCANS), *(one.command for one in QUIET)]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        yield running


@pytest.fixture(scope="module")
def measured(lab: Lab) -> dict[str, Verdict]:
    """Give the verdict on every scan by name."""
    return {scan.name: scan_verdict(lab, scan) for scan in (*SCANS, *DECOYS)}


@pytest.mark.parametrize("scan", [*SCANS, *DECOYS], ids=lambda scan: scan.name)
def test_nothing_is_wrong_with_a_measured_scan(measured: dict[str, Verdict], scan: RealScan) -> None:
    assert measured[scan.name].faults == []


def test_harmless_programs_raise_no_alarm_live_or_in_replay(lab: Lab) -> None:
    quiet = [traffic_alarms(lab, one) for one in QUIET]
    assert [(one.alarms, one.replays_alike, one.failure) for one in quiet] == [((), True, None)] * len(QUIET)


def test_page_is_written_from_what_was_measured(measured: dict[str, Verdict]) -> None:
    scans = tuple((scan, measured[scan.name]) for scan in SCANS)
    results = Results(scans=scans, traffic=(), crafted=(), workloads=(), decoys={})
    text = page(results, command="x", day="2026-01-01", programs=(), seeds=0)
    for name, verdict in measured.items():
        if name in NAMES:
            assert f"| {name} | " in text
            assert f"| {verdict.contacts} | " in text


def test_a_program_that_does_not_end_in_time_is_a_fault(lab: Lab) -> None:
    scan = RealScan(name="endless", command="ping -n -q {target}", techniques=("icmp_echo",), limit_s=0.2)
    (fault,) = scan_verdict(lab, scan).faults
    assert "0.4 s" in fault
