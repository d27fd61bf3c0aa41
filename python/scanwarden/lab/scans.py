"""List the scans that real tools make in the lab, with what a detector must say about each.

A line holds the command, run on the scanner against the guarded host (`commands` explains the words in braces), and
the techniques of which at least one must be named. Sweeps need a lab whose guarded host owns the `SWEPT`
addresses as well.
"""

from typing import Final

import msgspec

from scanwarden.lab.addresses import SCANNER, address4, address6


class RealScan(msgspec.Struct, frozen=True, kw_only=True):
    """One scan by a real tool.

    `tool` is the name a fingerprint may give: `connect` for what any system's own connections look like, None where no
    name would be right.
    """

    name: str
    command: str
    techniques: tuple[str, ...]
    tool: str | None = "nmap"
    pattern: str | None = "vertical"
    group: str | None = None
    is_sweep: bool = False
    limit_s: float = 30.0

    @property
    def source(self) -> str:
        """Return the address that must be named as the source, or as a member."""
        return address6(SCANNER) if "{target6}" in self.command else address4(SCANNER)


_NMAP = "nmap -n -Pn"
_HPING = "hping3 -q -i u2000 -c 100 -p ++1"
_MASSCAN = (
    # masscan can hang after its last packet; what it sent by then is the scan.
    "timeout 3 masscan {target} --rate 5000 -e eth0 --adapter-ip {self} --adapter-port 40000-41023 "
    "--router-mac {target_mac} --wait 1"
)
_NPING = "nping -q --rate 400 -c 1"
_DISCOVERY = "nmap -n -sn --disable-arp-ping --send-eth"


def _scan(name: str, command: str, *techniques: str) -> RealScan:
    return RealScan(name=name, command=command, techniques=techniques)


def _by(tool: str | None, name: str, command: str, *techniques: str) -> RealScan:
    return RealScan(name=name, command=command, techniques=techniques, tool=tool)


def _sweep(tool: str | None, name: str, command: str, *techniques: str) -> RealScan:
    return RealScan(name=name, command=command, techniques=techniques, tool=tool, pattern=None, is_sweep=True)


VERTICAL: Final = (
    _scan("syn_nmap", _NMAP + " -sS -p1-1000 {target}", "tcp_syn"),
    _scan("syn_nmap_slowly", _NMAP + " -sS -T2 -p 21-28 {target}", "tcp_syn"),
    _by("masscan", "syn_masscan", _MASSCAN + " -p1-1000", "tcp_syn"),
    _by("hping3", "syn_hping3", _HPING + " -S {target}", "tcp_syn"),
    _by(None, "syn_nping", _NPING + " --tcp --flags syn -p 1-100 {target}", "tcp_syn"),
    _by("connect", "connect_nmap", _NMAP + " -sT -p1-1000 {target}", "tcp_connect", "tcp_syn"),
    _by("connect", "connect_loop", "{client} connect {target} 1-200", "tcp_connect", "tcp_syn"),
    _by("connect", "connect_nping", _NPING + " --tcp-connect -p 1-100 {target}", "tcp_connect", "tcp_syn"),
    _scan("fin_nmap", _NMAP + " -sF -F {target}", "tcp_fin"),
    _by("hping3", "fin_hping3", _HPING + " -F {target}", "tcp_fin"),
    _scan("null_nmap", _NMAP + " -sN -F {target}", "tcp_null"),
    _by("hping3", "null_hping3", _HPING + " {target}", "tcp_null"),
    _scan("xmas_nmap", _NMAP + " -sX -F {target}", "tcp_xmas"),
    _by("hping3", "xmas_hping3", _HPING + " -F -P -U {target}", "tcp_xmas"),
    _scan("maimon_nmap", _NMAP + " -sM -F {target}", "tcp_maimon"),
    _by("hping3", "maimon_hping3", _HPING + " -F -A {target}", "tcp_maimon"),
    _scan("ack_nmap", _NMAP + " -sA -F {target}", "tcp_ack"),
    _scan("window_nmap", _NMAP + " -sW -F {target}", "tcp_ack"),
    _by("hping3", "ack_hping3", _HPING + " -A {target}", "tcp_ack"),
    _scan("rst_nmap", _NMAP + " --scanflags RST --max-retries 1 -F {target}", "tcp_rst", "tcp_flags"),
    _by("hping3", "rst_hping3", _HPING + " -R {target}", "tcp_rst", "tcp_flags"),
    _scan("synfin_nmap", _NMAP + " --scanflags SYNFIN -F {target}", "tcp_synfin"),
    _by("hping3", "synfin_hping3", _HPING + " -S -F {target}", "tcp_synfin"),
    _scan("urgent_nmap", _NMAP + " --scanflags URG -F {target}", "tcp_flags"),
    _by("hping3", "urgent_hping3", _HPING + " -U {target}", "tcp_flags"),
    _scan("all_flags_nmap", _NMAP + " --scanflags URGACKPSHRSTSYNFIN --max-retries 1 -F {target}", "tcp_flags"),
    _scan("udp_nmap", _NMAP + " -sU --top-ports 50 {target}", "udp"),
    _by("hping3", "udp_hping3", _HPING + " --udp {target}", "udp"),
    _by(None, "udp_nping", _NPING + " --udp -p 1000-1100 {target}", "udp"),
    _by("masscan", "udp_masscan", _MASSCAN + " -pU:1000-1100", "udp"),
    _scan("sctp_init_nmap", _NMAP + " -sY {target}", "sctp_init"),
    _by("masscan", "sctp_init_masscan", _MASSCAN + " -pS:1000-1100", "sctp_init"),
    _scan("sctp_cookie_echo_nmap", _NMAP + " -sZ {target}", "sctp_cookie_echo"),
    _scan("ip_protocol_nmap", _NMAP + " -sO {target}", "ip_protocol"),
    _scan("fragments_nmap", _NMAP + " -sS -f -F {target}", "tcp_syn"),
    _by("hping3", "fragments_hping3", _HPING + " -S -f {target}", "tcp_syn"),
    _scan("source_port_nmap", _NMAP + " -sS -g 53 -F {target}", "tcp_syn"),
    _scan("bad_checksum_nmap", _NMAP + " -sS --badsum --max-retries 1 -F {target}", "tcp_syn"),
    _scan("ip_options_nmap", _NMAP + " -sS --ip-options T -F {target}", "tcp_syn"),
    _scan("syn_v6_nmap", "nmap -6 -n -Pn -sS -p1-1000 {target6}", "tcp_syn"),
    _by("connect", "connect_v6_loop", "{client} connect {target6} 1-200", "tcp_connect", "tcp_syn"),
    _scan("udp_v6_nmap", "nmap -6 -n -Pn -sU -F {target6}", "udp"),
    _scan("fin_v6_nmap", "nmap -6 -n -Pn -sF -F {target6}", "tcp_fin"),
)
"""Scans of one host over many ports."""

