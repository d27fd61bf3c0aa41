"""Where nobody says which side is ours, scans are found and harmless traffic is not blamed all the same."""

import itertools
from pathlib import Path

import pytest

from scanwarden.lab import harmless
from scanwarden.lab.crafted.probing import NMAP_OPTIONS, probe_tcp
from scanwarden.lab.flows import TcpFlow, udp_exchange
from scanwarden.lab.frames import Tcp, Udp
from scanwarden.lab.harmless import WORKLOADS, Workload
from scanwarden.lab.scene import Host, Scene, link_host, seconds
from tests.replaying import opened, replayed, sources_of

# Nothing but one host's failed attempts does not show whose host that is.
DECIDABLE = [workload for workload in WORKLOADS if workload.name != "unreachable_peers"]


def blamed(scene: Scene, tmp_path: Path) -> list[set[str]]:
    """Replay the scene without saying whose it is; give the sources of every scan."""
    path = tmp_path / "scene.pcap"
    scene.write(path)
    return [sources_of(scan) for scan in opened(replayed(path))]


@pytest.mark.parametrize("workload", DECIDABLE, ids=lambda one: one.name)
def test_harmless_workload_is_not_reported(workload: Workload, tmp_path: Path) -> None:
    assert blamed(harmless.staged(workload, 0), tmp_path) == []


@pytest.mark.parametrize("other", ["late_segments", "pings"])
@pytest.mark.parametrize("name", ["incoming_mail", "ftp_active_server"])
def test_a_host_of_both_families_that_is_asked_is_at_home(name: str, other: str, tmp_path: Path) -> None:
    """What it asks itself fails, as for the name of a caller, or looks like a sweep, as the data connections of FTP."""
    by_name = {workload.name: workload for workload in WORKLOADS}
    scene = Scene(0, is_ipv6=False)
    for seed, workload in enumerate(by_name[one] for one in (name, name, name, other)):
        scene.timed_frames += harmless.staged(workload, seed).timed_frames
    assert blamed(scene, tmp_path) == []


def test_answers_to_a_question_to_a_group_are_no_probes_whoever_asked(tmp_path: Path) -> None:
    """Home is inferred from IPv6 alone here, and the question went out over IPv4."""
    by_name = {workload.name: workload for workload in WORKLOADS}
    scene = harmless.staged(by_name["announcement_burst"], 0)
    others = (harmless.staged(by_name["monitoring"], seed) for seed in itertools.count())
    scene.timed_frames += next(other for other in others if other.is_ipv6).timed_frames
    assert blamed(scene, tmp_path) == []


@pytest.mark.parametrize("hosts", [3, 4, 20])
def test_a_scanner_that_reads_what_services_say_is_not_at_home(hosts: int, tmp_path: Path) -> None:
    """Version detection gets payload from every target, as a client does, but not from every port it tries."""
    scene = Scene(hosts, is_ipv6=False)
    source, now_ns = link_host(50), scene.at(0)
    targets = scene.add_home_hosts(hosts - 1)
    for port in (21, 22, 23, 25, 80, 110, 143, 443):
        for target in targets:
            probe = Tcp(50_000, port, "S", sequence=9, window=1024, options=NMAP_OPTIONS)
            probe_tcp(scene, source, target, probe, at_ns=now_ns)
            now_ns += seconds(0.001)
    for port in (21, 22, 25):
        for target in targets:
            flow = TcpFlow(scene, source, target, port, at_ns=now_ns).open()
            flow.ask(b"", b"220 ready\r\n")
            flow.close()
            now_ns += seconds(0.01)
    assert blamed(scene, tmp_path) == [{source.address4}]


def test_a_client_of_a_network_whose_peers_have_left_is_no_scanner(tmp_path: Path) -> None:
    """A table of peers is old: each is asked on a port of its own, and one in eight answers."""
    scene = Scene(7, is_ipv6=False)
    for number in range(160):
        peer, at_ns = scene.outsider(), scene.at(number * 0.05)
        port = scene.drawn(1025, 65535)
        if number % 8:
            scene.send(at_ns, scene.guarded, peer, Udp(6881, port, b"d1:ad2:id20:" + bytes(20)))
        else:
            ask(scene, peer, port, at_ns)
    assert blamed(scene, tmp_path) == []


def ask(scene: Scene, peer: Host, port: int, at_ns: int) -> None:
    question, answer = b"d1:ad2:id20:" + bytes(20), b"d1:rd2:id20:" + bytes(20)
    udp_exchange(scene, scene.guarded, peer, port, at_ns=at_ns, request=question, answer=answer, source_port=6881)


def test_a_sweep_by_udp_that_a_few_services_answer_is_found(tmp_path: Path) -> None:
    scene = Scene(8, is_ipv6=False)
    source = link_host(50)
    for number in range(100, 200):
        target, at_ns = link_host(number), scene.at(number * 0.01)
        if number % 8:
            scene.send(at_ns, source, target, Udp(40_000, 161, b"\x30\x26\x02\x01"))
        else:
            udp_exchange(
                scene, source, target, 161, at_ns=at_ns, request=b"\x30\x26", answer=b"\x30\x27", source_port=40_000
            )
    assert blamed(scene, tmp_path) == [{source.address4}]
