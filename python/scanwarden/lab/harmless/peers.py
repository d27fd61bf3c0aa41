"""Peer-to-peer, calls, tunnels: protocols in which both sides start, over UDP and odd IP protocols."""

from scanwarden.lab.flows import TcpFlow, udp_exchange, udp_refused
from scanwarden.lab.frames import Raw, Udp
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Scene, link_host, seconds

_STUN_REQUEST = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)  # RFC 8489 5
# ESP (RFC 4303 2), AH with 12 bytes of check value around ESP (RFC 4302 2), GRE around IPv4 (RFC 2784 2).
_TUNNELS = ((50, b"\0\0\x12\x34\0\0\0\1"), (51, b"\x32\x04\0\0\0\0\x12\x34\0\0\0\1"), (47, b"\0\0\x08\0E"))
_STUN_ANSWER = b"\1\1\0\0\x21\x12\xa4\x42" + bytes(12)


def file_swarm(scene: Scene) -> None:
    """Share files with a hundred peers, then stop; the peers keep knocking on the port."""
    port = scene.drawn(6881, 51413)
    stops_s = scene.rng.uniform(60, 200)
    for peer in scene.outsiders(scene.drawn(60, 150)):
        now = scene.at(scene.rng.uniform(0, stops_s))
        peer_port = scene.drawn(1025, 65535)
        is_ours = scene.rng.random() < 0.5
        ends = (scene.guarded, peer, peer_port, port) if is_ours else (peer, scene.guarded, port, peer_port)
        udp_exchange(
            scene,
            *ends[:3],
            at_ns=now,
            request=b"d1:ad2:id20:" + bytes(20),
            answer=b"d1:rd2:id20:",
            source_port=ends[3],
        )
        for _ in range(scene.drawn(0, 3)):
            late_ns = scene.at(stops_s + scene.rng.uniform(1, 300))
            if scene.rng.random() < 0.6:
                udp_refused(
                    scene, peer, scene.guarded, port, at_ns=late_ns, payload=b"d1:ad2:id20:", source_port=peer_port
                )
            else:
                TcpFlow(scene, peer, scene.guarded, port, at_ns=late_ns).refused()


def video_calls(scene: Scene) -> None:
    """Open calls in the browser: sockets ask a STUN server, then peers and host punch through to each other."""
    server = scene.outsider()
    for call in range(scene.drawn(1, 4)):
        now = scene.at(call * 60.0)
        sockets = [scene.ephemeral_port() for _ in range(scene.drawn(4, 10))]
        for port in sockets:
            udp_exchange(
                scene,
                scene.guarded,
                server,
                19302,
                at_ns=now,
                request=_STUN_REQUEST,
                answer=_STUN_ANSWER,
                source_port=port,
            )
        for peer in scene.outsiders(scene.drawn(1, 3)):
            for port in sockets:
                check_ns = now + seconds(scene.rng.uniform(0.3, 1.0))
                peer_port = scene.drawn(49152, 65535)
                scene.send(check_ns, peer, scene.guarded, Udp(peer_port, port, _STUN_REQUEST))
                answer_ns = check_ns + seconds(scene.rng.uniform(0.0002, 0.5))
                scene.send(answer_ns, scene.guarded, peer, Udp(port, peer_port, _STUN_ANSWER))
            media_port = sockets[0]
            for number in range(scene.drawn(20, 60)):
                scene.send(
                    now + seconds(2 + number * 0.02), peer, scene.guarded, Udp(50000, media_port, b"\x80" + bytes(99))
                )


def quic_client(scene: Scene) -> None:
    """Browse over QUIC; servers send a last packet to sockets already closed."""
    for server in scene.outsiders(scene.drawn(10, 30)):
        for _ in range(scene.drawn(1, 4)):
            port, now = scene.ephemeral_port(), scene.at(scene.rng.uniform(0, 120))
            for _ in range(scene.drawn(2, 10)):
                now = udp_exchange(
                    scene,
                    scene.guarded,
                    server,
                    443,
                    at_ns=now,
                    request=b"\xc0" * 90,
                    answer=b"\x40" * 90,
                    source_port=port,
                )
            if scene.rng.random() < 0.5:
                late_ns = now + seconds(scene.rng.uniform(1, 25))
                late = scene.send(late_ns, server, scene.guarded, Udp(443, port, b"\x40" * 30))
                scene.refuse(late_ns + 30_000, scene.guarded, late, server)


