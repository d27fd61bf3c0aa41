"""Scans of one host by one source, one per technique."""

from collections.abc import Callable, Iterable

from scanwarden.lab.crafted.probing import (
    NMAP_OPTIONS,
    pick_ports,
    probe_protocol,
    probe_sctp,
    probe_tcp,
    probe_udp,
)
from scanwarden.lab.crafted.scan import CraftedScan, Truth
from scanwarden.lab.flows import TcpFlow
from scanwarden.lab.frames import Sctp, Tcp, Udp
from scanwarden.lab.scene import Host, Scene, seconds

_INIT_VALUE = b"\0\0\0\1\0\0\x80\0\0\x0a\x08\0\0\0\0\1"  # RFC 9260 3.3.2


def truth(
    scene: Scene, source: Host, *techniques: str, pattern: str | None = "vertical", tricks: Iterable[str] = ()
) -> Truth:
    """Return the truth about one source."""
    return Truth(
        sources=(scene.address_of(source),),
        techniques=frozenset(techniques),
        pattern=pattern,
        tricks=frozenset(tricks),
    )


def _tcp_scan(flags: str, technique: str, *, options: bytes = b"") -> Callable[[Scene], Truth]:
    """Return the play of a raw TCP scan with constant flags, as nmap sends it."""

    def play(scene: Scene) -> Truth:
        source, now = scene.outsider(), scene.at(0)
        source_port, sequence = scene.ephemeral_port(), scene.rng.randrange(1 << 32)
        acknowledgement = scene.rng.randrange(1 << 32) if "A" in flags else 0
        # Unanswered, a FIN with ACK or an ACK alone may end or keep up a connection that nobody here remembers.
        is_silent = scene.rng.random() < 0.3 and "A" not in flags
        # Nothing answers a reset, and routers make them too: only many count.
        for port in pick_ports(scene, scene.drawn(60 if flags == "R" else 20, 120)):
            probe = Tcp(
                source_port,
                port,
                flags,
                sequence=sequence,
                acknowledgement=acknowledgement,
                window=1024,
                options=options,
            )
            probe_tcp(scene, source, scene.guarded, probe, at_ns=now, is_silent=is_silent)
            now += seconds(scene.rng.uniform(0.0002, 0.05))
        return truth(scene, source, technique)

    return play


def connect_scan(scene: Scene) -> Truth:
    """Connect to each port through the operating system, and hang up at once."""
    source, now = scene.outsider(), scene.at(0)
    for port in pick_ports(scene, scene.drawn(20, 120)):
        flow = TcpFlow(scene, source, scene.guarded, port, at_ns=now)
        _ = flow.open().reset() if port in scene.guarded.open_tcp else flow.refused()
        now += seconds(scene.rng.uniform(0.0005, 0.05))
    return truth(scene, source, "tcp_connect", "tcp_syn")


def udp_scan(scene: Scene) -> Truth:
    """Send datagrams to many ports, some with a payload."""
    source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
    for port in pick_ports(scene, scene.drawn(20, 100)):
        payload = scene.rng.choice((b"", bytes(12)))
        probe_udp(scene, source, scene.guarded, Udp(source_port, port, payload), at_ns=now)
        now += seconds(scene.rng.uniform(0.001, 0.8))
    return truth(scene, source, "udp")


def _sctp_scan(chunk_type: int, technique: str) -> Callable[[Scene], Truth]:
    def play(scene: Scene) -> Truth:
        source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
        value = _INIT_VALUE if chunk_type == 1 else bytes(4)
        for port in pick_ports(scene, scene.drawn(10, 50)):
            probe_sctp(scene, source, scene.guarded, Sctp(source_port, port, chunk_type, value), at_ns=now)
            now += seconds(scene.rng.uniform(0.001, 0.1))
        return truth(scene, source, technique)

    return play


def protocol_scan(scene: Scene) -> Truth:
    """Send empty packets of many IP protocols."""
    source, now = scene.outsider(), scene.at(0)
    unknown = [number for number in range(3, 255) if number not in {4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 132, 135}]
    for protocol in scene.rng.sample(unknown, scene.drawn(10, 100)):
        probe_protocol(scene, source, scene.guarded, protocol, at_ns=now)
        now += seconds(scene.rng.uniform(0.001, 0.3))
    return truth(scene, source, "ip_protocol", pattern=None)


def slow_scan(scene: Scene) -> Truth:
    """Probe eight ports, a quarter of an hour apart."""
    source, now = scene.outsider(), scene.at(0)
    for port in scene.rng.sample((23, 110, 135, 139, 143, 445, 1433, 3306, 3389, 5900, 8080), 8):
        probe = Tcp(scene.ephemeral_port(), port, "S", sequence=5, window=1024, options=NMAP_OPTIONS)
        probe_tcp(scene, source, scene.guarded, probe, at_ns=now)
        now += seconds(900 * scene.rng.uniform(0.95, 1.05))
    return truth(scene, source, "tcp_syn")


SINGLE = (
    CraftedScan("syn", "half-open SYNs to many ports", _tcp_scan("S", "tcp_syn", options=NMAP_OPTIONS)),
    CraftedScan("connect", "connections through the operating system", connect_scan),
    CraftedScan("fin", "FIN alone", _tcp_scan("F", "tcp_fin")),
    CraftedScan("null", "no flag at all", _tcp_scan("", "tcp_null")),
    CraftedScan("xmas", "FIN, PSH and URG", _tcp_scan("FPU", "tcp_xmas")),
    CraftedScan("maimon", "FIN and ACK", _tcp_scan("FA", "tcp_maimon")),
    CraftedScan("ack", "ACK alone", _tcp_scan("A", "tcp_ack")),
    CraftedScan("rst", "RST alone", _tcp_scan("R", "tcp_rst")),
    CraftedScan("synfin", "SYN and FIN", _tcp_scan("SF", "tcp_synfin")),
    CraftedScan("urgent", "URG alone", _tcp_scan("U", "tcp_flags")),
    CraftedScan("all_flags", "all six flags", _tcp_scan("UAPRSF", "tcp_flags")),
    CraftedScan("udp", "datagrams to many ports", udp_scan),
    CraftedScan("sctp_init", "SCTP INIT to many ports", _sctp_scan(1, "sctp_init")),
    CraftedScan("sctp_cookie_echo", "SCTP COOKIE-ECHO to many ports", _sctp_scan(10, "sctp_cookie_echo")),
    CraftedScan("ip_protocol", "many IP protocols", protocol_scan),
    CraftedScan("slow", "eight ports at 15-minute spacing", slow_scan),
)
