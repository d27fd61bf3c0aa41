"""Play conversations into a scene: TCP connections step by step, UDP exchanges, pings.

A `TcpFlow` keeps the sequence numbers and the clock of one connection attempt, so that what it writes is what
two real stacks would have written. Times are nanoseconds since the epoch; each step moves `now_ns` on.
"""

import struct
from typing import Self

from scanwarden.lab.frames import Icmp, Icmp6, Tcp, Udp
from scanwarden.lab.scene import Host, Scene, seconds


class TcpFlow:
    """One connection attempt from `client` to `server`, either of which may be the guarded host."""

    def __init__(
        self, scene: Scene, client: Host, server: Host, port: int, *, at_ns: int, source_port: int | None = None
    ) -> None:
        self.scene = scene
        self.client = client
        self.server = server
        self.port = port
        self.source_port = scene.ephemeral_port() if source_port is None else source_port
        self.now_ns = at_ns
        self.client_sequence = scene.rng.randrange(1 << 32)
        self.server_sequence = scene.rng.randrange(1 << 32)
        self._half_trip_ns = scene.round_trip_ns(client if server is scene.guarded else server) // 2

    def syn(self) -> None:
        """Send the SYN."""
        options = self.client.stack.options(self._clock_ms(self.client))
        self._from_client("S", window=self.client.stack.window, options=options)

    def syn_ack(self) -> None:
        """Answer the SYN as an open port does."""
        self._wait()
        options = self.server.stack.options(self._clock_ms(self.server), self._clock_ms(self.client))
        self._from_server("SA", window=65160, options=options, acknowledgement=self.client_sequence + 1)
        self.client_sequence += 1
        self.server_sequence += 1

    def ack(self) -> None:
        """Complete the handshake."""
        self._wait()
        self._from_client("A", acknowledgement=self.server_sequence)

    def open(self) -> Self:
        """Complete a whole three-way handshake."""
        self.syn()
        self.syn_ack()
        self.ack()
        return self

    def refused(self) -> Self:
        """Have the SYN answered by a reset, and retried as often as the client's system does (Windows: 3)."""
        for attempt in range(1 + self.client.stack.retries_after_reset):
            if attempt:
                self.now_ns += seconds(0.5)
            self.syn()
            self._wait()
            self._server_refuses()
        return self

    def unanswered(self, *, retries: int = 3) -> Self:
        """Send the SYN and its retransmissions (after 1, 2, 4 … s, RFC 6298 5.5) into silence."""
        for attempt in range(1 + retries):
            if attempt:
                self.now_ns += seconds(1 << (attempt - 1))
            self.syn()
        return self

    def half_open_abort(self) -> Self:
        """Handshake up to the SYN-ACK, which the client answers with a reset."""
        self.syn()
        self.syn_ack()
        self._wait()
        self._from_client("R", window=0, options=b"")
        return self

    def ask(self, request: bytes, answer: bytes) -> Self:
        """Send `request`, receive `answer`, acknowledge it; an empty part is left out."""
        if request:
            self._wait()
            self._from_client("PA", acknowledgement=self.server_sequence, payload=request)
            self.client_sequence += len(request)
        if answer:
            self._wait()
            self._from_server("PA", acknowledgement=self.client_sequence, payload=answer)
            self.server_sequence += len(answer)
            self.ack()
        return self

    def close(self) -> Self:
        """Close from the client's side: FIN, FIN, ACK."""
        self._wait()
        self._from_client("FA", acknowledgement=self.server_sequence)
        self.client_sequence += 1
        self._wait()
        self._from_server("FA", acknowledgement=self.client_sequence)
        self.server_sequence += 1
        self.ack()
        return self

    def server_close(self) -> Self:
        """Close from the server's side: FIN, FIN, ACK."""
        self._wait()
        self._from_server("FA", acknowledgement=self.client_sequence)
        self.server_sequence += 1
        self._wait()
        self._from_client("FA", acknowledgement=self.server_sequence)
        self.client_sequence += 1
        self._wait()
        self._from_server("A", acknowledgement=self.client_sequence)
        return self

    def reset(self) -> Self:
        """Let the client abort the established connection."""
        self._wait()
        self._from_client("RA", acknowledgement=self.server_sequence, window=0, options=b"")
        return self

    def pause(self, duration_s: float) -> Self:
        """Let time pass."""
        self.now_ns += seconds(duration_s)
        return self

    def stray(self, flags: str) -> Self:
        """Send one late segment of a connection that both ends consider over."""
        self._from_client(flags, acknowledgement=self.server_sequence if "A" in flags else 0)
        return self

    def server_resets_stray(self) -> Self:
        """Answer a late ACK as a stack without that connection does (RFC 9293 3.10.7.1)."""
        self._wait()
        self._from_server("R", acknowledgement=0, window=0, options=b"")
        return self

    def _wait(self) -> None:
        self.now_ns += self._half_trip_ns + self.scene.rng.randrange(1000, 60_000)

    def _clock_ms(self, host: Host) -> int:
        return host.clock_ms + self.now_ns // 1_000_000

    def _from_client(
        self,
        flags: str,
        *,
        acknowledgement: int = 0,
        window: int = 502,
        payload: bytes = b"",
        options: bytes | None = None,
    ) -> None:
        segment = Tcp(
            self.source_port,
            self.port,
            flags=flags,
            sequence=self.client_sequence,
            acknowledgement=acknowledgement,
            window=window,
            options=self._later_options(self.client) if options is None else options,
            payload=payload,
        )
        self.scene.send(self.now_ns, self.client, self.server, segment)

    def _from_server(
        self, flags: str, *, acknowledgement: int, window: int = 502, payload: bytes = b"", options: bytes | None = None
    ) -> None:
        segment = Tcp(
            self.port,
            self.source_port,
            flags=flags,
            sequence=self.server_sequence,
            acknowledgement=acknowledgement,
            window=window,
            options=self._later_options(self.server) if options is None else options,
            payload=payload,
        )
        self.scene.send(self.now_ns, self.server, self.client, segment)

    def _server_refuses(self) -> None:
        # RFC 9293 3.5.2: a reset that answers a SYN has sequence number zero and acknowledges the SYN.
        segment = Tcp(
            self.port,
            self.source_port,
            flags="RA",
            acknowledgement=self.client_sequence + 1,
            window=0,
        )
        self.scene.send(self.now_ns, self.server, self.client, segment)

    def _later_options(self, sender: Host) -> bytes:
        receiver = self.server if sender is self.client else self.client
        return sender.stack.segment_options(self._clock_ms(sender), self._clock_ms(receiver))


