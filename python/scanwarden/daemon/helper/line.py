"""Keep the connection to the firewall helper, or to the actor, and ask over it."""

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from scanwarden.daemon.helper.messages import (
    MAX_BATCH,
    MAX_DATAGRAM_BYTES,
    Flag,
    Message,
    MessageError,
    Op,
    Status,
    pack_batch,
    unpack_all,
)
from scanwarden.errors import ResponderError

_LIMIT_S = 30.0
_CONNECT_FOR_S = 5.0
_RETRY_S = 0.05
_MAX_LISTED = 16_384
_ANSWERED_ONE_BY_ONE = frozenset({Op.BAN, Op.CHECK})
WORDS = {
    Status.PROTECTED: "the helper protects it",
    Status.TOO_WIDE: "the helper bans no network that wide",
    Status.WRONG_DURATION: "the helper makes no ban that long",
    Status.TOO_MANY: "the helper was asked for too many bans within a second",
    Status.FAILED: "the firewall did not do it; the helper's log says why",
    Status.UNSUITABLE: "the firewall cannot make such a ban",
}


class HelperLine:
    """The connection to the helper; it is made again when it breaks. Safe to use from several threads.

    `is_noted`: it is the actor's, whose records carry a scan and a reason. An answer may take `limit_s`.
    """

    def __init__(
        self,
        path: Path,
        *,
        connect_for_s: float = _CONNECT_FOR_S,
        limit_s: float = _LIMIT_S,
        is_noted: bool = False,
    ) -> None:
        self._path = path
        self._connect_for_s = connect_for_s
        self._limit_s = limit_s
        self._is_noted = is_noted
        self._who = "actor" if is_noted else "helper"
        self._socket: socket.socket | None = None
        self._sequence = 0
        self._turn = threading.Lock()
        self.connections = 0

    def ask(self, requests: Sequence[Message]) -> list[Message]:
        """Send one request, or several of one operation, and return the answers; raise ResponderError.

        They go in batches of at most `MAX_BATCH`, each while the one before is worked on.
        """
        with self._turn:
            give_up_s = time.monotonic() + self._connect_for_s
            while True:
                try:
                    return self._exchange([requests[at : at + MAX_BATCH] for at in range(0, len(requests), MAX_BATCH)])
                except (OSError, MessageError) as error:
                    self._hang_up()
                    # A helper that was restarted is asked anew: every request may be made twice.
                    if time.monotonic() > give_up_s:
                        raise ResponderError(
                            f"the firewall {self._who} at {self._path} does not answer: {error}",
                            remedy=f"see `systemctl status scanwarden-{self._who}`; it must be enabled",
                        ) from error
                    time.sleep(_RETRY_S)

    def order(self, requests: Sequence[Message]) -> list[Message]:
        """Ask, and raise ResponderError also if it was not done."""
        answers = self.ask(requests)
        if status_of(answers) is Status.FAILED:
            raise ResponderError(reason_of(answers[-1]))
        return answers

    def close(self) -> None:
        """End the connection."""
        with self._turn:
            self._hang_up()

    def _exchange(self, batches: Sequence[Sequence[Message]]) -> list[Message]:
        line = self._connected()
        answers: list[Message] = []
        for number, batch in enumerate(batches):
            self._sequence += 1
            for datagram in pack_batch(batch, self._sequence, is_noted=self._is_noted):
                line.sendall(datagram)
            if number:
                answers += self._answers(line, batches[number - 1], self._sequence - 1)
        return answers + self._answers(line, batches[-1], self._sequence)

    def _answers(self, line: socket.socket, requests: Sequence[Message], sequence: int) -> list[Message]:
        """Read one answer for each ban or check; for anything else up to the first that says no more follow."""
        op = requests[0].op
        wanted = len(requests) if op in _ANSWERED_ONE_BY_ONE else _MAX_LISTED
        answers: list[Message] = []
        while len(answers) < wanted:
            received = unpack_all(line.recv(MAX_DATAGRAM_BYTES + 1), is_noted=self._is_noted)
            if any(answer.sequence != sequence or answer.op is not op for answer in received):
                raise MessageError("an answer to another question")
            answers += received
            if op not in _ANSWERED_ONE_BY_ONE and Flag.MORE not in received[-1].flags:
                break
        if op in _ANSWERED_ONE_BY_ONE and len(answers) != wanted:
            raise MessageError("more answers than questions")
        return answers

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = self._connect()
            self.connections += 1
        return self._socket

    def _connect(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            line.settimeout(self._limit_s)
            line.connect(str(self._path))
        except OSError:
            line.close()
            raise
        return line

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it is broken already
                self._socket.close()
            self._socket = None


def status_of(answers: Sequence[Message]) -> Status:
    """Say how it went; of several answers the last one does."""
    return Status(answers[-1].number)


def reason_of(answer: Message) -> str:
    """Say why something was not done."""
    return answer.reason or WORDS[Status(answer.number)]
