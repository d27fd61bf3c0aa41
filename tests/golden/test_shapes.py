"""A scan has the shape it had on the wire, however its probes were mixed, and what it was not is not named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanwarden.lab.crafted.probing import NMAP_OPTIONS, probe_protocol, probe_tcp
from scanwarden.lab.frames import Tcp
from scanwarden.lab.scene import Host, Scene
from scanwarden.model.detection import Closed
from tests.replaying import replayed

PROBE_GAP_NS = 200_000

Order = Callable[[Scene, list[Host], list[int]], list[tuple[Host, int]]]


def by_port(_: Scene, hosts: list[Host], ports: list[int]) -> list[tuple[Host, int]]:
    return [(host, port) for port in ports for host in hosts]


def by_host(_: Scene, hosts: list[Host], ports: list[int]) -> list[tuple[Host, int]]:
    return [(host, port) for host in hosts for port in ports]


def at_random(scene: Scene, hosts: list[Host], ports: list[int]) -> list[tuple[Host, int]]:
    probes = by_port(scene, hosts, ports)
    scene.rng.shuffle(probes)
    return probes


def closed(scene: Scene, tmp_path: Path) -> Closed:
    """Replay the scene and give its one scan at its end."""
    path = tmp_path / "scene.pcap"
    scene.write(path)
    (end,) = [record for record in replayed(path, home=scene.home) if isinstance(record, Closed)]
    return end


def swept(order: Order, hosts: int, ports: int) -> tuple[Scene, list[tuple[Host, int]]]:
    """Stage a SYN scan of `ports` ports on each of `hosts` hosts, every second probe sent again."""
    scene = Scene(f"{order.__name__}/{hosts}/{ports}", is_ipv6=False)
    source, now_ns = scene.outsider(), scene.at(0)
    probes = order(scene, scene.add_home_hosts(hosts - 1), list(range(7, 7 + 3 * ports, 3)))
    for number, (host, port) in enumerate(probes):
        for _ in range(1 + number % 2):
            probe = Tcp(50_000, port, "S", sequence=9, window=1024, options=NMAP_OPTIONS)
            probe_tcp(scene, source, host, probe, at_ns=now_ns)
            now_ns += PROBE_GAP_NS
    return scene, probes


@pytest.mark.parametrize("order", [by_port, by_host, at_random])
@pytest.mark.parametrize("hosts", [3, 5, 8, 10])
def test_every_port_of_a_few_hosts_is_told_once(order: Order, hosts: int, tmp_path: Path) -> None:
    scene, probes = swept(order, hosts, 100)
    end = closed(scene, tmp_path)
    assert (end.pattern, end.techniques) == ("block", ("tcp_syn",))
    assert [len(target.touched["tcp"]) for target in end.targets] == [100] * hosts
    assert end.probes == len(probes)


@pytest.mark.parametrize("order", [by_port, by_host, at_random])
@pytest.mark.parametrize(
    ("hosts", "ports", "pattern"),
    [(13, 100, "block"), (20, 60, "block"), (100, 40, "block"), (200, 5, "strobe"), (20, 4, "strobe")],
)
def test_the_shape_over_many_hosts_is_right(order: Order, hosts: int, ports: int, pattern: str, tmp_path: Path) -> None:
    scene, _ = swept(order, hosts, ports)
    assert closed(scene, tmp_path).pattern == pattern


def test_acknowledgements_of_a_connection_that_the_scanners_system_reset_are_no_ack_scan(tmp_path: Path) -> None:
    """A scanner with a stack of its own goes on after its system's reset, to read banners; our host resets that too."""
    scene = Scene(1, is_ipv6=False)
    source, now_ns = scene.outsider(), scene.at(0)
    for port in [*range(1, 30), *scene.guarded.open_tcp]:
        probe = Tcp(40_000, port, "S", sequence=9, window=1024)
        probe_tcp(scene, source, scene.guarded, probe, at_ns=now_ns)
        if port in scene.guarded.open_tcp:
            stray = Tcp(40_000, port, "A", sequence=10, acknowledgement=78)
            probe_tcp(scene, source, scene.guarded, stray, at_ns=now_ns + 10 * PROBE_GAP_NS)
        now_ns += 20 * PROBE_GAP_NS
    assert closed(scene, tmp_path).techniques == ("tcp_syn",)


def test_headers_of_tunnels_without_a_tunnel_ask_for_protocols(tmp_path: Path) -> None:
    """Who speaks GRE, ESP or IP in IP sends more than a header of IP; who looks for protocols does not."""
    scene = Scene(2, is_ipv6=False)
    source = scene.outsider()
    for number, protocol in enumerate([4, 41, 47, 50]):
        probe_protocol(scene, source, scene.guarded, protocol, at_ns=scene.at(number))
    assert closed(scene, tmp_path).techniques == ("ip_protocol",)
