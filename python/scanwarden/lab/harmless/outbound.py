"""The guarded host as a client: what comes back to it was asked for, however late and from wherever."""

from scanwarden.lab import frames
from scanwarden.lab.dns import answer_for, query_for
from scanwarden.lab.flows import TcpFlow, ping, udp_exchange
from scanwarden.lab.frames import Icmp, Icmp6, Tcp, Udp
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import GATEWAY, Host, Scene, seconds


def name_lookups(scene: Scene) -> None:
    """Ask the resolver for many names, each from a new port."""
    resolver = scene.rng.choice((GATEWAY, scene.outsider()))
    for number in range(scene.drawn(100, 400)):
        query = query_for(f"host{number}.example.org", number)
        at_ns = scene.at(scene.rng.uniform(0, 120))
        udp_exchange(scene, scene.guarded, resolver, 53, at_ns=at_ns, request=query, answer=answer_for(query) or b"")


def late_answers(scene: Scene) -> None:
    """Answer so late, or twice, that the asking socket is closed: the host refuses the answer."""
    resolver = scene.rng.choice((GATEWAY, scene.outsider()))
    for number in range(scene.drawn(30, 120)):
        query = query_for(f"slow{number}.example.org", number)
        port, at_ns = scene.ephemeral_port(), scene.at(scene.rng.uniform(0, 300))
        scene.send(at_ns, scene.guarded, resolver, Udp(port, 53, query))
        for _ in range(scene.drawn(1, 2)):
            late_ns = at_ns + seconds(scene.rng.uniform(5, 12))
            answer = scene.send(late_ns, resolver, scene.guarded, Udp(53, port, answer_for(query) or b""))
            scene.refuse(late_ns + 30_000, scene.guarded, answer, resolver)


