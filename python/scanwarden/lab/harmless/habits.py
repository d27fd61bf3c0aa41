"""Clients that try several ports by habit, and those who watch over many hosts or services at once."""

from scanwarden.lab.flows import TcpFlow, ping, udp_exchange, udp_refused
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Host, Scene, link_host, seconds
from scanwarden.lab.stacks import EVERY_STACK, WINDOWS

_MAIL_PORTS = (993, 143, 995, 110, 465, 587, 25)


def _try(scene: Scene, client: Host, port: int, *, at_ns: int, is_silent: bool = False) -> int:
    """Connect and talk if the port is open; return when that was over."""
    flow = TcpFlow(scene, client, scene.guarded, port, at_ns=at_ns)
    if port in scene.guarded.open_tcp:
        return flow.open().ask(b"hello", b"welcome").close().now_ns
    return (flow.unanswered(retries=1) if is_silent else flow.refused()).now_ns


def mail_set_up(scene: Scene) -> None:
    """Set up mail programs that know only the host's name: they look on all of mail's ports (RFC 6186, RFC 8314)."""
    for client in scene.outsiders(scene.drawn(1, 6)):
        now, is_silent = scene.at(scene.rng.uniform(0, 300)), scene.rng.random() < 0.3
        for port in _MAIL_PORTS:
            _ = _try(scene, client, port, at_ns=now, is_silent=is_silent)
            now += seconds(scene.rng.uniform(0, 0.3))


def web_addresses_guessed(scene: Scene) -> None:
    """Look for a web page on each port that one may have, as people do who forgot which it was."""
    scene.guarded = link_host(10, open_tcp=(22,))
    for client in scene.outsiders(scene.drawn(1, 6)):
        now = scene.at(scene.rng.uniform(0, 300))
        for port in scene.rng.sample((80, 443, 8080, 8443), 4):
            now = _try(scene, client, port, at_ns=now) + seconds(scene.rng.uniform(0.5, 8))


def desktop_lookups(scene: Scene) -> None:
    """Look for shared files and printers on a host that has neither, as desktops on the link do."""
    for number in scene.rng.sample(range(100, 200), scene.drawn(1, 6)):
        client, now = link_host(number, stack=WINDOWS), scene.at(scene.rng.uniform(0, 300))
        wants_files = scene.rng.random() < 0.5
        udp_port, ports = (137, (445, 139, 80)) if wants_files else (161, (9100, 631, 515))
        now = udp_refused(
            scene,
            client,
            scene.guarded,
            udp_port,
            at_ns=now,
            payload=bytes(50),
            source_port=137 if wants_files else scene.ephemeral_port(),
        )
        for port in ports:
            now = _try(scene, client, port, at_ns=now) + seconds(scene.rng.uniform(0.01, 2))


def domain_members(scene: Scene) -> None:
    """Log on to a domain: names, tickets, directory, policies, and procedures on ports of their own."""
    dynamic = range(49664, 49700)
    scene.guarded = link_host(
        10, open_tcp=(53, 88, 135, 139, 389, 445, 464, 636, 3268, 3269, *dynamic), open_udp=(53, 88, 123, 389, 464)
    )
    for number in scene.rng.sample(range(60, 250), scene.drawn(3, 20)):
        client, now = link_host(number, stack=WINDOWS), scene.at(scene.rng.uniform(0, 60))
        for port in scene.rng.sample(sorted(scene.guarded.open_udp), 5):
            now = udp_exchange(scene, client, scene.guarded, port, at_ns=now, request=bytes(40), answer=bytes(90))
        for port in (88, 135, 389, 445, 3268, 636, *scene.rng.sample(dynamic, 4)):
            now = _try(scene, client, port, at_ns=now)


def scraped_metrics(scene: Scene) -> None:
    """Scrape six exporters of the host every quarter of a minute, one or two of which are down."""
    ports = (9100, 9104, 9113, 9121, 9187, 8081)
    down = set(scene.rng.sample(ports, scene.drawn(1, 2)))
    scene.guarded = link_host(10, open_tcp=set(ports) - down)
    collector = link_host(scene.drawn(100, 200))
    for tick in range(scene.drawn(10, 60)):
        for port in ports:
            _ = _try(scene, collector, port, at_ns=scene.at(tick * 15 + scene.rng.uniform(0, 5)))


def watched_fleet(scene: Scene) -> None:
    """Ping a fleet of hosts every minute, and log in to each; a few are down."""
    fleet, watcher = scene.add_home_hosts(scene.drawn(20, 60)), link_host(200)
    down = set(scene.rng.sample(range(len(fleet)), 2))
    for tick in range(scene.drawn(2, 5)):
        for number, host in enumerate(fleet):
            at_ns = scene.at(tick * 60 + number * 0.02)
            if number not in down:
                ping(scene, watcher, host, at_ns=at_ns, sequence=tick)
    for number, host in enumerate(fleet):
        flow = TcpFlow(scene, watcher, host, 22, at_ns=scene.at(400 + number * 0.5))
        _ = flow.unanswered() if number in down else flow.open().ask(b"SSH-2.0-x\r\n", b"SSH-2.0-lab\r\n").close()


def users_of_one_system(scene: Scene) -> None:
    """Use the services as fifty users of one system behind one address, some of whom forget where the service is."""
    front = scene.outsider(stack=scene.rng.choice(EVERY_STACK))
    for _ in range(scene.drawn(60, 200)):
        port = scene.rng.choice((25, 80, 443))
        _ = _try(scene, front, port, at_ns=scene.at(scene.rng.uniform(0, 3600)))
    for port in scene.rng.sample((3389, 5432, 8443), 2):
        _ = _try(scene, front, port, at_ns=scene.at(scene.rng.uniform(0, 3600)))


HABITS = (
    Workload("mail_set_up", "mail programs look on all of mail's ports", mail_set_up),
    Workload("web_addresses_guessed", "people look for a page on four ports", web_addresses_guessed),
    Workload("desktop_lookups", "desktops look for shared files and printers", desktop_lookups),
    Workload("domain_members", "desktops log on to a domain", domain_members),
    Workload("scraped_metrics", "metrics scraped, some exporters down", scraped_metrics),
    Workload("watched_fleet", "a fleet pinged and visited, some hosts down", watched_fleet),
    Workload("users_of_one_system", "fifty alike users behind one address", users_of_one_system),
)
