"""Ask the firewall helper, or the actor: responders and a tripwire whose work another process does."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from scanwarden.daemon.helper.messages import (
    BROKEN,
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
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import Timestamp
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Arming, Keeper, ObjectionError, Traits

_LIMIT_S = 30.0
_CONNECT_FOR_S = 5.0
_RETRY_S = 0.05
_WAIT_FOR_BUDGET_S = 10.0
_MAX_LISTED = 16_384
_ANSWERED_ONE_BY_ONE = frozenset({Op.BAN, Op.CHECK})
_WORDS = {
    Status.PROTECTED: "the helper protects it",
    Status.TOO_WIDE: "the helper bans no network that wide",
    Status.WRONG_DURATION: "the helper makes no ban that long",
    Status.TOO_MANY: "the helper was asked for too many bans within a second",
    Status.FAILED: "the firewall did not do it; the helper's log says why",
    Status.UNSUITABLE: "the firewall cannot make such a ban",
}
_OBJECTIONS = frozenset({Status.PROTECTED, Status.TOO_WIDE, Status.WRONG_DURATION})
_NFTABLES = Traits(name="nftables", max_per_call=16 * MAX_BATCH, is_slash64_host=True, may_overlap=False)


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


class RemoteTool:
    """A tool that the helper or the actor moves: nf_tables unless `traits` say otherwise.

    Whom the host needs is computed there; `protect` tells whom else to spare, such as the addresses of names, which a
    process without a network cannot look up. Bans end there too. `asks_first`: the tool may be unable to make a ban.
    """

    def __init__(self, line: HelperLine, *, traits: Traits = _NFTABLES, asks_first: bool = False) -> None:
        self.traits = traits
        self._asks_first = asks_first
        self._line = line
        self._repairs = 0
        self._connections = 0

    def check(self) -> Sequence[Obstacle]:
        """Say that the helper does not answer, if it does not."""
        try:
            self._ping()
        except ResponderError as error:
            return [Obstacle(lacks=error.message, remedy=error.remedy or "start scanwarden-helper.service")]
        return []

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Ask which bans would be refused, where the tool may be unable to make one; else `put` tells."""
        if not self._asks_first:
            return [None] * len(bans)
        asked = [
            Message(
                op=Op.CHECK,
                flags=Flag.SPARE_ESTABLISHED | Flag.FORGEABLE if ban.spare_established else Flag.NONE,
                source=ban.source,
                duration_s=min(ban.duration_s, 0xFFFF_FFFF),
            )
            for ban in bans
        ]
        return [answer.reason or _WORDS.get(Status(answer.number)) for answer in self._line.ask(asked)] if asked else []

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - the helper knows
        """Have the firewall brought into shape."""
        _done(self._line.ask([Message(op=Op.PREPARE)]))
        self.protect(protected)
        self._repairs = self._ping()
        self._connections = self._line.connections

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Have these protected beside those whom the helper finds by itself."""
        for start in range(0, len(protected), MAX_BATCH):
            piece = protected[start : start + MAX_BATCH]
            _done(self._line.ask([Message(op=Op.PROTECT, source=source, number=start) for source in piece]))
        _done(self._line.ask([Message(op=Op.PROTECT_DONE, number=len(protected))]))

    def put(self, bans: Sequence[Arming]) -> None:
        """Have bans put in, waiting while the helper has had enough; raise ObjectionError or ResponderError."""
        give_up_s = time.monotonic() + _WAIT_FOR_BUDGET_S
        objections: dict[bytes, str] = {}
        waiting: Sequence[Arming] = bans
        while waiting:
            answers = list(zip(waiting, self._line.ask([_ban_request(ban) for ban in waiting]), strict=True))
            waiting = []
            for ban, answer in answers:
                if answer.number == Status.TOO_MANY and time.monotonic() < give_up_s:
                    waiting.append(ban)
                elif answer.number in _OBJECTIONS:
                    objections[ban.source.key] = f"{ban.source}: {_why(answer)}"
                elif answer.number != Status.DONE:
                    raise ResponderError(f"{ban.source}: {_why(answer)}")
            if waiting:
                time.sleep(_RETRY_S)
        if objections:
            raise ObjectionError([objections.get(ban.source.key) for ban in bans])

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Have bans taken out."""
        for start in range(0, len(sources), MAX_BATCH):
            piece = sources[start : start + MAX_BATCH]
            _done(self._line.ask([Message(op=Op.UNBAN, source=source) for source in piece]))

    def holds(self, source: Prefix) -> bool:
        """Have the kernel asked for one ban."""
        return _status(self._line.ask([Message(op=Op.HOLDS, source=source)])) is Status.DONE

    def is_in_place(self) -> bool:
        """Say whether nothing was damaged, and the helper not restarted, since we last brought it into shape.

        Raises ResponderError when the helper says that bans are not in force.
        """
        return self._ping() == self._repairs and self._line.connections == self._connections

    def remove(self) -> None:
        """Have our part of the firewall removed."""
        _done(self._line.ask([Message(op=Op.REMOVE)]))

    def close(self) -> None:
        """Hang up; bans stay in force."""
        self._line.close()

    def _ping(self) -> int:
        answer = self._line.ask([Message(op=Op.PING)])[0]
        if answer.number == BROKEN:
            raise ResponderError(answer.reason or _WORDS[Status.FAILED])
        return answer.number


