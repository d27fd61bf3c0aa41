"""Read back what a connection wrote, with scapy as the second opinion."""

import pytest

from scanwarden.lab.flows import TcpFlow
from scanwarden.lab.scene import GUARDED, Scene, link_host
from scanwarden.lab.stacks import LINUX, WINDOWS, Stack

scapy = pytest.importorskip("scapy.all", reason="needs scapy, the oracle for packets")


def flow_in(scene: Scene, stack: Stack = LINUX) -> TcpFlow:
    return TcpFlow(scene, link_host(50, stack=stack), GUARDED, 80, at_ns=scene.at(0))


def flags_of(scene: Scene) -> list[str]:
    return [str(scapy.Ether(frame)["TCP"].flags) for _, frame in scene.sorted_frames()]


def test_whole_connection_acknowledges_every_byte() -> None:
    scene = Scene(1, is_ipv6=False)
    flow_in(scene).open().ask(b"request", b"answer").close()
    segments = [scapy.Ether(frame)["TCP"] for _, frame in scene.sorted_frames()]
    assert [str(segment.flags) for segment in segments] == ["S", "SA", "A", "PA", "PA", "A", "FA", "FA", "A"]
    last = segments[-1]
    assert (last.seq - segments[0].seq) % 2**32 == len(b"request") + 2
    assert (last.ack - segments[1].seq) % 2**32 == len(b"answer") + 2


@pytest.mark.parametrize(("stack", "attempts"), [(LINUX, 1), (WINDOWS, 4)])
def test_refused_connection_is_retried_as_the_system_does(stack: Stack, attempts: int) -> None:
    scene = Scene(1, is_ipv6=False)
    flow_in(scene, stack).refused()
    assert flags_of(scene) == ["S", "RA"] * attempts


def test_unanswered_syn_is_retransmitted_at_doubling_intervals() -> None:
    scene = Scene(1, is_ipv6=True)
    flow_in(scene).unanswered(retries=3)
    times_s = [(time_ns - scene.start_ns) / 1e9 for time_ns, _ in scene.sorted_frames()]
    assert times_s == [0, 1, 3, 7]


def test_half_open_abort_ends_with_a_reset_that_matches_the_syn_ack() -> None:
    scene = Scene(1, is_ipv6=False)
    flow_in(scene).half_open_abort()
    syn, _, reset = [scapy.Ether(frame)["TCP"] for _, frame in scene.sorted_frames()]
    assert flags_of(scene) == ["S", "SA", "R"]
    assert reset.seq == (syn.seq + 1) % 2**32
