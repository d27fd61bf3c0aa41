"""Visitors of the guarded host's services: clients that use open ports, or mistake a port or two."""

from scanwarden.lab.flows import TcpFlow, ping, udp_exchange
from scanwarden.lab.frames import Tcp
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Scene, link_host, seconds
from scanwarden.lab.stacks import EVERY_STACK, WINDOWS

_PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def page_fetches(scene: Scene) -> None:
    """Fetch a few hundred pages from one client, each over its own connection."""
    client, now = scene.outsider(stack=scene.rng.choice(EVERY_STACK)), scene.at(0)
    for number in range(scene.drawn(100, 400)):
        flow = TcpFlow(scene, client, scene.guarded, scene.rng.choice((80, 443)), at_ns=now).open()
        flow.ask(b"GET /%d HTTP/1.1\r\n\r\n" % number, _PAGE)
        _ = flow.reset() if scene.rng.random() < 0.1 else flow.close()
        now += seconds(scene.rng.expovariate(20))


def browser_second_port(scene: Scene) -> None:
    """Try two closed ports, then the open one, as a browser does."""
    client = scene.outsider(stack=scene.rng.choice(EVERY_STACK))
    now = scene.at(0)
    for _ in range(scene.drawn(1, 4)):
        for port in (8443, 8080):
            now = TcpFlow(scene, client, scene.guarded, port, at_ns=now).refused().pause(0.2).now_ns
        flow = TcpFlow(scene, client, scene.guarded, 80, at_ns=now).open().ask(b"GET / HTTP/1.1\r\n\r\n", _PAGE)
        now = flow.close().pause(scene.rng.uniform(10, 300)).now_ns


def ssh_reconnects(scene: Scene) -> None:
    """Connect over SSH again and again."""
    client, now = scene.outsider(), scene.at(0)
    for _ in range(scene.drawn(20, 90)):
        flow = TcpFlow(scene, client, scene.guarded, 22, at_ns=now).open()
        flow.ask(b"", b"SSH-2.0-lab\r\n").ask(b"SSH-2.0-client\r\n", b"\0" * 40)
        _ = flow.server_close() if scene.rng.random() < 0.5 else flow.close()
        now = flow.pause(scene.rng.uniform(0.05, 5)).now_ns


def mistaken_connection(scene: Scene) -> None:
    """Mistype a port, once."""
    client = scene.outsider(stack=scene.rng.choice(EVERY_STACK))
    flow = TcpFlow(scene, client, scene.guarded, scene.drawn(1024, 32000), at_ns=scene.at(0))
    _ = flow.refused() if scene.rng.random() < 0.6 else flow.unanswered(retries=scene.drawn(2, 6))


def retries_to_closed_port(scene: Scene) -> None:
    """Keep trying one closed port, for hours."""
    client, now = scene.outsider(stack=scene.rng.choice(EVERY_STACK)), scene.at(0)
    interval_s, port = scene.rng.choice((1, 5, 30, 300)), scene.rng.choice((5432, 3306, 8086, 6379))
    is_silent = scene.rng.random() < 0.4
    for _ in range(scene.drawn(30, 150)):
        flow = TcpFlow(scene, client, scene.guarded, port, at_ns=now)
        _ = flow.unanswered(retries=2) if is_silent else flow.refused()
        now += seconds(interval_s * scene.rng.uniform(0.9, 1.1))


def moved_service(scene: Scene) -> None:
    """Ask on the closed port of a service that moved, from sixty clients or more."""
    port = scene.rng.choice((8080, 3128, 5222, 1883))
    for client in scene.outsiders(scene.drawn(60, 120)):
        now = scene.at(scene.rng.uniform(0, 120))
        for _ in range(scene.drawn(1, 4)):
            flow = TcpFlow(scene, client, scene.guarded, port, at_ns=now).refused()
            now = flow.pause(scene.rng.uniform(1, 20)).now_ns


