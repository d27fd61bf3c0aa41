"""Ask the running service over its sockets."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec

from scanwarden.control.encoding import decode, encode
from scanwarden.control.views import BanRequest, BanView, Done, SourceRequest, Status, Trouble
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix

_LIMIT_S = 10.0
_MAX_ANSWER_BYTES = 64 << 20
_MAX_RECORD_BYTES = 4 << 20
_T = TypeVar("_T")


class NotRunningError(ScanwardenError):
    """Report that nobody answers at the socket."""


class ControlError(ScanwardenError):
    """Report what the service answered instead of doing what was asked."""


class ControlClient:
    """Ask through one socket; the read socket answers questions only. Every method raises ScanwardenError."""

    def __init__(self, path: Path, *, limit_s: float = _LIMIT_S) -> None:
        self._path = path
        self._limit_s = limit_s
        self._stream: _UnixConnection | None = None

    def status(self) -> Status:
        """Say how the service is doing."""
        return self._asked("GET", "/status", None, Status)

    def bans(self) -> list[BanView]:
        """List the bans in force."""
        return self._asked("GET", "/bans", None, list[BanView])

    def raw(self, path: str) -> bytes:
        """Return the JSON, or text, of any question."""
        return self._answer("GET", quote(path, safe="/?=&:"), None)

    def events(self, *, silence_s: float = 40.0) -> Iterator[bytes]:
        """Yield records as they come, as JSON, and nothing (b"") at once and whenever it is quiet for a while.

        Raises ControlError if the service falls silent, and NotRunningError when it ends or is not there.
        """
        connection = self._stream = _UnixConnection(self._path, silence_s)
        try:
            with _reported(self._path):
                connection.request("GET", "/events")
                response = connection.getresponse()
                if response.status != http.client.OK:
                    raise _trouble(response.read(_MAX_ANSWER_BYTES), response.status)
            yield b""
            while True:
                with _reported(self._path):
                    line = response.readline(_MAX_RECORD_BYTES)
                if not line:
                    raise NotRunningError(f"{self._path} was closed", remedy="start it: systemctl start scanwarden")
                if line.startswith(b"data: "):
                    yield line.removeprefix(b"data: ").rstrip(b"\n")
                elif line.startswith(b":"):
                    yield b""
        finally:
            connection.close()

    def hang_up(self) -> None:
        """End `events` in whatever thread it waits."""
        if self._stream is not None and isinstance(self._stream.sock, socket.socket):
            with suppress(OSError):  # it has ended by itself
                self._stream.sock.shutdown(socket.SHUT_RDWR)

    def ban(self, request: BanRequest) -> Done:
        """Ban a source."""
        return self._asked("POST", "/ban", request, Done)

    def unban(self, source: Prefix) -> Done:
        """Lift the bans of a source."""
        return self._asked("POST", "/unban", SourceRequest(source=source), Done)

    def allow(self, source: Prefix) -> Done:
        """Never ban a network until the next reload."""
        return self._asked("POST", "/allow", SourceRequest(source=source), Done)

    def reload(self) -> Done:
        """Have the configuration read again."""
        return self._asked("POST", "/reload", None, Done)

    def _asked(self, method: str, path: str, body: object, kind: type[_T]) -> _T:
        try:
            return decode(self._answer(method, path, body), kind)
        except msgspec.MsgspecError as error:
            raise ControlError(f"the answer is not understood: {error}", remedy="restart the service") from error

    def _answer(self, method: str, path: str, body: object) -> bytes:
        connection = _UnixConnection(self._path, self._limit_s)
        try:
            with _reported(self._path):
                connection.request(method, path, None if body is None else encode(body))
                response = connection.getresponse()
                answer = response.read(_MAX_ANSWER_BYTES)
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise _trouble(answer, response.status)
        return answer


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Say what it means when the socket cannot be used."""
    try:
        yield
    except PermissionError as error:
        raise ControlError(f"{path} may not be used by this user", remedy="run as root") from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunningError(f"nobody answers at {path}", remedy="start it: systemctl start scanwarden") from error
    except (OSError, http.client.HTTPException) as error:
        raise ControlError(f"{path} does not answer: {error}") from error


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, limit_s: float) -> None:
        super().__init__("localhost", timeout=limit_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _trouble(answer: bytes, status: int) -> ControlError:
    try:
        told = decode(answer, Trouble)
    except msgspec.MsgspecError:
        return ControlError(f"the service answered with status {status}")
    return ControlError(told.error, remedy=told.remedy)
