"""Captures that show only a part: one direction, the end of older conversations, every packet twice or out of order."""

from collections.abc import Callable

from scanwarden.lab import frames
from scanwarden.lab.frames import Udp
from scanwarden.lab.harmless.outbound import go_on, web_client
from scanwarden.lab.harmless.services import ftp_active, ftp_passive
from scanwarden.lab.harmless.visitors import load_balancer_checks, monitoring, page_fetches
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Scene, seconds

_IPV4_SOURCE, _IPV6_SOURCE = slice(26, 30), slice(22, 38)
_SHUFFLED_WITHIN_NS = 2_000_000


def one_way(play: Callable[[Scene], None], *, inbound: bool) -> Callable[[Scene], None]:
    """Return the play of which only one direction is captured."""

    def played(scene: Scene) -> None:
        play(scene)
        ours = {frames.packed(scene.guarded.address4), frames.packed(scene.guarded.address6)}
        scene.timed_frames = [timed for timed in scene.timed_frames if (_source(timed[1]) not in ours) == inbound]

    return played


def _source(frame: bytes) -> bytes:
    return frame[_IPV6_SOURCE if frame[12:14] == b"\x86\xdd" else _IPV4_SOURCE]


def captured_twice(scene: Scene) -> None:
    """Capture on two interfaces at once, so that every packet is there twice."""
    scene.rng.choice((page_fetches, load_balancer_checks, ftp_passive))(scene)
    scene.timed_frames = [(at_ns + late_ns, frame) for at_ns, frame in scene.timed_frames for late_ns in (0, 1000)]


def out_of_order(scene: Scene) -> None:
    """Capture from a card with several queues, whose packets come a little out of order."""
    scene.rng.choice((monitoring, page_fetches))(scene)
    scene.timed_frames = [
        (at_ns + scene.rng.randrange(_SHUFFLED_WITHIN_NS), frame) for at_ns, frame in scene.timed_frames
    ]


def older_sessions(scene: Scene) -> None:
    """Have servers on high ports go on with many connections of the host that it no longer knows, and resets."""
    for server in scene.outsiders(scene.drawn(1, 5)):
        go_on(scene, server, scene.rng.choice((3306, 5432, 6667, 8080, 8443, 9092, 27017)))


def answers_to_older_questions(scene: Scene) -> None:
    """Begin while answers from a server on a high port are under way, to sockets some of which are closed by now."""
    server, port = scene.outsider(), scene.rng.choice((1900, 3478, 5353, 8853, 19302, 27015))
    for _ in range(scene.drawn(10, 40)):
        now = scene.at(scene.rng.uniform(0, 60))
        answer = scene.send(now, server, scene.guarded, Udp(port, scene.ephemeral_port(), bytes(80)))
        if scene.rng.random() < 0.7:
            scene.refuse(now + seconds(0.00003), scene.guarded, answer, server)


PARTIAL = (
    Workload("visits_one_way", "web visits, only what comes in", one_way(page_fetches, inbound=True)),
    Workload("checks_one_way", "service checks, only what comes in", one_way(monitoring, inbound=True)),
    Workload("files_one_way", "passive FTP, only what comes in", one_way(ftp_passive, inbound=True)),
    Workload("active_files_one_way", "active FTP, only what comes in", one_way(ftp_active, inbound=True)),
    Workload("answers_one_way", "passive FTP, only what goes out", one_way(ftp_passive, inbound=False)),
    Workload("browsing_one_way", "browsing, only what comes in", one_way(web_client, inbound=True)),
    Workload("captured_twice", "every packet twice", captured_twice),
    Workload("out_of_order", "packets a little out of order", out_of_order),
    Workload("older_sessions", "servers go on with connections from before", older_sessions),
    Workload("answers_to_older_questions", "answers to questions from before", answers_to_older_questions),
)