def load_balancer_checks(scene: Scene) -> None:
    """Check open ports without completing the handshake, as load balancers do."""
    for number in range(2, 2 + scene.drawn(1, 3)):
        balancer, interval_s = link_host(number), scene.rng.choice((1, 2, 5))
        for tick in range(scene.drawn(60, 200)):
            for port in (80, 443):
                at_ns = scene.at(tick * interval_s + scene.rng.uniform(0, 0.2))
                TcpFlow(scene, balancer, scene.guarded, port, at_ns=at_ns).half_open_abort()


def monitoring(scene: Scene) -> None:
    """Check every service and ping, every half minute."""
    monitor = link_host(scene.drawn(100, 200))
    for tick in range(scene.drawn(20, 80)):
        now = scene.at(tick * 30.0)
        for port in sorted(scene.guarded.open_tcp):
            flow = TcpFlow(scene, monitor, scene.guarded, port, at_ns=now).open()
            now = flow.ask(b"", b"220 ready\r\n").close().pause(0.01).now_ns
        for port in sorted(scene.guarded.open_udp):
            now = udp_exchange(
                scene, monitor, scene.guarded, port, at_ns=now, request=b"\x23" * 48, answer=b"\x24" * 48
            )
        ping(scene, monitor, scene.guarded, at_ns=now, sequence=tick)


def developer(scene: Scene) -> None:
    """Use web, secure web and SSH, and try a Subversion port that is closed."""
    client, now = scene.outsider(), scene.at(0)
    for _ in range(scene.drawn(5, 30)):
        port = scene.rng.choice((80, 443, 22, 3690))
        flow = TcpFlow(scene, client, scene.guarded, port, at_ns=now)
        if port == 3690:
            flow.refused()
        else:
            flow.open().ask(b"hello", b"welcome").close()
        now = flow.pause(scene.rng.uniform(0.1, 20)).now_ns


def file_sharing_client(scene: Scene) -> None:
    """Look for shared files on both ports, find none, and read the web page."""
    client = link_host(scene.drawn(100, 200), stack=WINDOWS)
    now = scene.at(0)
    for port in (445, 139):
        now = TcpFlow(scene, client, scene.guarded, port, at_ns=now).refused().pause(0.1).now_ns
    flow = TcpFlow(scene, client, scene.guarded, 80, at_ns=now).open()
    flow.ask(b"OPTIONS / HTTP/1.1\r\n\r\n", _PAGE).close()


def port_knocking(scene: Scene) -> None:
    """Knock on three silent ports in their order, then log in; again and again."""
    ports = scene.rng.sample(range(2000, 30000), 3)
    client, now = scene.outsider(), scene.at(0)
    for _ in range(scene.drawn(1, 8)):
        for port in ports:
            now = TcpFlow(scene, client, scene.guarded, port, at_ns=now).unanswered(retries=0).pause(0.3).now_ns
        flow = TcpFlow(scene, client, scene.guarded, 22, at_ns=now).open().ask(b"SSH-2.0-c\r\n", b"SSH-2.0-lab\r\n")
        now = flow.close().pause(scene.rng.uniform(60, 4000)).now_ns


def late_segments(scene: Scene) -> None:
    """Send a last FIN, ACK or reset on connections the host has long forgotten; others use the same ports."""
    for port in (22, 25, 80, 443):
        TcpFlow(scene, scene.outsider(), scene.guarded, port, at_ns=scene.at(0)).open().ask(
            b"hello", b"welcome"
        ).close()
    for client in scene.outsiders(scene.drawn(10, 40)):
        now = scene.at(scene.rng.uniform(2, 600))
        for port in scene.rng.sample((22, 25, 80, 443), scene.drawn(1, 3)):
            flow = TcpFlow(scene, client, scene.guarded, port, at_ns=now)
            flags = scene.rng.choice(("FA", "A", "R", "F", "PA", "RA"))
            flow.stray(flags)
            if flags in {"FA", "A", "PA"}:
                flow.server_resets_stray()
            now = flow.pause(1).now_ns