STAGED: Final = (
    RealScan(
        name="versions_nmap",
        command=_NMAP + " -sV --version-intensity 0 -p 22,23,80,443,3306,8080 {target}",
        techniques=("tcp_syn", "tcp_connect"),
        limit_s=60,
    ),
    RealScan(
        name="system_nmap",
        command=_NMAP + " -O --max-os-tries 1 -p 22,80,443 {target}",
        techniques=("tcp_syn", "tcp_null", "tcp_flags", "udp"),
        limit_s=60,
    ),
    RealScan(
        name="everything_nmap",
        command=_NMAP + " -A --version-intensity 0 --script-timeout 4s -p- {target}",
        techniques=("tcp_syn",),
        limit_s=120,
    ),
    RealScan(
        name="bounce_nmap",
        command=_NMAP + " -v -p 23,110,111,135,139,143,445,993 -b anonymous:x@{target} {bystander}",
        techniques=("ftp_bounce",),
        tool=None,
        pattern=None,
        limit_s=90,
    ),
)
"""Scans in several stages, or through somebody else."""

GROUPED: Final = (
    RealScan(
        name="decoys_nmap",
        command=_NMAP + " -sS -F -D 10.77.1.61,10.77.1.62,10.77.1.63,ME {target}",
        techniques=("tcp_syn",),
        group="decoys",
    ),
    RealScan(
        name="many_decoys_nmap",
        command=_NMAP + " -sS -F -D " + ",".join(f"10.77.1.{number}" for number in range(61, 81)) + ",ME {target}",
        techniques=("tcp_syn",),
        group="decoys",
    ),
)
"""Scans that hide among forged sources; the lab must know the decoys' hardware addresses (`decoy_numbers`)."""

SWEEPS: Final = (
    _sweep("nmap", "echo_nmap", _DISCOVERY + " -PE {sweep}", "icmp_echo"),
    _sweep(None, "echo_nping", _NPING + " --icmp {sweep_list}", "icmp_echo"),
    _sweep("nmap", "timestamp_nmap", _DISCOVERY + " -PP {sweep}", "icmp_timestamp"),
    _sweep(None, "timestamp_nping", _NPING + " --icmp --icmp-type 13 {sweep_list}", "icmp_timestamp"),
    _sweep("nmap", "mask_nmap", _DISCOVERY + " -PM {sweep}", "icmp_address_mask"),
    _sweep(None, "mask_nping", _NPING + " --icmp --icmp-type 17 {sweep_list}", "icmp_address_mask"),
    _sweep("nmap", "syn_ping_nmap", _DISCOVERY + " -PS22,80,443 {sweep}", "tcp_syn"),
    _sweep("nmap", "ack_ping_nmap", _DISCOVERY + " -PA22,80,443 {sweep}", "tcp_ack"),
    _sweep("nmap", "udp_ping_nmap", _DISCOVERY + " -PU40125 {sweep}", "udp"),
    _sweep("nmap", "protocol_ping_nmap", _DISCOVERY + " -PO {sweep}", "ip_protocol", "icmp_echo"),
    _sweep("nmap", "arp_nmap", "nmap -n -sn -PR {network}", "arp"),
    _sweep(None, "arp_greetings", "{client} greet 10.77.1 100-160", "arp"),
    _sweep(
        "zmap",
        "open_port_zmap",
        "zmap -q -p 80 {network} -i eth0 -G {target_mac} -S {self} -r 500 -b /dev/null -c 1 -o /dev/null",
        "tcp_syn",
    ),
    _sweep("masscan", "open_port_masscan", _MASSCAN.replace("{target}", "{network}", 1) + " -p80", "tcp_syn"),
)
"""Scans over several hosts; these need the guarded host to own the `SWEPT` addresses as well."""

REAL_SCANS: Final = (*VERTICAL, *STAGED, *GROUPED, *SWEEPS)
"""Every scan of the catalogue, with unique names."""


def decoy_numbers(scan: RealScan) -> list[int]:
    """Return the host numbers that `scan` forges; the guarded host must be able to answer them."""
    words = scan.command.split()
    if "-D" not in words:
        return []
    decoys = words[words.index("-D") + 1].split(",")
    return [int(address.rpartition(".")[2]) for address in decoys if address != "ME"]
