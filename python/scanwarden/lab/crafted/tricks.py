"""Scans made to slip past filters: fragments, options, extension headers, borrowed source ports, wrong checksums."""

from collections.abc import Iterable

from scanwarden.lab import frames
from scanwarden.lab.crafted.probing import NMAP_OPTIONS, answer_to, pick_ports, probe_tcp
from scanwarden.lab.crafted.scan import CraftedScan, Truth
from scanwarden.lab.crafted.single import truth
from scanwarden.lab.flows import TcpFlow
from scanwarden.lab.frames import Tcp
from scanwarden.lab.scene import Host, Scene, seconds

_TIMESTAMP_OPTION = b"\x44\x08\x05\0\0\0\0\0"  # RFC 791 3.1, four octets of times
_LOOSE_ROUTE = b"\x01\x83\x07\x04\xc0\x00\x02\x09"  # by 192.0.2.9


def tiny_fragments(scene: Scene) -> Truth:
    """Scan by SYNs in fragments of eight bytes: the flags sit in the second one."""
    scene.is_ipv6 = False
    source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
    for port in pick_ports(scene, scene.drawn(20, 60)):
        probe = Tcp(source_port, port, "S", sequence=5, window=1024, options=NMAP_OPTIONS)
        ident = scene.drawn(1, 65535)
        for piece in frames.fragments(source.address4, scene.guarded.address4, probe, ttl=source.ttl, ident=ident):
            scene.put(now, frames.ethernet(scene.guarded.mac, source.mac, piece))
            now += 2_000
        answer = answer_to(probe, is_open=port in scene.guarded.open_tcp)
        if answer is not None:
            scene.send(now, scene.guarded, source, answer)
        now += seconds(0.01)
    return truth(scene, source, "tcp_syn", tricks=("fragments", "tiny_fragments"))


def behind_extension_headers(scene: Scene) -> Truth:
    """Scan by SYNs behind hop-by-hop, destination and fragment headers of IPv6."""
    scene.is_ipv6 = True
    source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
    chains: list[tuple[tuple[int, bytes], ...]] = [
        ((0, b"\0\0\x01\x04\0\0\0\0"),),
        ((60, b"\0\0\x01\x04\0\0\0\0"),),
        ((44, b"\0\0\0\0\0\0\0\x09"),),  # an atomic fragment (RFC 6946)
        ((0, b"\0\0\x01\x04\0\0\0\0"), (60, b"\0\0\x01\x04\0\0\0\0"), (44, b"\0\0\0\0\0\0\0\x09")),
    ]
    for number, port in enumerate(pick_ports(scene, scene.drawn(20, 60))):
        probe = Tcp(source_port, port, "S", sequence=5, window=1024, options=NMAP_OPTIONS)
        ends = source.address6, scene.guarded.address6
        chain = chains[number % len(chains)]
        body = frames.ipv6(*ends, 6, probe.pack(*ends), hop_limit=source.ttl, extensions=chain)
        scene.put(now, frames.ethernet(scene.guarded.mac, source.mac, body))
        answer = answer_to(probe, is_open=port in scene.guarded.open_tcp)
        if answer is not None:
            scene.send(now + 40_000, scene.guarded, source, answer)
        now += seconds(0.02)
    return truth(scene, source, "tcp_syn", tricks=("extension_headers",))