def shared_address(scene: Scene) -> None:
    """Use the services as fifty users behind one address, a few of whom mistake a port."""
    front = scene.outsider()
    hops = front.stack.ttl - front.ttl
    count = scene.drawn(40, 60)
    mistaken = set(scene.rng.sample(range(count), scene.drawn(3, 8)))
    for number in range(count):
        stack = EVERY_STACK[number % len(EVERY_STACK)]
        user = front.__class__(
            front.address4,
            front.address6,
            front.mac,
            stack=stack,
            ttl=stack.ttl - hops,
            clock_ms=scene.rng.randrange(1 << 32),
        )
        for _ in range(scene.drawn(1, 6)):
            flow = TcpFlow(
                scene, user, scene.guarded, scene.rng.choice((80, 443)), at_ns=scene.at(scene.rng.uniform(0, 3600))
            )
            flow.open().ask(b"GET / HTTP/1.1\r\n\r\n", _PAGE).close()
        if number in mistaken:
            wrong = TcpFlow(
                scene, user, scene.guarded, scene.drawn(1024, 30000), at_ns=scene.at(scene.rng.uniform(0, 3600))
            )
            wrong.refused()


def sessions_already_open(scene: Scene) -> None:
    """Start the capture while sessions run; they end in their own ways."""
    for client in scene.outsiders(scene.drawn(10, 40)):
        flow = TcpFlow(
            scene, client, scene.guarded, scene.rng.choice((22, 80, 443)), at_ns=scene.at(scene.rng.uniform(0, 60))
        )
        flow.ask(b"more", b"answer" * 20)
        scene.rng.choice((flow.close, flow.server_close, flow.reset))()


def explicit_congestion(scene: Scene) -> None:
    """Negotiate congestion notification: two more flags in the SYN (RFC 3168 6.1.1)."""
    for client in scene.outsiders(scene.drawn(5, 30)):
        at_ns, port = scene.at(scene.rng.uniform(0, 60)), scene.ephemeral_port()
        sequence = scene.rng.randrange(1 << 32)
        syn = Tcp(port, 80, "SEC", sequence=sequence, options=client.stack.options(1))
        scene.send(at_ns, client, scene.guarded, syn)
        answer = Tcp(
            80, port, "SAE", sequence=99, acknowledgement=sequence + 1, options=scene.guarded.stack.options(1, 1)
        )
        scene.send(at_ns + 50_000, scene.guarded, client, answer)
        for offset_ms, flags in ((20, "A"), (40, "FA")):
            segment = Tcp(port, 80, flags, sequence=sequence + 1, acknowledgement=100)
            scene.send(at_ns + seconds(offset_ms / 1000), client, scene.guarded, segment)


VISITORS = (
    Workload("page_fetches", "hundreds of page fetches by one client", page_fetches),
    Workload("browser_second_port", "a browser tries closed 8443 and 8080, then 80", browser_second_port),
    Workload("ssh_reconnects", "a script reconnects over SSH", ssh_reconnects),
    Workload("mistaken_connection", "one mistyped port", mistaken_connection),
    Workload("retries_to_closed_port", "one client retries one closed port for hours", retries_to_closed_port),
    Workload("moved_service", "sixty and more clients ask on a port that closed", moved_service),
    Workload("load_balancer_checks", "half-open health checks of open ports", load_balancer_checks),
    Workload("monitoring", "every service checked every half minute", monitoring),
    Workload("developer", "web, SSH and a closed Subversion port", developer),
    Workload("file_sharing_client", "a desktop looks for shared files", file_sharing_client),
    Workload("port_knocking", "three knocks in order, then a log-in", port_knocking),
    Workload("late_segments", "stray FIN, ACK and reset on open ports", late_segments),
    Workload("shared_address", "fifty users behind one address, some mistaken", shared_address),
    Workload("sessions_already_open", "a capture that starts in the middle", sessions_already_open),
    Workload("explicit_congestion", "SYNs with ECN flags", explicit_congestion),
)
