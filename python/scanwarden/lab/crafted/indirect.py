"""Scans by several sources, or through somebody else: decoys, distribution, rotation, zombies, FTP relays."""

from scanwarden.lab.crafted.probing import NMAP_OPTIONS, pick_ports, probe_tcp
from scanwarden.lab.crafted.scan import CraftedScan, Truth
from scanwarden.lab.flows import TcpFlow
from scanwarden.lab.frames import Tcp
from scanwarden.lab.scene import GATEWAY, Host, Scene, seconds


def decoys(scene: Scene) -> Truth:
    """Hide one scanner among forged sources: same ports, same order, same source port (`nmap -D`)."""
    sources = scene.outsiders(scene.rng.choice((4, 21)))
    now, source_port, sequence = scene.at(0), scene.ephemeral_port(), scene.rng.randrange(1 << 32)
    for port in pick_ports(scene, scene.drawn(30, 100)):
        for source in sources:
            probe = Tcp(source_port, port, "S", sequence=sequence, window=1024, options=NMAP_OPTIONS)
            probe_tcp(scene, source, scene.guarded, probe, at_ns=now)
            now += seconds(scene.rng.uniform(0.00002, 0.0002))
        now += seconds(scene.rng.uniform(0.0005, 0.01))
    return _group(scene, sources, "decoys")


def distributed(scene: Scene) -> Truth:
    """Share the ports out among twenty sources, a few each."""
    sources = scene.outsiders(scene.drawn(12, 24))
    ports = [port for port in pick_ports(scene, len(sources) * 5) if port not in scene.guarded.open_tcp]
    for number, port in enumerate(ports):
        at_ns = scene.at(number * scene.rng.uniform(0.05, 0.08))
        probe = Tcp(scene.ephemeral_port(), port, "S", sequence=number, options=NMAP_OPTIONS, window=1024)
        probe_tcp(scene, sources[number % len(sources)], scene.guarded, probe, at_ns=at_ns)
    return _group(scene, sources, "distributed")


