"""Show a real scan, its detection and its ban, in a network of namespaces."""

import re
import tempfile
import time
from pathlib import Path

from scanwarden.formats.text.narrator import Narrator
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4
from scanwarden.lab.commands import argument_list, missing_programs, run_command
from scanwarden.lab.firewall import ban_in_force
from scanwarden.lab.names import sweep
from scanwarden.lab.namespace import Namespace
from scanwarden.lab.network import Lab
from scanwarden.lab.stage import BrokenClaimError, Stage
from scanwarden.lab.watching import Watcher, replay, watching
from scanwarden.model.detection import Opened
from scanwarden.model.records import Banned, Record

PORTS = 1000
SCAN = f"nmap -n -Pn -sS --min-rate 500 --max-retries 1 -p1-{PORTS} {{target}}"
_PATIENCE_S = 1.5


def show_live(stage: Stage) -> None:
    """Play the whole story; raises BrokenClaimError if something does not happen as told."""
    if missing := missing_programs([SCAN, "nft", "ip"]):
        raise BrokenClaimError(f"not installed: {', '.join(missing)}", remedy="run `make setup` as root")
    sweep()
    stage.title("scanwarden: a real scan, a real ban, in a network of its own")
    with tempfile.TemporaryDirectory(prefix="scanwarden-demo-") as folder, Lab() as lab:
        capture = Path(folder) / "seen.pcap"
        _show_network(stage, lab)
        stage.step("The guarded host starts to watch, and may ban")
        stage.command("scanwarden watch --interface eth0 --enforce --record seen.pcap")
        started_s = time.monotonic()
        with watching(lab.guarded, "--enforce", "--record", str(capture)) as watcher:
            stage.say(f"Ready after {time.monotonic() - started_s:.1f} s.")
            opened = _show_scan(stage, lab, watcher)
            _show_ban(stage, lab)
            told = watcher.finish()
        _show_replay(stage, capture, told, opened)


def _show_network(stage: Stage, lab: Lab) -> None:
    stage.step("Three hosts on a switch, each a network namespace of this kernel")
    for role, number in (("scanner", SCANNER), ("bystander", BYSTANDER), ("guarded host", GUARDED)):
        stage.say(f"{role:<13} {address4(number)}")
    both = can_fetch(lab.scanner) and can_fetch(lab.bystander)
    stage.claim(
        both,
        "Scanner and bystander can both fetch a page from the guarded host.",
        otherwise="the guarded host's page cannot be fetched before anything happened",
    )


def _show_scan(stage: Stage, lab: Lab, watcher: Watcher) -> Opened:
    stage.step(f"The scanner tries {PORTS:,} ports with nmap")
    stage.command(" ".join(argument_list(SCAN)))
    report = run_command(lab.scanner, SCAN, limit_s=45).text
    opened = watcher.wait_for(Opened)
    banned = watcher.wait_for(Banned)
    narrator = Narrator(is_live=True, paint=stage.paint)
    stage.quote([line for record in (opened, banned) for line in narrator.lines(record) if line])
    stage.claim(
        str(opened.source.address) == address4(SCANNER) and opened.techniques[:1] == ("tcp_syn",),
        f"Named as what it is: a SYN scan by {address4(SCANNER)}, "
        f"{_milliseconds(opened.time.seconds_since(opened.first_seen))} after its first probe.",
        otherwise=f"named {opened.source.address} and {', '.join(opened.techniques)} instead",
    )
    scans = watcher.of(Opened)
    stage.claim(len(scans) == 1, "One scan, one detection.", otherwise=f"{len(scans)} detections for one scan")
    answered = PORTS - unanswered_ports(report)
    stage.claim(
        answered < PORTS,
        f"The ban was in force {_milliseconds(banned.time.seconds_since(opened.first_seen))} after the first probe; "
        f"nmap got an answer for {answered:,} of {PORTS:,} ports.",
        otherwise="every port was answered: the ban came too late",
    )
    return opened


def _show_ban(stage: Stage, lab: Lab) -> None:
    stage.step("The firewall refuses the scanner, and only the scanner")
    element = ban_in_force(lab.guarded, address4(SCANNER))
    stage.claim(element is not None, f"nftables: {element}", otherwise="nftables does not refuse the scanner")
    stage.claim(
        not can_fetch(lab.scanner), "The scanner gets no page any more.", otherwise="the scanner still gets pages"
    )
    stage.claim(can_fetch(lab.bystander), "The bystander gets its page.", otherwise="the bystander was cut off")
    other = ban_in_force(lab.guarded, address4(BYSTANDER))
    stage.claim(other is None, "No ban names the bystander.", otherwise=f"the bystander is banned: {other}")


def _show_replay(stage: Stage, capture: Path, told: list[Record], opened: Opened) -> None:
    stage.step("The recorded packets, replayed, tell the same story")
    stage.command(f"scanwarden replay --home {address4(GUARDED)} seen.pcap")
    again = [record for record in replay(capture, "--home", address4(GUARDED)) if isinstance(record, Opened)]
    live = [record for record in told if isinstance(record, Opened)]
    stage.claim(
        [essence(record) for record in again] == [essence(record) for record in live] == [essence(opened)],
        f"The same detection, from {capture.stat().st_size:,} bytes of capture: same source, technique, "
        "ports, evidence and times.",
        otherwise=f"live gave {len(live)} scans, the replay {len(again)}, or they differ",
    )


def essence(opened: Opened) -> tuple[object, ...]:
    """Return what must be the same live and in replay: everything but the scan's id and the sensor's name."""
    return (
        *(opened.time, opened.first_seen, opened.last_seen),
        *(opened.source, opened.targets, opened.techniques, opened.pattern),
        *(opened.outcomes, opened.probes, opened.evidence.nats),
    )


def can_fetch(host: Namespace) -> bool:
    """Whether `host` gets a page from the guarded host within a second and a half."""
    try:
        with host.connect(address4(GUARDED), 80, limit_s=_PATIENCE_S) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except (TimeoutError, ConnectionError):
        return False


def unanswered_ports(report: str) -> int:
    """Return how many ports nmap had no answer from, as its report counts and lists them."""
    summed = re.search(r"(\d+) filtered", report)
    listed = re.findall(r"^\d+/tcp +filtered\b", report, flags=re.MULTILINE)
    return int(summed[1]) if summed else len(listed)


def _milliseconds(duration_s: float) -> str:
    return f"{duration_s * 1000:,.1f} ms" if duration_s < 1 else f"{duration_s:.1f} s"
