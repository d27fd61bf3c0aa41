"""Ban through the firewall helper, or the actor: a responder whose work another process does."""

import time
from collections.abc import Sequence

from scanwarden.daemon.helper.line import WORDS, HelperLine, reason_of, status_of
from scanwarden.daemon.helper.messages import BROKEN, MAX_BATCH, Flag, Message, Op, Status
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import Timestamp
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, ObjectionError, Traits

_RETRY_S = 0.05
_WAIT_FOR_BUDGET_S = 10.0
_OBJECTIONS = frozenset({Status.PROTECTED, Status.TOO_WIDE, Status.WRONG_DURATION})
_NFTABLES = Traits(name="nftables", max_per_call=16 * MAX_BATCH, is_slash64_host=True, may_overlap=False)


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
        return [answer.reason or WORDS.get(Status(answer.number)) for answer in self._line.ask(asked)] if asked else []

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - the helper knows
        """Have the firewall brought into shape."""
        self._line.order([Message(op=Op.PREPARE)])
        self.protect(protected)
        self._repairs = self._ping()
        self._connections = self._line.connections

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Have these protected beside those whom the helper finds by itself."""
        for start in range(0, len(protected), MAX_BATCH):
            piece = protected[start : start + MAX_BATCH]
            self._line.order([Message(op=Op.PROTECT, source=source, number=start) for source in piece])
        self._line.order([Message(op=Op.PROTECT_DONE, number=len(protected))])

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
                    objections[ban.source.key] = f"{ban.source}: {reason_of(answer)}"
                elif answer.number != Status.DONE:
                    raise ResponderError(f"{ban.source}: {reason_of(answer)}")
            if waiting:
                time.sleep(_RETRY_S)
        if objections:
            raise ObjectionError([objections.get(ban.source.key) for ban in bans])

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Have bans taken out."""
        for start in range(0, len(sources), MAX_BATCH):
            piece = sources[start : start + MAX_BATCH]
            self._line.order([Message(op=Op.UNBAN, source=source) for source in piece])

    def holds(self, source: Prefix) -> bool:
        """Have the kernel asked for one ban."""
        return status_of(self._line.ask([Message(op=Op.HOLDS, source=source)])) is Status.DONE

    def is_in_place(self) -> bool:
        """Say whether nothing was damaged, and the helper not restarted, since we last brought it into shape.

        Raises ResponderError when the helper says that bans are not in force.
        """
        return self._ping() == self._repairs and self._line.connections == self._connections

    def remove(self) -> None:
        """Have our part of the firewall removed."""
        self._line.order([Message(op=Op.REMOVE)])

    def close(self) -> None:
        """Hang up; bans stay in force."""
        self._line.close()

    def _ping(self) -> int:
        answer = self._line.ask([Message(op=Op.PING)])[0]
        if answer.number == BROKEN:
            raise ResponderError(answer.reason or WORDS[Status.FAILED])
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
