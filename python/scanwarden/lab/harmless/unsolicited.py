"""What reaches a host unasked and is still no scan: backscatter, floods, routes traced to it, pings."""

from scanwarden.lab import frames
from scanwarden.lab.flows import ping
from scanwarden.lab.frames import Icmp, Icmp6, Tcp, Udp
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Host, Scene, seconds
from scanwarden.lab.stacks import EVERY_STACK, WINDOWS


def backscatter_of_one(scene: Scene) -> None:
    """Have a server that is flooded in our name answer us with SYN-ACKs or resets, on hundreds of ports."""
    flooded, port = scene.outsider(), scene.rng.choice((80, 443, 25565, 6667))
    flags = scene.rng.choice(("SA", "SA", "RA"))
    answers_back = flags == "SA" and scene.rng.random() < 0.7  # else a firewall here drops what it did not ask for
    retries = 0 if flags == "RA" or answers_back else 2
    for number in range(scene.drawn(100, 600)):
        ours, at_ns = scene.drawn(1024, 65535), scene.at(number * scene.rng.uniform(0.001, 0.2))
        acknowledgement = scene.rng.randrange(1 << 32)
        answer = Tcp(port, ours, flags, sequence=number, acknowledgement=acknowledgement)
        for retry in range(1 + retries):
            scene.send(at_ns + seconds(retry), flooded, scene.guarded, answer)
        if answers_back:
            reset = Tcp(ours, port, "R", sequence=acknowledgement, window=0)
            scene.send(at_ns + 30_000, scene.guarded, flooded, reset)


def backscatter_of_many(scene: Scene) -> None:
    """Have many hosts answer packets forged in our name: SYN-ACKs, resets and ICMP errors from all over."""
    for sender in scene.outsiders(scene.drawn(100, 300)):
        at_ns, theirs, ours = scene.at(scene.rng.uniform(0, 300)), scene.drawn(1, 9999), scene.drawn(1024, 65535)
        fate = scene.rng.random()
        if fate < 0.3:
            forged = Tcp(ours, theirs, "S")
            packet = frames.packet(scene.address_of(scene.guarded), scene.address_of(sender), forged)
            error = frames.unreachable(
                scene.address_of(sender), packet, code=scene.rng.choice((0, 1, 3)), ttl=sender.ttl
            )
            scene.put(at_ns, frames.ethernet(scene.guarded.mac, sender.mac, error))
            continue
        flags, acknowledgement = ("SA" if fate < 0.7 else "RA"), scene.rng.randrange(1 << 32)
        scene.send(at_ns, sender, scene.guarded, Tcp(theirs, ours, flags, acknowledgement=acknowledgement))
        if flags == "SA":
            scene.send(
                at_ns + 30_000, scene.guarded, sender, Tcp(ours, theirs, "R", sequence=acknowledgement, window=0)
            )


def backscatter_of_every_port(scene: Scene) -> None:
    """Have a host that is open on every port answer a scan forged in our name: SYN-ACKs to one port of ours."""
    scanned, ours = scene.outsider(stack=scene.rng.choice(EVERY_STACK)), scene.ephemeral_port()
    for number in range(scene.drawn(100, 400)):
        at_ns, acknowledgement = scene.at(number * scene.rng.uniform(0.001, 0.05)), scene.rng.randrange(1 << 32)
        answer = Tcp(
            scene.drawn(1, 65535),
            ours,
            "SA",
            sequence=scene.rng.randrange(1 << 32),
            acknowledgement=acknowledgement,
            options=scanned.stack.options(1, 2) if scene.rng.random() < 0.5 else b"\x02\x04\x05\xb4",
        )
        scene.send(at_ns, scanned, scene.guarded, answer)
        reset = Tcp(ours, answer.source_port, "R", sequence=acknowledgement, window=0)
        scene.send(at_ns + 30_000, scene.guarded, scanned, reset)


def reflected_flood(scene: Scene) -> None:
    """Flood one or two of our ports with answers of name, time and discovery servers we never asked."""
    port, ours = scene.rng.choice((53, 123, 1900, 389)), scene.rng.sample(range(1024, 65535), 2)
    for reflector in scene.outsiders(scene.drawn(50, 200)):
        for _ in range(scene.drawn(1, 10)):
            at_ns = scene.at(scene.rng.uniform(0, 20))
            answer = scene.send(at_ns, reflector, scene.guarded, Udp(port, scene.rng.choice(ours), bytes(400)))
            if scene.rng.random() < 0.3:  # the kernel limits how many errors it sends
                scene.refuse(at_ns + 30_000, scene.guarded, answer, reflector)


def syn_flood(scene: Scene) -> None:
    """Flood an open port with SYNs from forged sources."""
    port, now = scene.rng.choice((80, 443)), scene.at(0)
    rate = scene.drawn(2_000, 10_000)
    for _ in range(rate * 2):
        now += seconds(scene.rng.expovariate(rate))
        forged = _anyone(scene)
        sequence, source_port = scene.rng.randrange(1 << 32), scene.drawn(1024, 65535)
        scene.send(now, forged, scene.guarded, Tcp(source_port, port, "S", sequence=sequence))
        answer = Tcp(port, source_port, "SA", acknowledgement=sequence + 1)
        scene.send(now + 20_000, scene.guarded, forged, answer)
        if scene.rng.random() < 0.05:  # the real owner of the address refuses what it did not start
            scene.send(now + seconds(0.05), forged, scene.guarded, Tcp(source_port, port, "R", sequence=sequence + 1))


