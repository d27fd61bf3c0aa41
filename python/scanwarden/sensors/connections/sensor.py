"""Hand over every new connection attempt, until cancelled."""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Awaitable, Callable

from scanwarden import hostcmd
from scanwarden.errors import SensorError
from scanwarden.hostcmd import HostCommandError
from scanwarden.model.attempt import Attempt
from scanwarden.model.time import Timestamp
from scanwarden.sensors import nflog_group
from scanwarden.sensors.connections.headers import attempt_of
from scanwarden.sensors.connections.nflog import packets
from scanwarden.sensors.connections.table import COPIED_BYTES, GROUP, TABLE, removal, ruleset

LOOK_S = 5.0
TIMEOUT_CS = 10
HELD_BACK_S = 0.15  # longer than the kernel holds packets back to send several at once
RECEIVE_BYTES = 1 << 16
BUFFER_BYTES = 1 << 20
MAX_READS = 64  # before the event loop may do something else
Nft = Callable[[list[str], bytes], Awaitable[bytes]]
_PACKETS = re.compile(rb"\bpackets (\d{1,18})\b")


class ConnectionSensor:
    """Give each attempt to `take`, in the order of arrival; `wall_ns` stands in where the kernel gave no time."""

    def __init__(
        self, take: Callable[[Attempt], None], *, per_second: int, wall_ns: Callable[[], int], nft: Nft | None = None
    ) -> None:
        self._take = take
        self._per_second = per_second
        self._wall_ns = wall_ns
        self._nft = nft or _nft
        self.counters = {"attempts": 0, "unreadable": 0, "lost": 0, "left_out": 0}

    async def run(self) -> None:
        """Set the table and read until cancelled, then remove it; a flushed table comes back within five seconds.

        Raises SensorError saying what this host lacks.
        """
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            try:
                opened = nflog_group.open_group(
                    GROUP, copied_bytes=COPIED_BYTES, buffer_bytes=BUFFER_BYTES, timeout_cs=TIMEOUT_CS
                )
                stack.callback(opened.close)
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise SensorError(f"new connections cannot be logged: NFLOG group {GROUP}: {reason}") from error
            loop.add_reader(opened.fileno(), self._read, opened)
            stack.callback(loop.remove_reader, opened.fileno())
            try:
                await self._set_table()
                while True:
                    await asyncio.sleep(LOOK_S)
                    await self._look()
            finally:
                with contextlib.suppress(HostCommandError):  # it was never set, or nft is gone
                    await self._look()
                    await self._nft(["nft", "-f", "-"], removal().encode())
                await asyncio.sleep(HELD_BACK_S)
                self._read(opened)

    async def _set_table(self) -> None:
        try:
            await self._nft(["nft", "-f", "-"], ruleset(self._per_second).encode())
        except HostCommandError as error:
            raise SensorError(f"new connections cannot be logged: {error}", remedy="install nftables") from error

    async def _look(self) -> None:
        """Read how many attempts the kernel did not hand over; set a table that was flushed anew."""
        try:
            listed = await self._nft(["nft", "list", "counter", *TABLE.split(), "left_out"], b"")
        except HostCommandError:
            await self._set_table()
            return
        if found := _PACKETS.search(listed):
            self.counters["left_out"] = int(found[1])

    def _read(self, opened: socket.socket) -> None:
        for _ in range(MAX_READS):
            try:
                datagram = opened.recv(RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError:  # ENOBUFS: the kernel had more to say than the buffer holds
                self.counters["lost"] += 1
                continue
            for time_ns, packet in packets(datagram):
                attempt = attempt_of(packet, Timestamp(self._wall_ns() if time_ns is None else time_ns))
                self.counters["unreadable" if attempt is None else "attempts"] += 1
                if attempt is not None:
                    self._take(attempt)


async def _nft(argv: list[str], stdin: bytes) -> bytes:
    return (await hostcmd.run_async(argv, stdin=stdin)).stdout