class RemoteResponder(Keeper):
    """Ban through the helper or the actor, at most `max_bans` at once."""

    def __init__(
        self,
        line: HelperLine,
        *,
        max_bans: int,
        traits: Traits = _NFTABLES,
        asks_first: bool = False,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        super().__init__(RemoteTool(line, traits=traits, asks_first=asks_first), max_bans=max_bans, now_ns=now_ns)


def made_last(line: HelperLine, now: Timestamp) -> list[Ban]:
    """Ask the helper for the bans that it made last, for what is left of them; raise ResponderError."""
    return [
        Ban(
            id=None,
            source=answer.source,
            starts_at=now,
            duration_s=answer.duration_s,
            reason="found in force at the start",
            forgeable=Flag.FORGEABLE in answer.flags,
            spare_established=Flag.SPARE_ESTABLISHED in answer.flags,
        )
        for answer in line.ask([Message(op=Op.LIST)])
        if answer.source is not None and answer.duration_s
    ]


class RemoteWire:
    """The tripwire, moved by the helper, which finds the listening ports and the protected set by itself."""

    def __init__(self, line: HelperLine) -> None:
        self._line = line
        self._connections = 0

    def set_up(self, open_ports: Ports) -> None:  # noqa: ARG002 - the helper knows better
        """Have the wire set."""
        _done(self._line.ask([Message(op=Op.WIRE_SET)]))
        self._connections = self._line.connections

    def protect(self, protected: PrefixTable) -> None:
        """Do nothing: the helper computes for itself whom to protect."""

    def listen(self, open_ports: Ports) -> bool:  # noqa: ARG002 - the helper knows better
        """Have the wire follow the listening ports."""
        _done(self._line.ask([Message(op=Op.WIRE_FOLLOW)]))
        return True

    def tripped(self) -> list[Prefix]:
        """Return who is cut off now."""
        answers = self._line.ask([Message(op=Op.WIRE_TRIPPED)])
        _done(answers)
        return [answer.source for answer in answers if answer.source is not None]

    def lift(self, sources: Iterable[Prefix]) -> None:
        """Let sources in again."""
        asked = [Message(op=Op.WIRE_LIFT, source=source) for source in sources]
        for start in range(0, len(asked), MAX_BATCH):
            _done(self._line.ask(asked[start : start + MAX_BATCH]))

    def is_intact(self) -> bool:
        """Say whether the helper that set the wire is still there; it fails loudly if the wire is not."""
        return self._line.connections == self._connections

    def cleanup(self) -> None:
        """Have the wire taken away."""
        _done(self._line.ask([Message(op=Op.WIRE_REMOVE)]))


def _ban_request(ban: Arming) -> Message:
    flags = Flag.SPARE_ESTABLISHED | Flag.FORGEABLE if ban.spare_established else Flag.NONE
    return Message(
        op=Op.BAN,
        flags=flags,
        source=ban.source,
        duration_s=max(1, -(-ban.timeout_ms // 1000)),
        scan=ban.scan or "",
        reason=ban.reason,
    )


def _why(answer: Message) -> str:
    return answer.reason or _WORDS[Status(answer.number)]


def _status(answers: Sequence[Message]) -> Status:
    return Status(answers[-1].number)


def _done(answers: Sequence[Message]) -> None:
    if _status(answers) is Status.FAILED:
        raise ResponderError(answers[-1].reason or _WORDS[Status.FAILED])