def _anyone(scene: Scene) -> Host:
    number = scene.rng.randrange(1 << 32)
    high, low = number >> 16, number & 0xFFFF
    address4 = f"{1 + high % 223}.{high >> 8}.{low >> 8}.{low & 0xFF}"
    router = scene.outsider()
    return Host(address4, f"2001:db8:{high:x}:{low:x}::1", router.mac, ttl=scene.drawn(30, 250))


def traced_by_others(scene: Scene) -> None:
    """Trace the route to this host by UDP: each probe that arrives is for the next high port."""
    for tracer in scene.outsiders(scene.drawn(1, 4)):
        now, port = scene.at(scene.rng.uniform(0, 300)), 33434 + 3 * scene.drawn(4, 20)
        for number in range(scene.drawn(3, 16)):
            at_ns = now + seconds(number * 0.0005)
            probe = Udp(scene.ephemeral_port(), port + number, bytes(32))
            original = scene.send(at_ns, tracer, scene.guarded, probe, ttl=1 + number // 3)
            scene.refuse(at_ns + 30_000, scene.guarded, original, tracer)


def traced_by_ping_and_syn(scene: Scene) -> None:
    """Trace the route to this host by ping, and by SYNs to an open or a closed port."""
    for tracer in scene.outsiders(scene.drawn(2, 6)):
        now, port = scene.at(scene.rng.uniform(0, 300)), scene.rng.choice((80, 8443))
        for number in range(scene.drawn(3, 16)):
            at_ns = now + seconds(number * 0.05)
            if scene.rng.random() < 0.5:
                kind = Icmp6(128, 0, bytes(4), bytes(32)) if scene.is_ipv6 else Icmp(8, 0, bytes(4), bytes(32))
                reply = Icmp6(129, 0, bytes(4), bytes(32)) if scene.is_ipv6 else Icmp(0, 0, bytes(4), bytes(32))
                scene.send(at_ns, tracer, scene.guarded, kind, ttl=1 + number // 3)
                scene.send(at_ns + 30_000, scene.guarded, tracer, reply)
                continue
            source_port = scene.ephemeral_port()
            scene.send(at_ns, tracer, scene.guarded, Tcp(source_port, port, "S", sequence=number), ttl=1 + number // 3)
            flags = "SA" if port in scene.guarded.open_tcp else "RA"
            scene.send(at_ns + 30_000, scene.guarded, tracer, Tcp(port, source_port, flags, acknowledgement=number + 1))
            if flags == "SA":
                scene.send(
                    at_ns + seconds(0.04), tracer, scene.guarded, Tcp(source_port, port, "R", sequence=number + 1)
                )


def pings(scene: Scene) -> None:
    """Ping this host from many, from some of them all day."""
    for client in scene.outsiders(scene.drawn(5, 30)):
        start_s = scene.rng.uniform(0, 60)
        for sequence in range(scene.drawn(1, 60)):
            ping(
                scene,
                client,
                scene.guarded,
                at_ns=scene.at(start_s + sequence),
                sequence=sequence,
                ident=scene.drawn(1, 9),
            )


def strangers_once(scene: Scene) -> None:
    """Make the noise of the internet: hundreds of strangers send one or two SYNs each to closed ports."""
    for stranger in scene.outsiders(scene.drawn(200, 500)):
        at_ns = scene.at(scene.rng.uniform(0, 3600))
        for port in scene.rng.sample((23, 445, 3389, 8080, 5900, 2323), scene.drawn(1, 2)):
            source_port, sequence = scene.drawn(1024, 65535), scene.rng.randrange(1 << 32)
            scene.send(at_ns, stranger, scene.guarded, Tcp(source_port, port, "S", sequence=sequence))
            reset = Tcp(port, source_port, "RA", acknowledgement=sequence + 1, window=0)
            scene.send(at_ns + 20_000, scene.guarded, stranger, reset)


def name_probes(scene: Scene) -> None:
    """Ask for this host's name, as visited desktops do, on a port that is closed."""
    for client in scene.outsiders(scene.drawn(10, 40)):
        desktop = Host(client.address4, client.address6, client.mac, stack=WINDOWS, ttl=128 - 8)
        for _ in range(scene.drawn(1, 4)):
            at_ns = scene.at(scene.rng.uniform(0, 900))
            original = scene.send(at_ns, desktop, scene.guarded, Udp(137, 137, bytes(50)))
            scene.refuse(at_ns + 30_000, scene.guarded, original, desktop)


UNSOLICITED = (
    Workload("backscatter_of_one", "a flooded server answers us for forged SYNs", backscatter_of_one),
    Workload("backscatter_of_many", "answers and errors for packets forged in our name", backscatter_of_many),
    Workload("backscatter_of_every_port", "a host open on every port answers us", backscatter_of_every_port),
    Workload("reflected_flood", "reflectors flood us with answers", reflected_flood),
    Workload("syn_flood", "a SYN flood of an open port", syn_flood, notice="flood"),
    Workload("traced_by_others", "others trace the route to us by UDP", traced_by_others),
    Workload("traced_by_ping_and_syn", "others trace the route to us by ping and SYN", traced_by_ping_and_syn),
    Workload("pings", "ordinary pings", pings),
    Workload("strangers_once", "one or two SYNs each from hundreds of strangers", strangers_once),
    Workload("name_probes", "NetBIOS name queries to a closed port", name_probes),
)
