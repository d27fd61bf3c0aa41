"""Record the golden captures again, with the real tools, in the lab: `python -m tests.golden.record [NAME…]` as root.

Each case becomes `NAME/input.pcap` and `NAME/case.toml`; `expected.jsonl` is the business of `test_cases.py`. Without
names all are recorded, and the capture that the demonstration replays as well.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scanwarden.lab import Lab, frames, inject, pcap
from scanwarden.lab.addresses import GATEWAY, GUARDED, SCANNER, SWEPT, address4, address6, mac
from scanwarden.lab.commands import run_command
from scanwarden.lab.demo_replay import CAPTURE
from scanwarden.lab.namespace import Namespace
from scanwarden.lab.recording import recording

HERE = Path(__file__).parent
MAX_BYTES = 100_000
QUARTER_HOUR_NS = 900 * 1_000_000_000

NMAP = "nmap -n -Pn"
DISCOVERY = "nmap -n -sn --disable-arp-ping --send-eth"
HPING = "hping3 -q -i u2000 -c 60 -p ++1"


class Case(NamedTuple):
    """What to record: the commands run one after the other on the scanner, or on the guarded host."""

    about: str
    commands: tuple[str, ...]
    is_sweep: bool = False
    runs_on_guarded: bool = False
    decoys: tuple[int, ...] = ()
    spacing_ns: int = 0


def one(about: str, command: str, *, runs_on_guarded: bool = False) -> Case:
    """Make a case of a single command."""
    return Case(about, (command,), runs_on_guarded=runs_on_guarded)


def sweep(about: str, command: str) -> Case:
    """Make a case of a single command against a guarded host with several addresses."""
    return Case(about, (command,), is_sweep=True)


CASES = {
    "syn-nmap": one("nmap -sS over 100 ports", f"{NMAP} -sS -F {{target}}"),
    "syn-five-ports": one("nmap -sS over five ports", f"{NMAP} -sS -p 23,135,445,3306,8080 {{target}}"),
    "syn-v6-nmap": one("nmap -6 -sS over 100 ports", "nmap -6 -n -Pn -sS -F {target6}"),
    "syn-masscan": one(
        "masscan over 200 ports",
        "timeout 3 masscan {target} --rate 5000 -e eth0 --adapter-ip {self} --router-mac {target_mac} --wait 1 -p1-200",
    ),
    "syn-hping3": one("hping3 -S over 60 ports", f"{HPING} -S {{target}}"),
    "syn-fragments": one("nmap -sS -f: headers in 8-byte fragments", f"{NMAP} -sS -f -F {{target}}"),
    "syn-bad-checksums": Case(
        "some pages, then nmap -sS --badsum: the host drops every probe",
        ("{client} http {target} 5", f"{NMAP} -sS --badsum --max-retries 1 -F {{target}}"),
    ),
    "syn-from-53": one("nmap -sS -g 53: every probe from the port of a name server", f"{NMAP} -sS -g 53 -F {{target}}"),
    "syn-fragments-16": one("nmap -sS --mtu 16: needless fragments", f"{NMAP} -sS --mtu 16 -F {{target}}"),
    "syn-ip-options": one("nmap -sS --ip-options T: a timestamp option", f"{NMAP} -sS --ip-options T -F {{target}}"),
    "syn-slow": Case(
        "nmap -sS, eight ports, times shifted to be a quarter of an hour apart",
        tuple(f"{NMAP} -sS -p {port} {{target}}" for port in (23, 110, 139, 445, 1433, 3306, 5900, 8080)),
        spacing_ns=QUARTER_HOUR_NS,
    ),
    "connect-nmap": one("nmap -sT over 100 ports", f"{NMAP} -sT -F {{target}}"),
    "connect-loop": one("a program that connects to 60 ports in turn", "{client} connect {target} 1-60"),
    "fin-nmap": one("nmap -sF over 100 ports", f"{NMAP} -sF -F {{target}}"),
    "null-nmap": one("nmap -sN over 100 ports", f"{NMAP} -sN -F {{target}}"),
    "xmas-nmap": one("nmap -sX over 100 ports", f"{NMAP} -sX -F {{target}}"),
    "maimon-nmap": one("nmap -sM over 100 ports", f"{NMAP} -sM -F {{target}}"),
    "ack-nmap": one("nmap -sA over 100 ports", f"{NMAP} -sA -F {{target}}"),
    "window-nmap": one("nmap -sW over 100 ports", f"{NMAP} -sW -F {{target}}"),
    "rst-nmap": one("nmap --scanflags RST", f"{NMAP} --scanflags RST --max-retries 1 -F {{target}}"),
    "synfin-nmap": one("nmap --scanflags SYNFIN", f"{NMAP} --scanflags SYNFIN -F {{target}}"),
    "urgent-nmap": one("nmap --scanflags URG", f"{NMAP} --scanflags URG -F {{target}}"),
    "all-flags-nmap": one(
        "nmap with all six flags", f"{NMAP} --scanflags URGACKPSHRSTSYNFIN --max-retries 1 -F {{target}}"
    ),
    "udp-nmap": one("nmap -sU over 50 ports", f"{NMAP} -sU --top-ports 50 {{target}}"),
    "udp-v6-nmap": one("nmap -6 -sU over 100 ports", "nmap -6 -n -Pn -sU -F {target6}"),
    "sctp-init-nmap": one("nmap -sY", f"{NMAP} -sY {{target}}"),
    "sctp-cookie-echo-nmap": one("nmap -sZ", f"{NMAP} -sZ {{target}}"),
    "ip-protocol-nmap": one("nmap -sO", f"{NMAP} -sO {{target}}"),
    "echo-sweep-nmap": sweep("nmap -PE over eight addresses", f"{DISCOVERY} -PE {{sweep}}"),
    "timestamp-sweep-nmap": sweep("nmap -PP over eight addresses", f"{DISCOVERY} -PP {{sweep}}"),
    "mask-sweep-nmap": sweep("nmap -PM over eight addresses", f"{DISCOVERY} -PM {{sweep}}"),
    "ack-ping-nmap": sweep("nmap -PA over eight addresses", f"{DISCOVERY} -PA22,80,443 {{sweep}}"),
    "arp-sweep-nmap": sweep("nmap -PR over a /24", "nmap -n -sn -PR {network}"),
    "open-port-zmap": sweep(
        "zmap, one open port over a /24",
        "zmap -q -p 80 {network} -i eth0 -G {target_mac} -S {self} -r 500 -b /dev/null -c 1 -o /dev/null",
    ),
    "decoys-nmap": Case(
        "nmap -sS -D with three decoys, over 50 ports",
        (f"{NMAP} -sS --top-ports 50 -D 10.77.1.61,10.77.1.62,10.77.1.63,ME {{target}}",),
        decoys=(61, 62, 63),
    ),
    "system-nmap": one("nmap -O: the system's fingerprint", f"{NMAP} -O --max-os-tries 1 -p 22,80,443 {{target}}"),
    "bounce-nmap": one(
        "nmap -b: our FTP server is told to connect elsewhere",
        f"{NMAP} -v -p 23,110,135,139,143,445 -b anonymous:x@{{target}} {{bystander}}",
    ),
    "harmless-pages": one("60 pages, a connection each", "{client} http {target} 60"),
    "harmless-ssh": one("40 SSH connections", "{client} ssh {target} 40"),
    "harmless-files": one("30 files over passive FTP", "{client} files {target} 30"),
    "harmless-lookups": one("60 name queries, a port each", "{client} lookups {target6} 60"),
    "harmless-mistake": one("one connection to a closed port", "{client} mistake {target} 8443"),
    "harmless-ping": one("twenty pings", "ping -n -c 20 -i 0.05 {target}"),
    "harmless-traceroute": one("traceroute by UDP", "traceroute -n -w 1 {target}"),
    "harmless-traceroute-syn": one("traceroute by SYN to an open port", "traceroute -n -w 1 -T -p 80 {target}"),
    "harmless-outgoing": one(
        "the guarded host itself connects to 60 closed ports elsewhere",
        "{client} connect {bystander} 1-60",
        runs_on_guarded=True,
    ),
}  # fmt: skip


def record(name: str, case: Case) -> None:
    """Record one case into its folder."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    extra = SWEPT if case.is_sweep else ()
    with Lab(extra_addresses=extra) as lab:
        for number in case.decoys:
            lab.add_neighbour(lab.guarded, number)
        host = lab.guarded if case.runs_on_guarded else lab.scanner
        kept = list(_recorded(lab, host, case))
    numbers = (GUARDED, *extra)
    _write(folder, kept, case.about, [f"{address4(n)}/32" for n in numbers] + [f"{address6(n)}/128" for n in numbers])


