"""Sweeps: one source over several of our addresses."""

from collections.abc import Callable

from scanwarden.lab import frames
from scanwarden.lab.crafted.probing import NMAP_OPTIONS, pick_ports, probe_echo, probe_tcp
from scanwarden.lab.crafted.scan import CraftedScan, Truth
from scanwarden.lab.crafted.single import truth
from scanwarden.lab.frames import Icmp, Tcp
from scanwarden.lab.scene import Scene, link_host, seconds


def _syn_sweep(ports_of: Callable[[Scene], list[int]], pattern: str) -> Callable[[Scene], Truth]:
    """Return the play of a SYN scan over many hosts; `ports_of` draws the ports."""

    def play(scene: Scene) -> Truth:
        source, now, source_port = scene.outsider(), scene.at(0), scene.ephemeral_port()
        hosts = scene.add_home_hosts(scene.drawn(15, 40))
        for port in ports_of(scene):
            for target in hosts:
                probe = Tcp(source_port, port, "S", sequence=9, window=1024, options=NMAP_OPTIONS)
                probe_tcp(scene, source, target, probe, at_ns=now)
                now += seconds(scene.rng.uniform(0.0005, 0.02))
        return truth(scene, source, "tcp_syn", pattern=pattern)

    return play


def echo_sweep(scene: Scene) -> Truth:
    """Ping many of our addresses without data."""
    source, now = scene.outsider(), scene.at(0)
    for number, target in enumerate(scene.add_home_hosts(scene.drawn(8, 30))):
        probe_echo(scene, source, target, number, at_ns=now)
        now += seconds(scene.rng.uniform(0.001, 0.1))
    return truth(scene, source, "icmp_echo", pattern="horizontal")


def _icmp_sweep(kind: int, size: int, technique: str) -> Callable[[Scene], Truth]:
    """Return the play of a sweep by ICMP `kind`, whose message has `size` bytes after the first word pair."""

    def play(scene: Scene) -> Truth:
        scene.is_ipv6 = False
        source, now = scene.outsider(), scene.at(0)
        for number, target in enumerate(scene.add_home_hosts(scene.drawn(8, 30))):
            rest = b"\x12\x34" + number.to_bytes(2, "big")
            scene.send(now, source, target, Icmp(kind, 0, rest, bytes(size)))
            if kind == 13:  # Linux answers timestamp requests and ignores mask requests
                scene.send(now + 40_000, target, source, Icmp(14, 0, rest, bytes(size)))
            now += seconds(scene.rng.uniform(0.001, 0.1))
        return truth(scene, source, technique, pattern="horizontal")

    return play


def arp_sweep(scene: Scene) -> Truth:
    """Ask for every address of the link."""
    scene.is_ipv6 = False
    source, now = link_host(scene.drawn(100, 250)), scene.at(0)
    numbers = list(range(1, 255))
    scene.rng.shuffle(numbers)
    for number in numbers:
        scene.put(
            now, frames.arp(1, source.mac, source.address4, target_mac=bytes(6), target=link_host(number).address4)
        )
        now += seconds(scene.rng.uniform(0.001, 0.01))
    return truth(scene, source, "arp", pattern="horizontal")


def neighbour_sweep(scene: Scene) -> Truth:
    """Solicit a hundred IPv6 neighbours, as seen where multicast is flooded."""
    scene.is_ipv6 = True
    source, now = link_host(scene.drawn(100, 250)), scene.at(0)
    for number in scene.rng.sample(range(2, 255), 100):
        scene.put(now, frames.neighbour_solicitation(source.mac, source.address6, link_host(number).address6))
        now += seconds(scene.rng.uniform(0.001, 0.01))
    return truth(scene, source, "arp", pattern="horizontal")


SWEEPS = (
    CraftedScan("horizontal_open", "one open port of many hosts", _syn_sweep(lambda _: [80], "horizontal")),
    CraftedScan("horizontal_closed", "one closed port of many hosts", _syn_sweep(lambda _: [3389], "horizontal")),
    CraftedScan("strobe", "a few chosen ports of many hosts", _syn_sweep(lambda _: [22, 23, 80, 445, 3389], "strobe")),
    CraftedScan("block", "many ports of many hosts", _syn_sweep(lambda scene: pick_ports(scene, 40), "block")),
    CraftedScan("echo_sweep", "empty pings of many hosts", echo_sweep),
    CraftedScan("timestamp_sweep", "ICMP timestamps of many hosts", _icmp_sweep(13, 12, "icmp_timestamp")),
    CraftedScan("mask_sweep", "ICMP address masks of many hosts", _icmp_sweep(17, 4, "icmp_address_mask")),
    CraftedScan("arp_sweep", "ARP requests for the whole link", arp_sweep),
    CraftedScan("neighbour_sweep", "IPv6 neighbour solicitations", neighbour_sweep),
)
