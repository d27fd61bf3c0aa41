"""Serve a responder to one client at a time, and look after it when nobody asks."""

import logging
import selectors
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from scanwarden.daemon.helper.messages import (
    BROKEN,
    MAX_BATCH,
    MAX_DATAGRAM_BYTES,
    Flag,
    Message,
    MessageError,
    Op,
    Status,
    pack_all,
    unpack_all,
)
from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.daemon.part_socket import peer_uid
from scanwarden.daemon.protection import NetworkChanges
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.responders.admission import MAX_DURATION_S, WIDEST_V4, WIDEST_V6
from scanwarden.responders.contract import Responder
from scanwarden.responders.nftables_tripwire import NftablesTripwire

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
PROTECT_EVERY_S = 60.0
# A start restores as many bans as the table may hold at once; after that so many are made good for each second.
MAX_BANS_AT_ONCE = 131_072
MAX_BANS_A_SECOND = 5000
MAX_TOLD = 65_536  # networks that the service wants protected too
MAX_REMEMBERED = 4096  # of the bans made last: what a service that was killed may not have written down
_ANSWER_LIMIT_S = 5.0
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
        self._naming: list[Prefix] = []
        self._told: tuple[Prefix, ...] = ()
        self._protected_ns: int | None = None
        self._has_wire = False
        self._max_at_once = max_at_once
        self._budget = max_at_once
        self._budget_ns = now_ns()
        self._look_every_ns = int(look_every_s * NS_PER_S)
        self._looked_ns: int | None = None
        self.trouble: str | None = None
        self._made: OrderedDict[bytes, tuple[Message, int]] = OrderedDict()
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
                    self._made.pop(source.key, None)
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
                return [*self._remembered(request), self._status(request, Status.DONE)]
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
            if statuses[number] is Status.DONE and self._spend()
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
                self._remember(batch[number], ban.source)
        answers = [self._status(request, status) for request, status in zip(batch, statuses, strict=True)]
        return [
            msgspec.structs.replace(answer, reason=why) if answer.number == Status.FAILED else answer
            for answer in answers
        ]

    def _remember(self, request: Message, source: Prefix) -> None:
        self._made.pop(source.key, None)
        self._made[source.key] = (request, self._now_ns() + request.duration_s * NS_PER_S)
        if len(self._made) > MAX_REMEMBERED:
            self._made.popitem(last=False)

    def _remembered(self, request: Message) -> list[Message]:
        """Give the bans that were made last and have not ended, with the seconds that are left of each."""
        now_ns = self._now_ns()
        return [
            Message(
                op=Op.LIST,
                flags=Flag.MORE | made.flags & (Flag.FORGEABLE | Flag.SPARE_ESTABLISHED),
                source=made.source,
                duration_s=(ends_ns - now_ns) // NS_PER_S,
                sequence=request.sequence,
            )
            for made, ends_ns in self._made.values()
            if ends_ns - now_ns >= NS_PER_S
        ]

    def _objection(self, request: Message) -> Status:
        source = request.source
        if source is None or source.length < (WIDEST_V4 if source.version == 4 else WIDEST_V6):
            return Status.TOO_WIDE
        if self._protected.overlap(source):
            return Status.PROTECTED
        return Status.DONE if 0 < request.duration_s <= MAX_DURATION_S else Status.WRONG_DURATION

    def _spend(self) -> bool:
        """Take one ban from the budget, which grows by the second; False if there is none left."""
        passed_s = (self._now_ns() - self._budget_ns) // NS_PER_S
        if passed_s > 0:
            self._budget = min(self._max_at_once, self._budget + passed_s * MAX_BANS_A_SECOND)
            self._budget_ns += passed_s * NS_PER_S
        if self._budget <= 0:
            return False
        self._budget -= 1
        return True

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
            self._naming = [*(self._naming if request.number else ()), *sources]
            if len(self._naming) > MAX_TOLD:
                self._naming.clear()
                raise ResponderError(f"no more than {MAX_TOLD} networks are protected at the service's wish")
            return
        named, self._naming = tuple(self._naming), []
        if len(named) != request.number:
            raise ResponderError("not all of those whom to protect were named")
        self._told = named
        self._apply_protection()

    def _apply_protection(self) -> None:
        found = self._found.with_added(dict.fromkeys(self._told, "the service wants it protected"))
        if found == self._protected:
            return
        for source in self._responder.protect(found) if len(self._protected) else self._protect_first(found):
            self._made.pop(source.key, None)
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


class Serving(Protocol):
    """Whoever answers requests, and looks after a firewall when there are none."""

    def look_after(self, *, has_news: bool = False) -> None:
        """Look after the firewall; `has_news` when the network changed."""

    def answer(self, batch: Sequence[Message]) -> list[Message]:
        """Carry out one request, or a batch of bans."""


def serve(
    listener: socket.socket,
    helper: Serving,
    *,
    uids: Sequence[int],
    changes: NetworkChanges,
    is_noted: bool = False,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Serve one client after the other until interrupted; a client of another user is turned away.

    `is_noted`: records carry a scan and a reason. Whether it `goes_on` is asked at least twice a second.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(changes, selectors.EVENT_READ)
        client: socket.socket | None = None
        looked_ns = time.monotonic_ns()
        while goes_on():
            ready = {key.fileobj for key, _ in selector.select(LOOK_EVERY_S)}
            has_news = changes in ready and changes.take()
            if listener in ready and (caller := _accepted(listener, uids)) is not None:
                client = _replaced(client, caller, selector)
            if client is not None and client in ready and not _converse(client, helper, is_noted=is_noted):
                client = _replaced(client, None, selector)
            now_ns = time.monotonic_ns()
            if has_news or now_ns - looked_ns >= LOOK_EVERY_S * NS_PER_S:
                helper.look_after(has_news=has_news)
                looked_ns = now_ns
        _replaced(client, None, selector)


def _accepted(listener: socket.socket, uids: Sequence[int]) -> socket.socket | None:
    client, _ = listener.accept()
    if (uid := peer_uid(client)) not in uids:
        log.warning("a client was turned away", extra={"uid": uid})
        client.close()
        return None
    client.settimeout(_ANSWER_LIMIT_S)
    return client


def _replaced(
    old: socket.socket | None, new: socket.socket | None, selector: selectors.BaseSelector
) -> socket.socket | None:
    if old is not None:
        selector.unregister(old)
        old.close()
    if new is not None:
        selector.register(new, selectors.EVENT_READ)
    return new


def _converse(client: socket.socket, helper: Serving, *, is_noted: bool) -> bool:
    """Read one batch and answer it; False when the client left or said what is no message."""
    batch: list[Message] = []
    try:
        while True:
            packed = client.recv(MAX_DATAGRAM_BYTES + 1)
            if not packed:
                return False
            batch += unpack_all(packed, is_noted=is_noted)
            if len(batch) > MAX_BATCH or any(one.op is not batch[0].op for one in batch):
                raise MessageError("a batch is too long or mixed")
            if Flag.MORE not in batch[-1].flags:
                break
        for datagram in pack_all(helper.answer(batch), is_noted=is_noted):
            client.sendall(datagram)
    except (OSError, MessageError) as error:
        log.warning("a client is not talked to any more", extra={"reason": str(error)})
        return False
    return True


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
