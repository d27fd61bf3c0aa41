"""Show detection without root: replay a capture that the lab recorded."""

import sys
from pathlib import Path

from scanwarden import hostcmd
from scanwarden.lab.addresses import GUARDED, SCANNER, address4
from scanwarden.lab.stage import Stage
from scanwarden.lab.watching import replay
from scanwarden.model.detection import Opened

CAPTURE = Path(__file__).parent / "captures" / "scan-and-visit.pcap"
"""A bystander fetches pages while a scanner tries a hundred ports; recorded by `tests/golden/record.py`."""


def show_replay(stage: Stage) -> None:
    """Replay the bundled capture; raises BrokenClaimError if the scan in it is not found."""
    stage.title("scanwarden: a recorded scan, replayed (run as root for the live one)")
    stage.step("A capture in which one host reads pages and another scans")
    stage.command(f"scanwarden replay --home {address4(GUARDED)} {CAPTURE.name}")
    command = [sys.executable, "-m", "scanwarden", "replay", "--home", address4(GUARDED), str(CAPTURE)]
    stage.quote(hostcmd.run(command, check=False, limit_s=30).text.rstrip().splitlines())
    found = [record for record in replay(CAPTURE, "--home", address4(GUARDED)) if isinstance(record, Opened)]
    stage.claim(
        [(str(scan.source.address), scan.techniques[:1]) for scan in found] == [(address4(SCANNER), ("tcp_syn",))],
        f"One scan, by {address4(SCANNER)}, named as a SYN scan; the reader of pages is not mentioned.",
        otherwise=f"expected one SYN scan by {address4(SCANNER)}, found {len(found)} scans",
    )
    stage.step("What root would add")
    stage.say(
        "`sudo make demo` builds three hosts from network namespaces, runs a real nmap against one of them while "
        "scanwarden watches, and shows the ban in the kernel's firewall: the scanner cut off, the bystander unharmed."
    )
