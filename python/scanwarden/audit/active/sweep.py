"""Knock at ports without blocking: TCP by connecting, UDP by asking each service in its own words.

States are those of nmap: `open`, `closed`, `filtered` (no answer, or a firewall's refusal), UDP `open|filtered` too.
Only the standard library is used, and nothing of scanwarden, for this file is also sent to another node and run there:
`python3 - '{"address": "192.0.2.1", "tcp": [[1, 65535]]}'` prints one line of JSON. It runs on Python 3.8 and later.
"""

from __future__ import annotations

import errno
import json
import resource
import select
import socket
import struct
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_WINDOW = 128
LARGEST_WINDOW = 8192
SPARE_DESCRIPTORS = 64
FIRST_WAIT_S = 1.0
LEAST_WAIT_S = 0.15
LONGEST_WAIT_S = 1.5
TRIES = 2
UDP_ROUNDS = 4
UDP_WAIT_S = 1.0
PER_SECOND = 25_000
_RESET = struct.pack("ii", 1, 0)  # struct linger: on, 0 s, so that closing leaves nothing behind on either side
_REFUSED = frozenset((errno.ECONNREFUSED, errno.ECONNRESET))
_PRESSURE = frozenset((errno.EAGAIN, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.EMFILE, errno.ENFILE))


