"""Services with connections of their own: FTP, mail, TFTP, remote procedure calls, and a host that restarts."""

from scanwarden.lab.flows import TcpFlow, ping, udp_exchange
from scanwarden.lab.frames import Tcp, Udp
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Host, Scene, link_host, seconds
from scanwarden.lab.stacks import EVERY_STACK


def ftp_passive(scene: Scene) -> None:
    """Fetch many small files over passive FTP: a new server port for each."""
    client, guarded = scene.outsider(stack=scene.rng.choice(EVERY_STACK)), scene.guarded
    control = TcpFlow(scene, client, guarded, 21, at_ns=scene.at(0)).open().ask(b"", b"220 lab\r\n")
    control.ask(b"USER anonymous\r\n", b"331 any password\r\n").ask(b"PASS x\r\n", b"230 ok\r\n")
    for number in range(scene.drawn(40, 150)):
        port = scene.drawn(32768, 60999)
        control.ask(*_passive_dialogue(scene, port))
        transfer = TcpFlow(scene, client, guarded, port, at_ns=control.now_ns).open()
        control.pause(0.001).ask(b"RETR file%d\r\n" % number, b"150 here it comes\r\n")
        transfer.now_ns = control.now_ns
        transfer.ask(b"", b"x" * 40).server_close()
        control.now_ns = transfer.now_ns
        control.ask(b"", b"226 done\r\n")
    control.close()


def ftp_active(scene: Scene) -> None:
    """Fetch files to the host over active FTP: the server connects back from port 20, each time elsewhere."""
    server, guarded = scene.outsider(), scene.guarded
    control = TcpFlow(scene, guarded, server, 21, at_ns=scene.at(0)).open().ask(b"", b"220 lab\r\n")
    for number in range(scene.drawn(20, 80)):
        port = scene.drawn(32768, 60999)
        control.ask(_active_command(scene, guarded, port), b"200 ok\r\n")
        control.ask(b"RETR file%d\r\n" % number, b"150 here it comes\r\n")
        transfer = TcpFlow(scene, server, guarded, port, at_ns=control.now_ns, source_port=20).open()
        transfer.ask(b"x" * 40, b"").close()
        control.now_ns = transfer.now_ns
        control.ask(b"", b"226 done\r\n")
    control.close()


def ftp_active_server(scene: Scene) -> None:
    """Connect back from the host's FTP server to its clients, some of them behind a filter."""
    for client in scene.outsiders(scene.drawn(3, 10)):
        control = TcpFlow(scene, client, scene.guarded, 21, at_ns=scene.at(scene.rng.uniform(0, 60))).open()
        for _ in range(scene.drawn(1, 10)):
            port = scene.drawn(32768, 60999)
            control.ask(_active_command(scene, client, port), b"200 ok\r\n")
            transfer = TcpFlow(scene, scene.guarded, client, port, at_ns=control.now_ns, source_port=20)
            if scene.rng.random() < 0.3:
                transfer.unanswered(retries=2)
            else:
                transfer.open().ask(b"x" * 40, b"").close()
            control.now_ns = transfer.now_ns
        control.close()


def _passive_dialogue(scene: Scene, port: int) -> tuple[bytes, bytes]:
    if scene.is_ipv6:  # RFC 2428 3
        return b"EPSV\r\n", b"229 Entering Extended Passive Mode (|||%d|)\r\n" % port
    words = [*scene.guarded.address4.split("."), str(port >> 8), str(port & 0xFF)]
    return b"PASV\r\n", f"227 Entering Passive Mode ({','.join(words)})\r\n".encode("ascii")


def _active_command(scene: Scene, host: Host, port: int) -> bytes:
    if scene.is_ipv6:  # RFC 2428 2
        return f"EPRT |2|{host.address6}|{port}|\r\n".encode("ascii")
    return f"PORT {host.address4.replace('.', ',')},{port >> 8},{port & 0xFF}\r\n".encode("ascii")


def incoming_mail(scene: Scene) -> None:
    """Take mail from many servers; the host asks each for the sender's name (ident), in vain."""
    for server in scene.outsiders(scene.drawn(20, 60)):
        flow = TcpFlow(scene, server, scene.guarded, 25, at_ns=scene.at(scene.rng.uniform(0, 900))).open()
        lookup = TcpFlow(scene, scene.guarded, server, 113, at_ns=flow.now_ns)
        _ = lookup.refused() if scene.rng.random() < 0.5 else lookup.unanswered(retries=1)
        flow.now_ns = lookup.now_ns
        flow.ask(b"", b"220 lab ESMTP\r\n").ask(b"EHLO x\r\n", b"250 ok\r\n").ask(b"QUIT\r\n", b"221 bye\r\n").close()