def udp_exchange(
    scene: Scene, client: Host, server: Host, port: int, *, at_ns: int, request: bytes, answer: bytes, **ports: int
) -> int:
    """Send a datagram and have it answered; return the time of the answer.

    `ports` may hold `source_port` (default: ephemeral) and `answer_port` (default: `port`).
    """
    source_port = ports.get("source_port", scene.ephemeral_port())
    scene.send(at_ns, client, server, Udp(source_port, port, request))
    answer_ns = at_ns + scene.round_trip_ns(client if server is scene.guarded else server)
    scene.send(answer_ns, server, client, Udp(ports.get("answer_port", port), source_port, answer))
    return answer_ns


def udp_refused(
    scene: Scene, client: Host, server: Host, port: int, *, at_ns: int, payload: bytes, source_port: int
) -> int:
    """Send a datagram to a port nobody listens on; return the time of the ICMP error."""
    original = scene.send(at_ns, client, server, Udp(source_port, port, payload))
    error_ns = at_ns + scene.rng.randrange(20_000, 90_000)
    scene.refuse(error_ns, server, original, client)
    return error_ns


def ping(scene: Scene, client: Host, server: Host, *, at_ns: int, sequence: int, ident: int = 0x4D2) -> None:
    """Send one echo request with the usual 56 data bytes, and its reply."""
    rest = struct.pack("!HH", ident, sequence & 0xFFFF)
    payload = struct.pack("!QQ", *divmod(at_ns, 1_000_000_000)) + bytes(range(16, 56))
    request, reply = (
        (Icmp6(128, 0, rest, payload), Icmp6(129, 0, rest, payload))
        if scene.is_ipv6
        else (
            Icmp(8, 0, rest, payload),
            Icmp(0, 0, rest, payload),
        )
    )
    scene.send(at_ns, client, server, request)
    scene.send(at_ns + scene.round_trip_ns(client if server is scene.guarded else server), server, client, reply)