def rotation(scene: Scene) -> Truth:
    """Change the address within one prefix after every second port."""
    base4, low = "198.51.100.{}", scene.drawn(1, 100)
    sources = [
        Host(base4.format(low + number), f"2001:db8:7:{number + 1:x}::1", GATEWAY.mac, ttl=52)
        for number in range(scene.drawn(12, 30))
    ]
    ports = sorted(port for port in pick_ports(scene, len(sources) * 2) if port not in scene.guarded.open_tcp)
    for number, port in enumerate(ports):
        probe = Tcp(scene.ephemeral_port(), port, "S", sequence=number, options=NMAP_OPTIONS, window=1024)
        probe_tcp(scene, sources[number // 2], scene.guarded, probe, at_ns=scene.at(number * 0.5))
    return _group(scene, sources[: (len(ports) + 1) // 2], "rotation")


def _group(scene: Scene, sources: list[Host], group: str) -> Truth:
    addresses = tuple(scene.address_of(source) for source in sources)
    return Truth(sources=addresses, techniques=frozenset({"tcp_syn"}), pattern="vertical", group=group)


def idle_at_target(scene: Scene) -> Truth:
    """Probe with SYNs forged from a zombie, which resets every SYN-ACK it never asked for (`nmap -sI`)."""
    scene.is_ipv6 = False
    zombie, now = scene.outsider(), scene.at(0)
    source_port = scene.ephemeral_port()
    for port in pick_ports(scene, scene.drawn(20, 60)):
        probe = Tcp(source_port, port, "S", sequence=scene.rng.randrange(1 << 32), window=1024, options=NMAP_OPTIONS)
        probe_tcp(scene, zombie, scene.guarded, probe, at_ns=now)
        now += seconds(scene.rng.uniform(0.05, 0.3))
    return Truth(sources=(zombie.address4,), techniques=frozenset({"idle", "tcp_syn"}), pattern="vertical")


def idle_at_zombie(scene: Scene) -> Truth:
    """Use the guarded host as the zombie: regular SYN-ACKs poll its IP identification, others come from the target.

    Some tools poll from ever new ports, others from one (scapy's is 20, without any option).
    """
    scene.is_ipv6 = False
    scanner, target, now = scene.outsider(), scene.outsider(), scene.at(0)
    poll_port, forged_port = scene.ephemeral_port(), scene.rng.choice((80, 443))
    is_same_port = scene.rng.random() < 0.5
    for number in range(scene.drawn(30, 80)):
        acknowledgement = scene.rng.randrange(1 << 32)
        poll = (
            Tcp(20, forged_port, "SA", acknowledgement=acknowledgement, window=8192)
            if is_same_port
            else Tcp(
                poll_port + number,
                forged_port,
                "SA",
                acknowledgement=acknowledgement,
                window=1024,
                options=NMAP_OPTIONS,
            )
        )
        scene.send(now, scanner, scene.guarded, poll)
        reset = Tcp(forged_port, poll.source_port, "R", sequence=acknowledgement, window=0)
        scene.send(now + 40_000, scene.guarded, scanner, reset)
        if number % 5 == 2:  # an open port of the target answers the SYN forged in our name
            scene.send(now + 90_000, target, scene.guarded, Tcp(1000 + number, forged_port, "SA", acknowledgement=1))
            scene.send(now + 130_000, scene.guarded, target, Tcp(forged_port, 1000 + number, "R", sequence=1, window=0))
        now += seconds(scene.rng.uniform(0.08, 0.12))
    return Truth(sources=(scanner.address4,), techniques=frozenset({"idle"}))


def bounce_to_us(scene: Scene) -> Truth:
    """Be scanned by somebody else's FTP server, which connects where it is told to."""
    scene.is_ipv6 = False
    relay, now = scene.outsider(), scene.at(0)
    for port in pick_ports(scene, scene.drawn(8, 30)):
        flow = TcpFlow(scene, relay, scene.guarded, port, at_ns=now, source_port=20)
        _ = (
            flow.open().ask(b"-rw-r--r-- 1 lab lab 5\r\n", b"").close()
            if port in scene.guarded.open_tcp
            else flow.refused()
        )
        now = flow.pause(scene.rng.uniform(0.3, 1)).now_ns
    return Truth(
        sources=(relay.address4,), techniques=frozenset({"ftp_bounce", "tcp_connect", "tcp_syn"}), pattern="vertical"
    )


def bounce_through_us(scene: Scene) -> Truth:
    """Tell our FTP server to connect to many ports of a third host."""
    scene.is_ipv6 = False
    client, third, guarded = scene.outsider(), scene.outsider(), scene.guarded
    control = TcpFlow(scene, client, guarded, 21, at_ns=scene.at(0)).open().ask(b"", b"220 lab\r\n")
    control.ask(b"USER anonymous\r\n", b"331 any password\r\n").ask(b"PASS x\r\n", b"230 ok\r\n")
    for port in pick_ports(scene, scene.drawn(8, 30)):
        command = f"PORT {third.address4.replace('.', ',')},{port >> 8},{port & 0xFF}\r\n".encode("ascii")
        control.ask(command, b"200 ok\r\n").ask(b"LIST\r\n", b"150 here it comes\r\n")
        transfer = TcpFlow(scene, guarded, third, port, at_ns=control.now_ns, source_port=20).refused()
        control.now_ns = transfer.now_ns
        control.ask(b"", b"425 cannot connect\r\n")
    control.close()
    return Truth(sources=(client.address4,), techniques=frozenset({"ftp_bounce"}))


INDIRECT = (
    CraftedScan("decoys", "one scanner among three or twenty forged sources", decoys),
    CraftedScan("distributed", "ports shared out among many sources", distributed),
    CraftedScan("rotation", "addresses of one prefix take turns", rotation),
    CraftedScan("idle_at_target", "an idle scan, seen by its target", idle_at_target),
    CraftedScan("idle_at_zombie", "an idle scan, seen by its zombie", idle_at_zombie),
    CraftedScan("bounce_to_us", "an FTP server is made to scan us", bounce_to_us),
    CraftedScan("bounce_through_us", "our FTP server is made to scan others", bounce_through_us),
)
