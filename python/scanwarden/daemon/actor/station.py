"""Be one responder of the actor: start it when the host has what it needs, serve it, and remember what it holds."""

import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from scanwarden.daemon.actor.kept import KeptBans
from scanwarden.daemon.helper.helper import Helper
from scanwarden.daemon.helper.messages import BROKEN, Message, Op, Status
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import NS_PER_S
from scanwarden.responders.ban_clock import Running
from scanwarden.responders.keeper import Keeper

log = logging.getLogger(__name__)
RETRY_S = 5.0  # after a failure, before a tool is bothered again


class Station:
    """One responder; until it could be started every request is answered with what is in the way."""

    def __init__(
        self,
        responder: Keeper,
        *,
        find: Callable[[], PrefixTable],
        kept: KeptBans,
        look_every_s: float,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._responder = responder
        self._kept = kept
        self._now_ns = now_ns
        self._helper = Helper(responder, None, find=find, now_ns=now_ns, look_every_s=look_every_s)
        self._lacks: str | None = "it has not been started yet"
        self._has_adopted = False
        self._retry_ns = 0
        self._unwritten: str | None = None

    @property
    def lacks(self) -> str | None:
        """Say what keeps the responder from working; None when it works."""
        return self._lacks

    def look_after(self, *, has_news: bool = False) -> None:
        """Start what could not be started, or look after it; failures are told to whoever asks."""
        if self._now_ns() < self._retry_ns:
            return
        if self._lacks is not None:
            self._start()
            return
        self._helper.look_after(has_news=has_news)
        if self._helper.trouble is not None:
            self._pause()
        self._keep()

    def answer(self, batch: Sequence[Message]) -> list[Message]:
        """Carry out one request, or a batch of bans, and answer after the tool has."""
        if self._lacks is not None:
            self.look_after()
        if self._lacks is None and batch[0].op is Op.BAN:
            self._keep(self._asked(batch))
        if self._lacks is not None:
            number = BROKEN if batch[0].op is Op.PING else Status.FAILED
            return [
                Message(op=one.op, source=one.source, number=number, sequence=one.sequence, reason=self._lacks)
                for one in (batch if batch[0].op is Op.BAN else batch[:1])
            ]
        answers = self._helper.answer(batch)
        self._keep()
        return answers

    def leave(self) -> None:
        """Lift bans that nobody else would end, and leave those that end by themselves; failures are logged."""
        try:
            self._helper.leave()
            self._keep()
        except ScanwardenError as error:
            log.warning("bans could not be lifted", extra={"responder": self._responder.name, "reason": str(error)})

    def _start(self) -> None:
        try:
            obstacles = self._responder.check()
            if obstacles:
                raise ResponderError(f"it cannot enforce bans: {obstacles[0].lacks}", remedy=obstacles[0].remedy)
            if not self._responder.has_timeouts and not self._has_adopted:
                self._responder.adopt(self._kept.read())
                self._has_adopted = True
            self._helper.start()
        except ScanwardenError as error:
            self._trouble(str(error))
            return
        self._lacks = None
        log.info("a responder is at work", extra={"responder": self._responder.name})

    def _trouble(self, reason: str) -> None:
        if reason != self._lacks:  # said once while it lasts
            log.warning("a responder does not work", extra={"responder": self._responder.name, "reason": reason})
        self._lacks = reason
        self._pause()

    def _pause(self) -> None:
        self._retry_ns = self._now_ns() + int(RETRY_S * NS_PER_S)

    def _asked(self, batch: Sequence[Message]) -> list[Running]:
        """Give the bans that will be in force if all that is asked for is done."""
        now_ns = self._now_ns()
        running = {ban.source.key: ban for ban in self._responder.running()}
        for one in batch:
            if one.source is not None:
                ends_ns = now_ns + one.duration_s * NS_PER_S
                asked = Running(
                    source=one.source,
                    ends_ns=ends_ns,
                    armed_until_ns=ends_ns,
                    forgeable=True,
                    spare_established=True,
                    scan=one.scan or None,
                    reason=one.reason,
                )
                before = running.get(one.source.key)
                running[one.source.key] = (
                    asked if before is None else msgspec.structs.replace(before, ends_ns=max(before.ends_ns, ends_ns))
                )
        return list(running.values())

    def _keep(self, bans: Sequence[Running] | None = None) -> None:
        """Write down what is, or may be, in force, where the tool would hold it for ever."""
        if self._responder.has_timeouts or not self._has_adopted:
            return
        try:
            self._kept.write(self._responder.running() if bans is None else bans)
        except ResponderError as error:
            if self._unwritten != str(error):  # said once while it lasts
                self._unwritten = str(error)
                log.warning("bans are not written down", extra={"reason": self._unwritten})
        else:
            self._unwritten = None
