"""Work inside one network namespace: run programs there, open sockets there.

A socket belongs to the namespace its creator was in, so `open_socket` visits the namespace in a thread of its own
(setns(2) moves one thread) and hands back a socket that any thread may use.
"""

import ctypes
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from scanwarden import hostcmd
from scanwarden.errors import ScanwardenError
from scanwarden.lab import names

_CLONE_NEWNET = 0x4000_0000  # linux/sched.h
_T = TypeVar("_T")


class Namespace:
    """One named network namespace; it exists until `remove`."""

    def __init__(self, prefix: str, role: str) -> None:
        self.name = f"{prefix}-{role}"
        self.role = role
        hostcmd.run(["ip", "netns", "add", self.name])

    def remove(self) -> None:
        """Kill what still runs here and delete the namespace."""
        names.remove(self.name)

    def argv(self, command: Sequence[str]) -> list[str]:
        """Return the argument list that runs `command` inside."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(
        self, command: Sequence[str], *, limit_s: float = 30.0, check: bool = True, stdin: bytes = b""
    ) -> hostcmd.Completed:
        """Run `command` inside to its end; raises as `hostcmd.run`."""
        return hostcmd.run(self.argv(command), limit_s=limit_s, check=check, stdin=stdin)

    def start(self, command: Sequence[str], *, launch: hostcmd.Launch | None = None) -> hostcmd.Background:
        """Start `command` inside and leave it running; the caller stops it."""
        return hostcmd.Background(self.argv(command), launch=launch or hostcmd.Launch())

    def ip(self, *words: str) -> None:
        """Run one `ip` command inside."""
        hostcmd.run(["ip", "-n", self.name, *words])

    def set_sysctls(self, settings: dict[str, str]) -> None:
        """Write kernel settings of this namespace, keys with slashes as below /proc/sys.

        Settings that this kernel does not keep per namespace are left alone.
        """

        def write() -> None:
            for key, value in settings.items():
                path = Path("/proc/sys") / key
                if path.exists():
                    path.write_text(value, encoding="ascii")

        self.visit(write)

    def open_socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Return a new socket that lives in this namespace."""
        return self.visit(lambda: socket.socket(family, kind, protocol))

    def connect(self, address: str, port: int, *, limit_s: float = 2.0, source: str | None = None) -> socket.socket:
        """Return a TCP connection from inside to `address`; raises OSError as `socket.connect` does."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = self.open_socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(limit_s)
            if source is not None:
                connection.bind((source, 0))
            connection.connect((address, port))
        except OSError:
            connection.close()
            raise
        return connection

    def visit(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns when called by a thread inside this namespace."""
        outcomes: list[_T] = []
        failures: list[BaseException] = []

        def inside() -> None:
            try:
                self._enter()
                outcomes.append(work())
            except BaseException as failure:  # noqa: BLE001 - raised again below, in the caller's thread
                failures.append(failure)

        thread = threading.Thread(target=inside, name=f"visit {self.name}")
        thread.start()
        thread.join()
        if failures:
            raise failures[0]
        return outcomes[0]

    def _enter(self) -> None:
        descriptor = os.open(names.NAMESPACE_DIRECTORY / self.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
                raise ScanwardenError(
                    f"namespace {self.name} cannot be entered: {os.strerror(ctypes.get_errno())}",
                    remedy="run as root",
                )
        finally:
            os.close(descriptor)