class TcpSweep:
    """Connect to many ports of one address; more are under way while answers come, half as many when some are late.

    `per_second` bounds the attempts. A port is tried twice; the wait follows the measured round trip (RFC 6298).
    """

    def __init__(self, address: str, ports: Iterable[int], per_second: int = PER_SECOND) -> None:
        self._address = address
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._end = socket.getaddrinfo(address, None, self._family, socket.SOCK_STREAM)[0][4]
        self._waiting = deque((port, 1) for port in ports)
        self._again: deque[tuple[int, int]] = deque()
        self._under_way: dict[int, tuple[socket.socket, int, int, float]] = {}
        self._order: deque[tuple[int, int, float]] = deque()
        self._per_second = per_second
        self._largest = largest_window()
        self._window = min(FIRST_WINDOW, self._largest)
        self._round_trip_s: float | None = None
        self._losses = 0
        self._poll = select.epoll()
        self.states: dict[int, str] = {}

    def run(self) -> dict[int, str]:
        """Return the state of each port."""
        begun_s = time.monotonic()
        made = 0
        while self._waiting or self._again or self._under_way:
            now_s = time.monotonic()
            allowed = int((now_s - begun_s) * self._per_second) + self._window - made
            made += self._start(min(allowed, self._window - len(self._under_way)), now_s)
            for number, _ in self._poll.poll(0.002 if self._waiting or self._again else self._wait_s() / 4):
                self._answered(number)
            self._expire(time.monotonic())
        self._poll.close()
        return self.states

    def _wait_s(self) -> float:
        if self._round_trip_s is None:
            return FIRST_WAIT_S
        return min(LONGEST_WAIT_S, max(LEAST_WAIT_S, 8 * self._round_trip_s))

    def _start(self, most: int, now_s: float) -> int:
        made = 0
        while made < most and (self._waiting or self._again):
            # What was tried before comes last, when the rush is over.
            port, attempt = (self._waiting or self._again).popleft()
            try:
                opened = socket.socket(self._family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
            except OSError:
                self._again.append((port, attempt))
                self._window = max(16, self._window // 2)
                break
            made += 1
            number = opened.connect_ex((self._end[0], port, *self._end[2:]))
            if number == errno.EINPROGRESS:
                key = opened.fileno()
                self._under_way[key] = (opened, port, attempt, now_s)
                self._order.append((key, port, now_s))
                self._poll.register(key, select.EPOLLOUT | select.EPOLLERR | select.EPOLLHUP)
            elif number in _PRESSURE:
                opened.close()
                self._again.append((port, attempt))
                self._window = max(16, self._window // 2)
                break
            else:
                self._judge(opened, port, number)
        return made

    def _answered(self, key: int) -> None:
        opened, port, attempt, begun_s = self._under_way.pop(key)
        self._poll.unregister(key)
        taken_s = time.monotonic() - begun_s
        if attempt == 1:  # Karn: an answer to the second try tells no time
            old_s = self._round_trip_s
            self._round_trip_s = taken_s if old_s is None else old_s + (taken_s - old_s) / 8
            self._window = min(self._largest, self._window + 1)
        else:
            self._losses += 1
            self._window = max(64, self._window // 2)
        self._judge(opened, port, opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _judge(self, opened: socket.socket, port: int, number: int) -> None:
        if number == 0:
            # Two ends of one socket: the kernel chose the very port that is asked for as ours.
            is_ourselves = opened.getsockname()[:2] == opened.getpeername()[:2]
            self.states[port] = "closed" if is_ourselves else "open"
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            self.states[port] = "closed" if number in _REFUSED else "filtered"
        opened.close()

    def _expire(self, now_s: float) -> None:
        wait_s = self._wait_s()
        late = 0
        while self._order and now_s - self._order[0][2] > wait_s:
            key, port, begun_s = self._order.popleft()
            kept = self._under_way.get(key)
            if kept is None or kept[1] != port or kept[3] != begun_s:
                continue  # it was answered, and its number is somebody else's by now
            opened, _, attempt, _ = self._under_way.pop(key)
            self._poll.unregister(key)
            opened.close()
            late += 1
            if attempt < TRIES:
                self._again.append((port, attempt + 1))
            else:
                self.states[port] = "filtered"
        if late and not self._losses:
            # Silence so far was a firewall's, never a lost packet: no second try has been answered.
            self._window = min(self._largest, self._window + late)


def largest_window() -> int:
    """Raise the limit of open files as far as it goes and say how many connections may be under way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LARGEST_WINDOW + SPARE_DESCRIPTORS * 2
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(16, min(LARGEST_WINDOW, soft - SPARE_DESCRIPTORS))


def udp_states(address: str, probes: dict[int, bytes]) -> dict[int, str]:
    """Send each port its probe (bytes by port) up to four times, a second apart, and return the states.

    A kernel tells of closed ports at about one a second (net.ipv4.icmp_ratelimit), so some stay `open|filtered`.
    """
    states: dict[int, str] = {}
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sockets: dict[int, tuple[socket.socket, int]] = {}
    for port in probes:
        opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        opened.connect((address, port))
        sockets[opened.fileno()] = (opened, port)
    for _ in range(UDP_ROUNDS):
        for opened, port in list(sockets.values()):
            try:
                opened.send(probes[port])
            except OSError as error:
                states[port] = "closed" if error.errno in _REFUSED else "filtered"
                sockets.pop(opened.fileno())
                opened.close()
        _hear(sockets, states, time.monotonic() + UDP_WAIT_S)
        if not sockets:
            break
    for opened, port in sockets.values():
        states[port] = "open|filtered"
        opened.close()
    return states


def _hear(sockets: dict[int, tuple[socket.socket, int]], states: dict[int, str], until_s: float) -> None:
    """Take answers until a time; a socket that got one is done."""
    while sockets and (left_s := until_s - time.monotonic()) > 0:
        ready, _, _ = select.select(list(sockets), [], [], left_s)
        for key in ready:
            opened, port = sockets.pop(key)
            try:
                opened.recv(2048)
                states[port] = "open"
            except OSError as error:
                states[port] = "closed" if error.errno in _REFUSED else "filtered"
            opened.close()


def source_of(address: str) -> str:
    """Say from which of its addresses this node sends to `address`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((address, 9))
        return str(asking.getsockname()[0])


def sweep(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order: `address`, `tcp` (ranges of ports), `udp` (probes in hexadecimal by port), `per_second`."""
    address = order["address"]
    begun_s = time.monotonic()
    ports = [port for first, last in order.get("tcp", ()) for port in range(first, last + 1)]
    tcp = TcpSweep(address, ports, order.get("per_second", PER_SECOND)).run() if ports else {}
    tcp_s = time.monotonic() - begun_s
    probes = {int(port): bytes.fromhex(text) for port, text in order.get("udp", {}).items()}
    udp = udp_states(address, probes) if probes else {}
    return {
        "address": address,
        "source": source_of(address),
        "tcp": {state: ranges_of(tcp, state) for state in sorted(set(tcp.values()))},
        "udp": udp,
        "tcp_seconds": tcp_s,
    }


def ranges_of(states: dict[int, str], wanted: str) -> list[list[int]]:
    """Give the ports of one state as ranges."""
    found: list[list[int]] = []
    for port in sorted(port for port, state in states.items() if state == wanted):
        if found and found[-1][1] == port - 1:
            found[-1][1] = port
        else:
            found.append([port, port])
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(sweep(json.loads(sys.argv[1]))) + "\n")