def overlapping_fragments(scene: Scene) -> Truth:
    """Scan by SYNs whose second fragment overlaps the first one's end."""
    scene.is_ipv6 = False
    source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
    for port in pick_ports(scene, scene.drawn(20, 60)):
        probe = Tcp(source_port, port, "S", sequence=5, window=1024, options=NMAP_OPTIONS, payload=bytes(16))
        segment = probe.pack(source.address4, scene.guarded.address4)
        ident = scene.drawn(1, 65535)
        for start, end in ((0, 24), (16, len(segment))):
            more = 0x2000 if end < len(segment) else 0
            now = _put(scene, source, segment[start:end], ident=ident, fragment_word=more | start // 8, at_ns=now)
        now = _answered(scene, source, probe, at_ns=now)
    return truth(scene, source, "tcp_syn", tricks=("fragments", "overlapping_fragments"))


def with_options(options: bytes, tricks: Iterable[str], scene: Scene) -> Truth:
    """Scan by SYNs that carry IPv4 options."""
    scene.is_ipv6 = False
    source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
    for port in pick_ports(scene, scene.drawn(20, 60)):
        probe = Tcp(source_port, port, "S", sequence=5, window=1024, options=NMAP_OPTIONS)
        segment = probe.pack(source.address4, scene.guarded.address4)
        now = _put(scene, source, segment, options=options, at_ns=now)
        now = _answered(scene, source, probe, at_ns=now)
    return truth(scene, source, "tcp_syn", tricks=tricks)


def from_service_port(scene: Scene) -> Truth:
    """Scan from the port of a service, whose answers many filters let in (`nmap -g 53`)."""
    source, now, source_port = scene.outsider(), scene.at(0), scene.rng.choice((20, 53, 80, 88, 123, 443))
    for port in pick_ports(scene, scene.drawn(20, 60)):
        probe = Tcp(source_port, port, "S", sequence=5, window=1024, options=NMAP_OPTIONS)
        probe_tcp(scene, source, scene.guarded, probe, at_ns=now)
        now += seconds(scene.rng.uniform(0.001, 0.05))
    return truth(scene, source, "tcp_syn", tricks=("source_port",))


def with_bad_checksums(scene: Scene) -> Truth:
    """Scan by SYNs that the host drops for their checksums, among visitors whose checksums are right."""
    source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
    for visitor in scene.outsiders(scene.drawn(3, 9)):
        flow = TcpFlow(scene, visitor, scene.guarded, 80, at_ns=scene.at(scene.rng.uniform(-30, 0.1)))
        flow.open().ask(b"GET /\r\n", b"HTTP/1.1 200 OK\r\n").close()
    for port in pick_ports(scene, scene.drawn(20, 60)):
        probe = Tcp(source_port, port, "S", sequence=5, window=1024, options=NMAP_OPTIONS, has_good_checksum=False)
        probe_tcp(scene, source, scene.guarded, probe, at_ns=now, is_silent=True)
        now += seconds(scene.rng.uniform(0.001, 0.05))
    return truth(scene, source, "tcp_syn", tricks=("bad_checksum",))


def _put(
    scene: Scene,
    source: Host,
    payload: bytes,
    *,
    at_ns: int,
    ident: int = 7,
    fragment_word: int = 0,
    options: bytes = b"",
) -> int:
    body = frames.ipv4(
        source.address4,
        scene.guarded.address4,
        Tcp.protocol,
        payload,
        ttl=source.ttl,
        ident=ident,
        fragment_word=fragment_word,
        options=options,
    )
    scene.put(at_ns, frames.ethernet(scene.guarded.mac, source.mac, body))
    return at_ns + 2_000


def _answered(scene: Scene, source: Host, probe: Tcp, *, at_ns: int) -> int:
    answer = answer_to(probe, is_open=probe.target_port in scene.guarded.open_tcp)
    if answer is not None:
        scene.send(at_ns + 40_000, scene.guarded, source, answer)
    return at_ns + seconds(scene.rng.uniform(0.001, 0.05))


TRICKS = (
    CraftedScan("tiny_fragments", "SYNs in 8-byte fragments", tiny_fragments),
    CraftedScan("overlapping_fragments", "SYNs in fragments that overlap", overlapping_fragments),
    CraftedScan("extension_headers", "SYNs behind IPv6 extension headers", behind_extension_headers),
    CraftedScan(
        "ip_options", "SYNs with an IPv4 option", lambda scene: with_options(_TIMESTAMP_OPTION, ("ip_options",), scene)
    ),
    CraftedScan(
        "source_route",
        "SYNs with a loose source route",
        lambda scene: with_options(_LOOSE_ROUTE, ("ip_options", "source_route"), scene),
    ),
    CraftedScan("source_port", "SYNs from a service's port", from_service_port),
    CraftedScan("bad_checksum", "SYNs with wrong checksums", with_bad_checksums),
)
