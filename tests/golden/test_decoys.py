"""A scan among decoys is one group, whatever its technique, and nobody among them is reported alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanwarden.lab.crafted.probing import NMAP_OPTIONS, probe_protocol, probe_sctp, probe_tcp, probe_udp
from scanwarden.lab.frames import Sctp, Tcp, Udp
from scanwarden.lab.scene import Host, Scene
from tests.replaying import opened, replayed, sources_of

PROBE_GAP_NS = 20_000
PORTS = range(20, 120)

Probing = Callable[[Scene, Host, int, int], None]


def tcp(flags: str, *, is_silent: bool) -> Probing:
    """Return what sends one TCP probe of these flags to a port."""

    def probe(scene: Scene, source: Host, port: int, at_ns: int) -> None:
        options = NMAP_OPTIONS if flags == "S" else b""
        sent = Tcp(50_000, port, flags, sequence=9, acknowledgement=7 * ("A" in flags), window=1024, options=options)
        probe_tcp(scene, source, scene.guarded, sent, at_ns=at_ns, is_silent=is_silent)

    return probe


def udp(*, is_silent: bool) -> Probing:
    """Return what sends one empty datagram to a port."""

    def probe(scene: Scene, source: Host, port: int, at_ns: int) -> None:
        probe_udp(scene, source, scene.guarded, Udp(50_000, port), at_ns=at_ns, is_silent=is_silent)

    return probe


def sctp(scene: Scene, source: Host, port: int, at_ns: int) -> None:
    probe_sctp(scene, source, scene.guarded, Sctp(50_000, port, 1), at_ns=at_ns)


def protocol(scene: Scene, source: Host, port: int, at_ns: int) -> None:
    probe_protocol(scene, source, scene.guarded, port + 40, at_ns=at_ns)


@pytest.mark.parametrize(
    "probing",
    [
        *(
            pytest.param(tcp(flags, is_silent=False), id=f"{flags or 'null'}")
            for flags in ("S", "", "F", "FPU", "SF", "FA")
        ),
        *(
            pytest.param(tcp(flags, is_silent=True), id=f"{flags or 'null'}-unanswered")
            for flags in ("S", "", "F", "FPU", "SF", "FA")
        ),
        pytest.param(udp(is_silent=False), id="udp"),
        pytest.param(udp(is_silent=True), id="udp-unanswered"),
        pytest.param(sctp, id="sctp"),
        pytest.param(protocol, id="protocol"),
    ],
)
def test_decoys_are_one_group_from_the_start(probing: Probing, tmp_path: Path) -> None:
    scene = Scene(4, is_ipv6=False)
    sources, now_ns = [scene.outsider() for _ in range(4)], scene.at(0)
    for port in PORTS:
        for source in sources:
            probing(scene, source, port, now_ns)
            now_ns += PROBE_GAP_NS
    path = tmp_path / "scene.pcap"
    scene.write(path)
    (scan,) = opened(replayed(path, home=scene.home))
    assert (scan.group, sources_of(scan)) == ("decoys", {source.address4 for source in sources})
