"""Receive the packets that firewall rules hand over (NFLOG) as a live sensor.

What is in a datagram is the core's business.
"""

import asyncio
import errno
import time
from collections.abc import Callable

from scanwarden._core import _native
from scanwarden.errors import SensorError
from scanwarden.model.notice import Notice
from scanwarden.sensors.log_reading import LogReading
from scanwarden.sensors.nflog_group import open_group

COPY_BYTES = 128  # headers with options, and an IPv6 extension header or two
RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024
BATCH_PACKETS = 64  # the kernel waits for so many, or for a hundredth of a second
BATCH_TIMEOUT_CS = 1
MAX_DATAGRAM_BYTES = 1 << 17
MAX_DATAGRAMS_A_TURN = 256


class NflogSensor:
    """The packets of one NFLOG group."""

    def __init__(self, group: int, *, reading: LogReading) -> None:
        """Bind the group; raise SensorError where the right to do so or the kernel's part is missing."""
        self.name = f"nflog:{group}"
        self._feed = _native.NflogFeed(reading.as_json(sensor=self.name))
        self._overruns = 0
        self._is_overrun_told = True
        try:
            self._socket = open_group(
                group,
                copied_bytes=COPY_BYTES,
                buffer_bytes=RECEIVE_BUFFER_BYTES,
                timeout_cs=BATCH_TIMEOUT_CS,
                batch_packets=BATCH_PACKETS,
            )
        except OSError as error:
            raise SensorError(
                f"NFLOG group {group} cannot be bound: {error.strerror}", remedy=_remedy(error)
            ) from error

    async def run(self, core: _native.Detector, on_fed: Callable[[], None]) -> None:
        """Feed what arrives until cancelled; `on_fed` hears of each turn."""
        loop = asyncio.get_running_loop()
        has_packets = asyncio.Event()
        loop.add_reader(self._socket, has_packets.set)
        try:
            while True:
                await has_packets.wait()
                has_packets.clear()
                while self.turn(core, now_ns=time.time_ns()):
                    on_fed()
                    await asyncio.sleep(0)
        finally:
            loop.remove_reader(self._socket)

    def turn(self, core: _native.Detector, *, now_ns: int) -> int:
        """Feed a bounded number of waiting datagrams and say how many; 0 means that none waits."""
        datagrams: list[bytes] = []
        while len(datagrams) < MAX_DATAGRAMS_A_TURN:
            try:
                datagrams.append(self._socket.recv(MAX_DATAGRAM_BYTES))
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise SensorError(f"{self.name} broke: {error.strerror}") from error
                self._overruns += 1
                self._is_overrun_told = False
        if datagrams:
            self._feed.feed(datagrams, now_ns, core)
        return len(datagrams)

    def notices(self) -> list[Notice]:
        """Give nothing: packets are all there is."""
        return []

    def troubles(self) -> list[str]:
        """Say, once after each time, that packets came faster than they were read."""
        if self._is_overrun_told:
            return []
        self._is_overrun_told = True
        return ["packets came faster than they were read; some were lost"]

    def statistics(self) -> dict[str, int]:
        """Give the counters by name: packets, probes, overruns, and under `unused.` why packets were not used."""
        return self._feed.counters() | {"overruns": self._overruns}

    def close(self) -> None:
        """Give the group back."""
        self._socket.close()


def _remedy(error: OSError) -> str | None:
    if error.errno == errno.EPERM:
        return "run as root, or with the CAP_NET_ADMIN capability"
    if error.errno == errno.EBUSY:
        return "another program reads this group; choose another one in the rule and here"
    if error.errno in (errno.EPROTONOSUPPORT, errno.EOPNOTSUPP, errno.EINVAL):
        return "load the kernel's part with `modprobe nfnetlink_log`"
    return None
