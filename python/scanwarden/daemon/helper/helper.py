"""Carry out what may be asked of the firewall, refuse everything else, and keep the firewall in shape."""

import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from scanwarden.daemon.helper.allowance import MAX_BANS_AT_ONCE, Allowance
from scanwarden.daemon.helper.made import MadeBans
from scanwarden.daemon.helper.messages import BROKEN, Flag, Message, MessageError, Op, Status
from scanwarden.daemon.helper.told import ToldSources
from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.responders.admission import MAX_DURATION_S, WIDEST_V4, WIDEST_V6
from scanwarden.responders.contract import Responder
from scanwarden.responders.nftables_tripwire import NftablesTripwire

log = logging.getLogger(__name__)
PROTECT_EVERY_S = 60.0
_FORGEABLE, _SPARE_ESTABLISHED = int(Flag.FORGEABLE), int(Flag.SPARE_ESTABLISHED)


class Helper:
    """Everything the helper knows and may do; `find` computes whom this host needs, without asking the client."""

    def __init__(
        self,
        responder: Responder,
        wire: NftablesTripwire | None,
        *,
        find: Callable[[], PrefixTable],
        now_ns: Callable[[], int] = time.monotonic_ns,
        max_at_once: int = MAX_BANS_AT_ONCE,
        look_every_s: float = 0.0,
    ) -> None:
        """Take what bans, and the tripwire if there is one.

        What looks at its tool at a price does so every `look_every_s`; 0 is whenever somebody asks, and twice a second.
        """
        self._responder = responder
        self._wire = wire
        self._find = find
        self._now_ns = now_ns
        self._found = PrefixTable()
        self._protected = PrefixTable()
        self._told = ToldSources()
        self._protected_ns: int | None = None
        self._has_wire = False
        self._allowance = Allowance(max_at_once, now_ns())
        self._look_every_ns = int(look_every_s * NS_PER_S)
        self._looked_ns: int | None = None
        self.trouble: str | None = None
        self._made = MadeBans()
        self.repairs = 0

    def start(self) -> None:
        """Find out whom the host needs and bring the firewall into shape; raise ResponderError."""
        self._renew_protection()
        self._responder.prepare()

    def look_after(self, *, has_news: bool = False) -> None:
        """Renew the protected set if it is due, repair the firewall, re-arm long bans; failures are logged."""
        try:
            age_ns = self._now_ns() - (self._protected_ns or 0)
            if has_news or self._protected_ns is None or age_ns > PROTECT_EVERY_S * NS_PER_S:
                self._renew_protection()
            self._repair_if_due()
            self._responder.refresh()
        except ScanwardenError as error:
            self._looked_ns = None
            if self.trouble != str(error):  # said once while it lasts
                self.trouble = str(error)
                log.warning("the firewall could not be looked after", extra={"reason": str(error)})
        else:
            self.trouble = None

    def leave(self) -> None:
        """Lift bans that nobody else would end, and leave those that end by themselves; raise ResponderError."""
        if self._responder.has_timeouts:
            self._responder.close()
        else:
            self._responder.cleanup()

    def answer(self, batch: Sequence[Message]) -> list[Message]:
        """Carry out one request, or a batch of one operation, and answer after the kernel has."""
        op = batch[0].op
        if op is Op.BAN:
            return self._ban(batch)
        if op is Op.CHECK:
            return self._checked(batch)
        try:
            return self._answer_one(batch[0], [one.source for one in batch if one.source is not None])
        except ScanwardenError as error:
            log.warning("a request failed", extra={"operation": op.name, "reason": str(error)})
            number = BROKEN if op is Op.PING else Status.FAILED
            return [msgspec.structs.replace(self._status(batch[0], number), reason=error.message)]

    def _answer_one(self, request: Message, sources: list[Prefix]) -> list[Message]:
        match request.op:
            case Op.PING:
                return [self._sign_of_life(request)]
            case Op.UNBAN:
                lifted = list(self._responder.unban(sources))
                for source in sources:
                    self._made.forget(source)
                return [self._status(request, Status.DONE if lifted else Status.NOT_THERE)]
            case Op.HOLDS:
                is_there = bool(sources) and self._responder.is_in_force(sources[0])
                return [self._status(request, Status.DONE if is_there else Status.NOT_THERE)]
            case Op.PREPARE:
                self._responder.prepare()
            case Op.REMOVE:
                self._responder.cleanup()
                self._made.clear()
            case Op.PROTECT | Op.PROTECT_DONE:
                self._protect_too(request, sources)
            case Op.LIST:
                return [*self._made.listed(request.sequence, self._now_ns()), self._status(request, Status.DONE)]
            case _:
                return self._answer_about_wire(request, sources)
        return [self._status(request, Status.DONE)]

    def _sign_of_life(self, request: Message) -> Message:
        self._repair_if_due()
        if self.trouble is not None:
            raise ResponderError(self.trouble)
        return self._status(request, self.repairs & 0x7FFF_FFFF)

    def _checked(self, batch: Sequence[Message]) -> list[Message]:
        statuses = [self._objection(request) for request in batch]
        possible = [number for number, status in enumerate(statuses) if status is Status.DONE]
        now_ns = self._now_ns()
        reasons = self._responder.objections([_ban_of(batch[number], now_ns) for number in possible])
        found = {number: why for number, why in zip(possible, reasons, strict=True) if why}
        return [
            msgspec.structs.replace(self._status(request, Status.UNSUITABLE), reason=found[number])
            if number in found
            else self._status(request, statuses[number])
            for number, request in enumerate(batch)
        ]

    def _answer_about_wire(self, request: Message, sources: list[Prefix]) -> list[Message]:
        wire = self._wire
        if wire is None:
            raise ResponderError(f"{self._responder.name} has no tripwire")
        match request.op:
            case Op.WIRE_SET:
                wire.protect_from_start(self._protected)
                wire.set_up(listening_ports())
                self._has_wire = True
            case Op.WIRE_FOLLOW:
                if not wire.is_intact():
                    raise ResponderError("somebody changed the tripwire")
                wire.listen(listening_ports())
            case Op.WIRE_TRIPPED:
                return self._list(request, wire.tripped())
            case Op.WIRE_LIFT:
                wire.lift(sources)
            case Op.WIRE_REMOVE:
                wire.cleanup()
                self._has_wire = False
            case _:
                return [self._status(request, Status.FAILED)]
        return [self._status(request, Status.DONE)]

    def _list(self, request: Message, sources: Sequence[Prefix]) -> list[Message]:
        listed = [
            Message(op=request.op, flags=Flag.MORE, source=source, sequence=request.sequence) for source in sources
        ]
        return [*listed, self._status(request, Status.DONE)]

    def _ban(self, batch: Sequence[Message]) -> list[Message]:
        """Ban what may be banned, in one transaction; the others learn why not."""
        statuses = [self._objection(request) for request in batch]
        bans = {
            number: _ban_of(request, self._now_ns())
            for number, request in enumerate(batch)
            if statuses[number] is Status.DONE and self._allowance.spend(self._now_ns())
        }
        for number, status in enumerate(statuses):
            if status is Status.DONE and number not in bans:
                statuses[number] = Status.TOO_MANY
        why = ""
        try:
            receipt = self._responder.ban(list(bans.values()))
        except ScanwardenError as error:
            log.warning("bans failed", extra={"count": len(bans), "reason": str(error)})
            in_force: set[bytes] = set()
            why = error.message
        else:
            in_force = {ban.source.key for ban in receipt.in_force}
            why = receipt.refused[0].reason if receipt.refused else ""
        for number, ban in bans.items():
            if ban.source.key not in in_force:
                statuses[number] = Status.FAILED
            else:
                self._made.remember(batch[number], ban.source, self._now_ns())
        answers = [self._status(request, status) for request, status in zip(batch, statuses, strict=True)]
        return [
            msgspec.structs.replace(answer, reason=why) if answer.number == Status.FAILED else answer
            for answer in answers
        ]

    def _objection(self, request: Message) -> Status:
        source = request.source
        if source is None or source.length < (WIDEST_V4 if source.version == 4 else WIDEST_V6):
            return Status.TOO_WIDE
        if self._protected.overlap(source):
            return Status.PROTECTED
        return Status.DONE if 0 < request.duration_s <= MAX_DURATION_S else Status.WRONG_DURATION

    def _repair_if_due(self) -> None:
        """Look at the tool, unless that was done a short while ago, and repair what somebody changed."""
        now_ns = self._now_ns()
        if self._looked_ns is not None and now_ns - self._looked_ns < self._look_every_ns:
            return
        self._looked_ns = now_ns
        if not self._responder.is_intact():
            self._responder.prepare()
            self.repairs += 1
            log.warning("somebody changed our part of the firewall; it is in place again")

    def _renew_protection(self) -> None:
        self._found = self._find()
        self._protected_ns = self._now_ns()
        self._apply_protection()

    def _protect_too(self, request: Message, sources: Sequence[Prefix]) -> None:
        """Protect whom the service names as well: it can have nobody banned by that, only spared."""
        if request.op is Op.PROTECT:
            self._told.name(sources, goes_on=bool(request.number))
            return
        self._told.finish(request.number)
        self._apply_protection()

    def _apply_protection(self) -> None:
        found = self._found.with_added(dict.fromkeys(self._told.sources, "the service wants it protected"))
        if found == self._protected:
            return
        for source in self._responder.protect(found) if len(self._protected) else self._protect_first(found):
            self._made.forget(source)
            log.warning("a ban was lifted: its source became protected", extra={"source": str(source)})
        if self._has_wire and self._wire is not None:
            self._wire.protect(found)
        self._protected = found

    def _protect_first(self, found: PrefixTable) -> Sequence[Prefix]:
        """Hand over the first protected set, before which there is no table to put it into."""
        self._responder.prepare()
        return self._responder.protect(found)

    @staticmethod
    def _status(request: Message, status: int) -> Message:
        return Message(op=request.op, source=request.source, number=status, sequence=request.sequence)


def _ban_of(request: Message, now_ns: int) -> Ban:
    if request.source is None:
        raise MessageError("a ban without a source")
    flags = int(request.flags)  # asking an enumeration what it holds takes five times as long
    return Ban(
        id=request.scan or None,
        source=request.source,
        starts_at=Timestamp(now_ns),
        duration_s=request.duration_s,
        reason=request.reason or "asked for by the service",
        forgeable=bool(flags & _FORGEABLE),
        spare_established=bool(flags & _SPARE_ESTABLISHED),
    )