def telephone_calls(scene: Scene) -> None:
    """Take many calls from a telephone gateway, each on a new pair of media ports (RFC 3550 11)."""
    gateway = scene.outsider()
    for call in range(scene.drawn(8, 25)):
        now = scene.at(call * scene.rng.uniform(4, 30))
        udp_exchange(
            scene,
            gateway,
            scene.guarded,
            5060,
            at_ns=now,
            request=b"INVITE sip:1",
            answer=b"SIP/2.0 200 OK",
            source_port=5060,
        )
        theirs, ours = scene.drawn(5000, 16000) * 2, scene.drawn(5000, 15000) * 2
        for pair in (0, 1):
            start_ns = now + seconds(0.2 + pair * 0.01)
            scene.send(start_ns, gateway, scene.guarded, Udp(theirs + pair, ours + pair, b"\x80" + bytes(40)))
            reply_ns = start_ns + seconds(scene.rng.uniform(0.001, 0.3))
            scene.send(reply_ns, scene.guarded, gateway, Udp(ours + pair, theirs + pair, b"\x80" + bytes(40)))
        for number in range(scene.drawn(20, 50)):
            at_ns = now + seconds(0.3 + number * 0.02)
            scene.send(at_ns, gateway, scene.guarded, Udp(theirs, ours, b"\x80" + bytes(40)))
            scene.send(at_ns + 5_000_000, scene.guarded, gateway, Udp(ours, theirs, b"\x80" + bytes(40)))


def announcements_played(scene: Scene) -> None:
    """Take calls that only listen: media and its reports (RFC 3550 11) come to new ports, and nothing goes back."""
    gateway = scene.outsider()
    for call in range(scene.drawn(8, 25)):
        now = scene.at(call * scene.rng.uniform(4, 30))
        request, answer = b"INVITE sip:1", b"SIP/2.0 200 OK"
        udp_exchange(scene, gateway, scene.guarded, 5060, at_ns=now, request=request, answer=answer, source_port=5060)
        theirs, ours = scene.drawn(5000, 16000) * 2, scene.drawn(5000, 15000) * 2
        for number in range(scene.drawn(30, 60)):
            at_ns = now + seconds(0.3 + number * 0.02)
            scene.send(at_ns, gateway, scene.guarded, Udp(theirs, ours, b"\x80" + bytes(160)))
        for number in range(2):
            report_ns = now + seconds(0.4 + number)
            scene.send(report_ns, gateway, scene.guarded, Udp(theirs + 1, ours + 1, b"\x80\xc8" + bytes(40)))


def tunnels(scene: Scene) -> None:
    """Keep tunnels up: key exchange, ESP and AH, WireGuard, GRE."""
    partner = scene.outsider()
    now = scene.at(0)
    for port in (500, 4500):
        now = udp_exchange(
            scene, partner, scene.guarded, port, at_ns=now, request=bytes(80), answer=bytes(80), source_port=port
        )
    for number in range(scene.drawn(20, 120)):
        at_ns = now + seconds(number * scene.rng.uniform(0.01, 1))
        protocol, header = scene.rng.choice(_TUNNELS)
        scene.send(at_ns, partner, scene.guarded, Raw(protocol, header + bytes(56)))
        scene.send(at_ns + 800_000, scene.guarded, partner, Raw(protocol, header + bytes(56)))
    for client in scene.outsiders(scene.drawn(2, 10)):
        port = scene.ephemeral_port()
        for number in range(scene.drawn(3, 30)):
            at_ns = scene.at(number * 25.0)
            udp_exchange(
                scene,
                client,
                scene.guarded,
                51820,
                at_ns=at_ns,
                request=b"\1" + bytes(147),
                answer=b"\2" + bytes(91),
                source_port=port,
            )


def game_queries(scene: Scene) -> None:
    """Query a game server's two ports, as players and server browsers do."""
    for client in scene.outsiders(scene.drawn(30, 90)):
        for port in (27015, 27016):
            at_ns = scene.at(scene.rng.uniform(0, 300))
            udp_exchange(scene, client, scene.guarded, port, at_ns=at_ns, request=b"\xff" * 25, answer=b"\xff" * 60)


def misdirected_logs(scene: Scene) -> None:
    """Send a device's system log and traps to a host that takes neither, all day."""
    device = link_host(scene.drawn(100, 200))
    for number in range(scene.drawn(40, 200)):
        port = scene.rng.choice((514, 514, 514, 162))
        at_ns = scene.at(number * scene.rng.uniform(0.5, 60))
        udp_refused(scene, device, scene.guarded, port, at_ns=at_ns, payload=b"<13>link up", source_port=port)


PEERS = (
    Workload("file_swarm", "a BitTorrent client, running and stopped", file_swarm),
    Workload("video_calls", "STUN and hole punching for calls", video_calls),
    Workload("quic_client", "QUIC with late packets", quic_client),
    Workload("telephone_calls", "SIP calls with new media ports each", telephone_calls),
    Workload("announcements_played", "calls whose media come one way", announcements_played),
    Workload("tunnels", "IKE, ESP, AH, GRE, WireGuard", tunnels),
    Workload("game_queries", "queries of a game server", game_queries),
    Workload("misdirected_logs", "system log messages to a host that takes none", misdirected_logs),
)