def outgoing_mail(scene: Scene) -> None:
    """Deliver mail to many servers, which ask for the sender's name on the closed ident port."""
    for server in scene.outsiders(scene.drawn(20, 60)):
        flow = TcpFlow(scene, scene.guarded, server, 25, at_ns=scene.at(scene.rng.uniform(0, 900))).open()
        lookup = TcpFlow(scene, server, scene.guarded, 113, at_ns=flow.now_ns).refused()
        flow.now_ns = lookup.now_ns
        flow.ask(b"", b"220 there ESMTP\r\n").ask(b"QUIT\r\n", b"221 bye\r\n").close()


def host_restarts(scene: Scene) -> None:
    """Restart the host: silent at first, then every service refuses, then all is well again."""
    clients, monitor = scene.outsiders(scene.drawn(20, 60)), link_host(scene.drawn(100, 200))
    ports = sorted(scene.guarded.open_tcp)
    for client in [*clients, monitor]:
        favourites = ports if client is monitor else scene.rng.sample(ports, scene.drawn(1, 2))
        for second in range(0, 300, 30 if client is monitor else scene.drawn(8, 25)):
            for port in favourites:
                flow = TcpFlow(scene, client, scene.guarded, port, at_ns=scene.at(second + scene.rng.uniform(0, 3)))
                if 120 <= second < 150:
                    flow.unanswered(retries=1)
                elif 150 <= second < 240:
                    flow.refused()
                else:
                    flow.open().ask(b"hello", b"welcome").close()
        ping(scene, client, scene.guarded, at_ns=scene.at(290), sequence=1)


def tftp(scene: Scene) -> None:
    """Fetch files over TFTP: each transfer moves to a new server port (RFC 1350 4)."""
    devices = [link_host(number) for number in scene.rng.sample(range(100, 200), scene.drawn(1, 5))]
    for _ in range(scene.drawn(10, 60)):
        device, now = scene.rng.choice(devices), scene.at(scene.rng.uniform(0, 600))
        device_port, transfer_port = scene.ephemeral_port(), scene.ephemeral_port()
        scene.send(now, device, scene.guarded, Udp(device_port, 69, b"\0\1boot.img\0octet\0"))
        for block in range(1, scene.drawn(2, 8)):
            now += seconds(0.002)
            tag = block.to_bytes(2, "big")
            scene.send(now, scene.guarded, device, Udp(transfer_port, device_port, b"\0\3" + tag + bytes(100)))
            scene.send(now + 400_000, device, scene.guarded, Udp(device_port, transfer_port, b"\0\4" + tag))


def remote_procedures(scene: Scene) -> None:
    """Mount a network file system: port mapper, mount daemon, file service, over UDP and TCP."""
    for number in scene.rng.sample(range(100, 200), scene.drawn(2, 10)):
        client, now = link_host(number), scene.at(scene.rng.uniform(0, 60))
        for port in (111, 20048, 111, 2049):
            source_port = scene.drawn(600, 1023)
            now = udp_exchange(
                scene,
                client,
                scene.guarded,
                port,
                at_ns=now,
                request=bytes(40),
                answer=bytes(28),
                source_port=source_port,
            )
        for port in (111, 20048, 2049):
            flow = TcpFlow(scene, client, scene.guarded, port, at_ns=now, source_port=scene.drawn(600, 1023)).open()
            now = flow.ask(bytes(44), bytes(28)).close().now_ns


def silent_keep_alives(scene: Scene) -> None:
    """Send keep-alives of a database pool to a firewall that forgot them: ACKs on one port, unanswered."""
    pool = link_host(scene.drawn(100, 200))
    for _ in range(scene.drawn(10, 40)):
        source_port, sequence = scene.ephemeral_port(), scene.rng.randrange(1 << 32)
        for attempt in range(scene.drawn(3, 9)):
            segment = Tcp(source_port, 5432, "A", sequence=sequence, acknowledgement=7)
            scene.send(scene.at(attempt * 75 + scene.rng.uniform(0, 5)), pool, scene.guarded, segment)


SERVICES = (
    Workload("ftp_passive", "many small files over passive FTP", ftp_passive),
    Workload("ftp_active", "many small files over active FTP", ftp_active),
    Workload("ftp_active_server", "our FTP server connects back to clients", ftp_active_server),
    Workload("incoming_mail", "mail comes in, we ask for ident", incoming_mail),
    Workload("outgoing_mail", "mail goes out, servers ask us for ident", outgoing_mail),
    Workload("host_restarts", "a host restarts under its clients", host_restarts),
    Workload("tftp", "devices boot over TFTP", tftp),
    Workload("remote_procedures", "clients mount a network file system", remote_procedures),
    Workload("silent_keep_alives", "keep-alives of forgotten connections", silent_keep_alives),
)