def _recorded(lab: Lab, host: Namespace, case: Case) -> Iterator[pcap.TimedFrame]:
    for index, command in enumerate(case.commands):
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "x.pcap"
            with recording(lab.guarded, path):
                run_command(host, command, limit_s=60)
            for time_ns, frame in pcap.read_pcap(path):
                yield time_ns + index * case.spacing_ns, frame


def record_forged_gateway() -> None:
    """Record SYNs that claim to come from the gateway, to three closed ports."""
    with Lab() as lab, tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "x.pcap"
        with recording(lab.guarded, path):
            inject.send_frames(lab.scanner, forged_syns(address4(GATEWAY), (23, 445, 3389)), interval_s=0.2)
        kept = pcap.read_pcap(path)
    folder = HERE / "forged-gateway"
    folder.mkdir(exist_ok=True)
    _write(folder, kept, "three SYNs forged from the gateway", [f"{address4(GUARDED)}/32", f"{address6(GUARDED)}/128"])


def forged_syns(source: str, ports: tuple[int, ...]) -> list[bytes]:
    """Return SYNs to the guarded host that claim to come from `source`."""
    target_mac, own_mac = frames.mac_bytes(mac(GUARDED)), frames.mac_bytes(mac(SCANNER))
    return [
        frames.ethernet(target_mac, own_mac, frames.packet(source, address4(GUARDED), frames.Tcp(40000, port, "S")))
        for port in ports
    ]


def record_demonstration() -> None:
    """Record what the demonstration replays without root: pages for one host, a scan by another."""
    with Lab() as lab, tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "x.pcap"
        with recording(lab.guarded, path, snap_bytes=128):
            run_command(lab.bystander, "{client} http {target} 10")
            run_command(lab.scanner, f"{NMAP} -sS -F {{target}}")
            run_command(lab.bystander, "{client} http {target} 10")
        CAPTURE.parent.mkdir(exist_ok=True)
        shutil.copy(path, CAPTURE)


def _write(folder: Path, kept: list[pcap.TimedFrame], about: str, home: list[str]) -> None:
    path = folder / "input.pcap"
    pcap.write_pcap(path, sorted(kept, key=lambda timed: timed[0]), snap_bytes=256)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path}: {path.stat().st_size} bytes, more than {MAX_BYTES}: record less")
    quoted = ", ".join(f'"{network}"' for network in home)
    (folder / "case.toml").write_text(f'about = "{about}"\nhome = [{quoted}]\n', encoding="utf-8")


def main(names: list[str]) -> None:
    """Record the named cases, or all."""
    for name in names or CASES:
        record(name, CASES[name])
    if not names:
        record_forged_gateway()
        record_demonstration()


if __name__ == "__main__":
    main(sys.argv[1:])
