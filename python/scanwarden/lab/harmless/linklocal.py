"""The chatter of a local network: multicast, broadcast, address resolution, address assignment."""

from scanwarden.lab import frames
from scanwarden.lab.flows import TcpFlow
from scanwarden.lab.frames import Icmp6, Raw, Udp
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import GATEWAY, Host, Scene, link_host, seconds
from scanwarden.lab.stacks import WINDOWS

_EVERYONE = "10.77.1.255"


def _neighbours(scene: Scene, low: int, high: int) -> list[Host]:
    numbers = scene.rng.sample(range(61, 254), scene.drawn(low, high))
    return [link_host(number, stack=WINDOWS if number % 2 else link_host(1).stack) for number in numbers]


def multicast_chatter(scene: Scene) -> None:
    """Announce and ask on the link: mDNS, SSDP, LLMNR, device discovery, IGMP, MLD, routing protocols."""
    for neighbour in _neighbours(scene, 5, 25):
        for _ in range(scene.drawn(5, 30)):
            at_ns = scene.at(scene.rng.uniform(0, 600))
            group, port = scene.rng.choice(
                (
                    ("224.0.0.251", 5353),
                    ("ff02::fb", 5353),
                    ("239.255.255.250", 1900),
                    ("ff02::c", 1900),
                    ("224.0.0.252", 5355),
                    ("ff02::1:3", 5355),
                    ("239.255.255.250", 3702),
                )
            )
            source_port = port if port == 5353 else scene.ephemeral_port()
            scene.cast(at_ns, neighbour, group, Udp(source_port, port, bytes(40)), ttl=255)
        scene.cast(scene.at(scene.rng.uniform(0, 60)), neighbour, "224.0.0.22", Raw(2, b"\x22\0\0\0\0\0\0\0"))
        report = Icmp6(143, 0, b"\0\0\0\1", bytes(20))
        scene.cast(scene.at(scene.rng.uniform(0, 60)), neighbour, "ff02::16", report)
    for tick in range(60):
        scene.cast(scene.at(tick * 10), GATEWAY, "224.0.0.5", Raw(89, bytes(44)))
        scene.cast(scene.at(tick * 1.0), GATEWAY, "224.0.0.18", Raw(112, bytes(20)), ttl=255)


def broadcast_chatter(scene: Scene) -> None:
    """Call out to everybody: NetBIOS names and browsing, file synchronisers, wake-up packets."""
    for neighbour in _neighbours(scene, 5, 25):
        for _ in range(scene.drawn(5, 30)):
            port = scene.rng.choice((137, 138, 17500, 9, 1947, 3289, 6771))
            source_port = port if port in {137, 138} else scene.ephemeral_port()
            group = scene.rng.choice((_EVERYONE, "255.255.255.255"))
            scene.cast(scene.at(scene.rng.uniform(0, 600)), neighbour, group, Udp(source_port, port, bytes(50)), ttl=64)


def announcement_burst(scene: Scene) -> None:
    """Look for printers and players again and again; dozens of devices answer directly."""
    devices = _neighbours(scene, 10, 40)
    for round_number in range(scene.drawn(5, 20)):
        now, port = scene.at(round_number * 20.0), scene.ephemeral_port()
        group, service = scene.rng.choice((("224.0.0.251", 5353), ("239.255.255.250", 1900)))
        scene.cast(now, scene.guarded, group, Udp(port, service, bytes(60)), ttl=255)
        for device in devices:
            for _ in range(scene.drawn(1, 4)):
                answer_ns = now + seconds(scene.rng.uniform(0.001, 2.9))
                source_port = service if scene.rng.random() < 0.5 else 49152 + round_number
                answer = Udp(source_port, port, bytes(120))
                body = frames.packet(device.address4, scene.guarded.address4, answer, ttl=64)
                scene.put(answer_ns, frames.ethernet(scene.guarded.mac, device.mac, body))


def address_assignment(scene: Scene) -> None:
    """Ask for addresses from many hosts, ours among them; servers offer and acknowledge (RFC 2131)."""
    servers = (GATEWAY, link_host(2))
    for client in [scene.guarded, *_neighbours(scene, 3, 20)]:
        now = scene.at(scene.rng.uniform(0, 300))
        for _ in range(2):
            scene.cast(now, client, "255.255.255.255", Udp(68, 67, bytes(240)), ttl=128, source="0.0.0.0")  # noqa: S104
            for server in servers:
                offer = frames.packet(server.address4, client.address4, Udp(67, 68, bytes(240)))
                if client is scene.guarded:
                    scene.put(now + seconds(0.01), frames.ethernet(client.mac, server.mac, offer))
                scene.cast(now + seconds(0.02), server, "255.255.255.255", Udp(67, 68, bytes(240)), ttl=128)
            now += seconds(1)