def web_client(scene: Scene) -> None:
    """Fetch from many servers; some refuse, some are silent, some end with late resets and FINs."""
    for server in scene.outsiders(scene.drawn(15, 50)):
        for _ in range(scene.drawn(1, 6)):
            port, at_ns = scene.rng.choice((80, 443)), scene.at(scene.rng.uniform(0, 300))
            flow = TcpFlow(scene, scene.guarded, server, port, at_ns=at_ns)
            fate = scene.rng.random()
            if fate < 0.1:
                flow.refused()
            elif fate < 0.2:
                flow.unanswered(retries=2)
            else:
                flow.open().ask(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n").close()
                if fate < 0.5:
                    late = Tcp(port, flow.source_port, scene.rng.choice(("FA", "RA", "R", "A")), acknowledgement=1)
                    scene.send(flow.now_ns + seconds(scene.rng.uniform(1, 60)), server, scene.guarded, late)


def forgotten_connections(scene: Scene) -> None:
    """Have servers go on with connections that the host, restarted meanwhile, does not know: it resets them."""
    for server in scene.outsiders(scene.drawn(2, 8)):
        go_on(scene, server, scene.rng.choice((443, 993, 80)))


def go_on(scene: Scene, server: Host, port: int) -> None:
    """Have a server go on with connections of which the guarded host knows nothing any more, so that it resets them."""
    for _ in range(scene.drawn(5, 25)):
        ours, now = scene.ephemeral_port(), scene.at(scene.rng.uniform(0, 60))
        acknowledgement = scene.rng.randrange(1 << 32)
        flags = scene.rng.choice(("A", "PA", "FA"))
        scene.send(now, server, scene.guarded, Tcp(port, ours, flags, acknowledgement=acknowledgement))
        scene.send(now + 40_000, scene.guarded, server, Tcp(ours, port, "R", sequence=acknowledgement, window=0))


def traceroute(scene: Scene) -> None:
    """Trace the way to others, by UDP, ping or SYN; routers answer that the time is exceeded."""
    routers = [GATEWAY, *scene.outsiders(scene.drawn(6, 18))]
    target = scene.outsider()
    kind, port = scene.rng.choice(("udp", "echo", "syn")), 33434
    for hop, router in enumerate([*routers, target], start=1):
        for attempt in range(3):
            at_ns = scene.at(hop * 0.05 + attempt * 0.01)
            probe = _trace_probe(scene, kind, port, hop * 3 + attempt)
            original = scene.send(at_ns, scene.guarded, target, probe, ttl=hop)
            port += 1
            answer_ns = at_ns + scene.round_trip_ns(router)
            if router is not target:
                _time_exceeded(scene, answer_ns, router, original)
            elif kind == "udp":
                scene.refuse(answer_ns, target, original, scene.guarded)


def _trace_probe(scene: Scene, kind: str, port: int, number: int) -> frames.Transport:
    if kind == "udp":
        return Udp(scene.ephemeral_port(), port, bytes(32))
    if kind == "syn":
        return Tcp(scene.ephemeral_port(), 80, "S", sequence=number)
    rest = b"\x10\x01" + number.to_bytes(2, "big")
    return Icmp6(128, 0, rest, bytes(32)) if scene.is_ipv6 else Icmp(8, 0, rest, bytes(32))


def _time_exceeded(scene: Scene, at_ns: int, router: Host, original: bytes) -> None:
    """Place the error of RFC 792 (type 11) or RFC 4443 3.3 (type 3)."""
    kind = Icmp6(3, 0, payload=original) if scene.is_ipv6 else Icmp(11, 0, payload=original[:56])
    scene.send(at_ns, router, scene.guarded, kind)


def path_mtu(scene: Scene) -> None:
    """Tell the host that its packets are too big, as routers do (RFC 1191, RFC 8201)."""
    for server in scene.outsiders(scene.drawn(3, 20)):
        flow = TcpFlow(scene, scene.guarded, server, 443, at_ns=scene.at(scene.rng.uniform(0, 60))).open()
        original = scene.send(flow.now_ns, scene.guarded, server, Tcp(flow.source_port, 443, "PA", payload=bytes(1428)))
        too_big = (
            Icmp6(2, 0, (1400).to_bytes(4, "big"), original[:1232])
            if scene.is_ipv6
            else Icmp(3, 4, (1400).to_bytes(4, "big"), original[:56])
        )
        scene.send(flow.now_ns + seconds(0.02), scene.outsider(), scene.guarded, too_big)
        flow.pause(0.1).ask(b"", b"ok").close()


def unreachable_peers(scene: Scene) -> None:
    """Report that what this host sent was not delivered, for many hosts and ports."""
    reporters = [GATEWAY, *scene.outsiders(scene.drawn(3, 12))]
    for _ in range(scene.drawn(20, 80)):
        peer, now = scene.outsider(), scene.at(scene.rng.uniform(0, 120))
        probe = scene.rng.choice((Udp(scene.ephemeral_port(), 161, bytes(20)), Tcp(scene.ephemeral_port(), 443, "S")))
        original = scene.send(now, scene.guarded, peer, probe)
        reporter = scene.rng.choice([*reporters, peer])
        error = frames.unreachable(
            scene.address_of(reporter), original, code=scene.rng.choice((0, 1)), ttl=reporter.ttl
        )
        scene.put(now + scene.round_trip_ns(peer), frames.ethernet(scene.guarded.mac, reporter.mac, error))


def pings_out(scene: Scene) -> None:
    """Ping neighbours and the world from the host."""
    for peer in [GATEWAY, *scene.outsiders(scene.drawn(3, 12))]:
        for sequence in range(scene.drawn(3, 20)):
            ping(scene, scene.guarded, peer, at_ns=scene.at(sequence), sequence=sequence)


def network_time(scene: Scene) -> None:
    """Ask time servers, and be asked for the time."""
    for server in scene.outsiders(scene.drawn(2, 6)):
        for tick in range(scene.drawn(5, 40)):
            udp_exchange(
                scene,
                scene.guarded,
                server,
                123,
                at_ns=scene.at(tick * 64.0),
                request=b"\x23" + bytes(47),
                answer=b"\x24" + bytes(47),
                source_port=123 if tick % 2 else scene.ephemeral_port(),
            )
    for client in scene.outsiders(scene.drawn(5, 40)):
        at_ns = scene.at(scene.rng.uniform(0, 600))
        udp_exchange(
            scene, client, scene.guarded, 123, at_ns=at_ns, request=b"\x23" + bytes(47), answer=b"\x24" + bytes(47)
        )


OUTBOUND = (
    Workload("name_lookups", "hundreds of DNS queries, each from its own port", name_lookups),
    Workload("late_answers", "DNS answers to sockets already closed", late_answers),
    Workload("web_client", "the host browses; servers refuse, hang, reset late", web_client),
    Workload("forgotten_connections", "servers go on with connections the host forgot", forgotten_connections),
    Workload("traceroute", "the host traces routes by UDP, ping and SYN", traceroute),
    Workload("path_mtu", "path MTU discovery", path_mtu),
    Workload("unreachable_peers", "ICMP errors about our own packets", unreachable_peers),
    Workload("pings_out", "the host pings others", pings_out),
    Workload("network_time", "NTP as client and server", network_time),
)
