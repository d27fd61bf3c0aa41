"""Send probes into a scene and answer them as a Linux host does (RFC 9293 3.10.7, RFC 1122, RFC 9260)."""

import struct

from scanwarden.lab import frames
from scanwarden.lab.frames import Icmp, Icmp6, Raw, Sctp, Tcp, Udp
from scanwarden.lab.scene import Host, Scene

NMAP_OPTIONS = b"\x02\x04\x05\xb4"
"""The one option of nmap's raw SYN: MSS 1460."""

_ANSWER_NS = 40_000


def pick_ports(scene: Scene, count: int, *, low: int = 1, high: int = 20_000) -> list[int]:
    """Return `count` distinct ports in random order, some of them open ones."""
    chosen = set(scene.rng.sample(sorted(scene.guarded.open_tcp), min(2, count // 4)))
    while len(chosen) < count:
        chosen.add(scene.drawn(low, high))
    ports = sorted(chosen)
    scene.rng.shuffle(ports)
    return ports


def probe_tcp(scene: Scene, source: Host, target: Host, probe: Tcp, *, at_ns: int, is_silent: bool = False) -> None:
    """Send `probe` and what follows from it; an `is_silent` target drops everything.

    An unwanted SYN-ACK is reset: by the scanner, or by the owner of a forged address, who never asked for it.
    """
    scene.send(at_ns, source, target, probe)
    if is_silent:
        return
    answer = answer_to(probe, is_open=probe.target_port in target.open_tcp)
    if answer is None:
        return
    scene.send(at_ns + _ANSWER_NS, target, source, answer)
    if answer.flags == "SA":
        reset = Tcp(probe.source_port, probe.target_port, "R", sequence=probe.sequence + 1, window=0)
        scene.send(at_ns + 2 * _ANSWER_NS, source, target, reset)


def answer_to(probe: Tcp, *, is_open: bool) -> Tcp | None:
    """Return what a host without a connection sends back, None for silence (RFC 9293 3.10.7.1 and 3.10.7.2)."""
    ports = probe.target_port, probe.source_port
    if "R" in probe.flags:
        return None
    if "A" in probe.flags:
        return Tcp(*ports, "R", sequence=probe.acknowledgement, window=0)
    length = len(probe.payload) + ("S" in probe.flags) + ("F" in probe.flags)
    if not is_open:
        return Tcp(*ports, "RA", acknowledgement=probe.sequence + length, window=0)
    # Linux drops a SYN with FIN while listening, and everything without SYN, ACK or RST.
    if "S" in probe.flags and "F" not in probe.flags:
        return Tcp(*ports, "SA", sequence=77, acknowledgement=probe.sequence + 1, options=NMAP_OPTIONS)
    return None


def probe_udp(scene: Scene, source: Host, target: Host, probe: Udp, *, at_ns: int, is_silent: bool = False) -> None:
    """Send a datagram; an open port answers it, a closed one refuses it."""
    original = scene.send(at_ns, source, target, probe)
    if is_silent:
        return
    if probe.target_port in target.open_udp:
        scene.send(at_ns + _ANSWER_NS, target, source, Udp(probe.target_port, probe.source_port, b"answer"))
    else:
        scene.refuse(at_ns + _ANSWER_NS, target, original, source)


def probe_sctp(scene: Scene, source: Host, target: Host, probe: Sctp, *, at_ns: int) -> None:
    """Send a chunk to a host that knows SCTP but listens nowhere: it aborts (RFC 9260 8.4)."""
    scene.send(at_ns, source, target, probe)
    abort = Sctp(probe.target_port, probe.source_port, 6, verification_tag=99)
    scene.send(at_ns + _ANSWER_NS, target, source, abort)


def probe_protocol(scene: Scene, source: Host, target: Host, protocol: int, *, at_ns: int) -> None:
    """Send an empty packet of an IP protocol the host does not know: ICMP protocol unreachable (RFC 1122 3.2.2.1)."""
    original = scene.send(at_ns, source, target, Raw(protocol))
    if scene.is_ipv6:
        problem = Icmp6(4, 1, (6).to_bytes(4, "big"), original)  # RFC 4443 3.4: unrecognised next header, at byte 6
        scene.send(at_ns + _ANSWER_NS, target, source, problem)
        return
    body = frames.unreachable(target.address4, original, code=2)
    scene.put(at_ns + _ANSWER_NS, frames.ethernet(source.mac, target.mac, body))


def probe_echo(scene: Scene, source: Host, target: Host, number: int, *, at_ns: int, size: int = 0) -> None:
    """Send one echo request with `size` data bytes, answered."""
    rest = struct.pack("!HH", 0x1234, number & 0xFFFF)
    kinds = (Icmp6, 128, 129) if scene.is_ipv6 else (Icmp, 8, 0)
    scene.send(at_ns, source, target, kinds[0](kinds[1], 0, rest, bytes(size)))
    scene.send(at_ns + _ANSWER_NS, target, source, kinds[0](kinds[2], 0, rest, bytes(size)))