def address_resolution(scene: Scene) -> None:
    """Ask for a few addresses as neighbours, and for many as the gateway, since strangers send packets to them."""
    scene.cast(scene.at(0), GATEWAY, "ff02::1", Icmp6(134, 0, b"\x40\0\x07\x08", bytes(8)), ttl=255)
    for visitor in scene.outsiders(10):
        at_ns = scene.at(scene.rng.uniform(0, 3))
        TcpFlow(scene, visitor, scene.guarded, 80, at_ns=at_ns).open().ask(b"GET /\r\n", b"HTTP/1.1 200 OK\r\n").close()
    targets = [number for number in range(2, 255) if number != 10]
    for number in scene.rng.sample(targets, scene.drawn(60, 200)):
        _ask(scene, scene.at(scene.rng.uniform(5, 600)), GATEWAY, number)
    for neighbour in _neighbours(scene, 5, 20):
        for number in [10, *scene.rng.sample(targets, scene.drawn(1, 12))]:
            _ask(scene, scene.at(scene.rng.uniform(0, 3600)), neighbour, number)
        announcement = frames.arp(1, neighbour.mac, neighbour.address4, target_mac=bytes(6), target=neighbour.address4)
        scene.put(scene.at(scene.rng.uniform(0, 60)), announcement)


def _ask(scene: Scene, at_ns: int, asker: Host, number: int) -> None:
    wanted, guarded = link_host(number), scene.guarded
    if scene.is_ipv6:
        scene.put(at_ns, frames.neighbour_solicitation(asker.mac, asker.address6, wanted.address6))
        if number == 10:
            reply = frames.neighbour_advertisement(guarded.mac, guarded.address6, asker.mac, asker.address6)
            scene.put(at_ns + 60_000, reply)
        return
    scene.put(at_ns, frames.arp(1, asker.mac, asker.address4, target_mac=bytes(6), target=wanted.address4))
    if number == 10:
        reply = frames.arp(2, guarded.mac, guarded.address4, target_mac=asker.mac, target=asker.address4, to=asker.mac)
        scene.put(at_ns + 60_000, reply)


def router_advertisements(scene: Scene) -> None:
    """Have the router advertise itself, and hosts solicit it and check new addresses (RFC 4861, RFC 4862)."""
    for tick in range(scene.drawn(5, 40)):
        scene.cast(scene.at(tick * 10.0), GATEWAY, "ff02::1", Icmp6(134, 0, b"\x40\0\x07\x08", bytes(8)), ttl=255)
    for neighbour in _neighbours(scene, 5, 30):
        at_ns = scene.at(scene.rng.uniform(0, 300))
        scene.cast(at_ns, neighbour, "ff02::2", Icmp6(133), ttl=255)
        scene.put(at_ns, frames.neighbour_solicitation(neighbour.mac, "::", neighbour.address6))


def neighbourly_visits(scene: Scene) -> None:
    """Have neighbours resolve the host, visit it once and ask for names."""
    for neighbour in _neighbours(scene, 5, 30):
        now = scene.at(scene.rng.uniform(0, 300))
        _ask(scene, now, neighbour, 10)
        flow = TcpFlow(scene, neighbour, scene.guarded, 80, at_ns=now + seconds(0.001)).open()
        flow.ask(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n").close()
        scene.cast(now, neighbour, _EVERYONE, Udp(137, 137, bytes(50)), ttl=64)


LINK_LOCAL = (
    Workload("multicast_chatter", "mDNS, SSDP, LLMNR, IGMP, MLD, routing protocols", multicast_chatter),
    Workload("broadcast_chatter", "NetBIOS and other broadcasts", broadcast_chatter),
    Workload("announcement_burst", "dozens of devices answer the host's discovery", announcement_burst),
    Workload("address_assignment", "DHCP for this host and others", address_assignment),
    Workload("address_resolution", "ARP and neighbour discovery, the gateway's included", address_resolution),
    Workload("router_advertisements", "IPv6 routers and address checks", router_advertisements),
    Workload("neighbourly_visits", "neighbours resolve, visit and broadcast", neighbourly_visits),
)
