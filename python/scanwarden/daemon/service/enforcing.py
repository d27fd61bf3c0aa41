"""Have bans carried out: by the responder that leads, by those that follow it, and by the tripwire."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

import msgspec

from scanwarden.config import Settings
from scanwarden.config.sections.responders_tripwire import TripwireSettings
from scanwarden.daemon.actor.reach import HELPED, following, leading, line_to, remote
from scanwarden.daemon.enforcer import Enforcer
from scanwarden.daemon.followers import Followers
from scanwarden.daemon.garbage import making_what_stays
from scanwarden.daemon.helper.line import HelperLine
from scanwarden.daemon.helper.remote import made_last
from scanwarden.daemon.helper.remote_wire import RemoteWire
from scanwarden.daemon.rules import protected_table
from scanwarden.daemon.service.opening import Places
from scanwarden.daemon.service.recalling import recall_standings
from scanwarden.daemon.tripwire import LiveTripwire
from scanwarden.daemon.watch import HOST_CLOCKS
from scanwarden.errors import ResponderError, StoreError
from scanwarden.model.ban import Ban
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp
from scanwarden.policy.judge import Judge
from scanwarden.store import Store

log = logging.getLogger(__name__)


class Notify(Protocol):
    """Whoever tells an administrator."""

    def __call__(self, kind: str, text: str, **counts: int) -> None:
        """Tell something of a kind, in a sentence, with the numbers behind it."""


class Enforcement(msgspec.Struct, frozen=True):
    """What carries bans out."""

    enforcer: Enforcer
    followers: Followers
    tripwire: LiveTripwire | None


class Starter:
    """Start what enforces bans, and take over what an earlier run left; bans stay there when this run ends."""

    def __init__(
        self,
        settings: Settings,
        *,
        judge: Judge,
        store: Store,
        tell: Callable[[Record], None],
        notify: Notify,
        sensor: str,
    ) -> None:
        """Take what records of bans are told to, and what an administrator is told by, with a kind and a sentence."""
        self._settings = settings
        self._judge = judge
        self._store = store
        self._tell = tell
        self._notify = notify
        self._sensor = sensor
        self._places = Places.of(settings)

    async def start(self, stack: AsyncExitStack) -> Enforcement:
        """Return what enforces, with the bans of the last run in force; raise ResponderError if it cannot."""
        name = leading(self._settings)
        line = self._line(name)
        responder = remote(name, self._settings, line)
        for obstacle in await asyncio.to_thread(responder.check):
            raise ResponderError(f"cannot enforce bans: {obstacle.lacks}", remedy=obstacle.remedy)
        enforcer = Enforcer(
            responder,
            tell=self._tell,
            on_refused=self._judge.lifted,
            on_lifted=self._judge.pardon,
            sensor=self._sensor,
            clocks=HOST_CLOCKS,
        )
        stack.push_async_callback(enforcer.leave)
        followers = self._followers()
        for follower in followers:
            stack.push_async_callback(follower.leave)
        await enforcer.prepare()
        await enforcer.protect(protected_table(self._judge.rules))
        with making_what_stays():
            await self._restore(enforcer, line)
        followers.protect(protected_table(self._judge.rules))
        for banned in reversed(enforcer.bans()):
            followers.take(banned)
        wire = RemoteWire(line) if name == HELPED and line is not None else None
        return Enforcement(enforcer, followers, await self._set_tripwire(wire, stack))

    def _followers(self) -> Followers:
        responders = [remote(name, self._settings, self._line(name)) for name in following(self._settings)]
        return Followers(responders, notify=self._notify, clocks=HOST_CLOCKS)

    def _line(self, name: str) -> HelperLine | None:
        return line_to(name, self._settings, run=self._places.run, helper=self._places.helper)

    async def _set_tripwire(self, wire: RemoteWire | None, stack: AsyncExitStack) -> LiveTripwire | None:
        if not self._settings.of(TripwireSettings).enabled:
            return None
        if wire is None:
            self._notify("tripwire_off", "the tripwire is not set: it needs nftables in [responders] enabled")
            return None
        tripwire = LiveTripwire(wire, tell=self._tell, sensor=self._sensor, wall_ns=HOST_CLOCKS.wall_ns)
        stack.push_async_callback(tripwire.close)
        await tripwire.set_up()
        return tripwire

    async def _restore(self, enforcer: Enforcer, line: HelperLine | None) -> None:
        """Put the unexpired bans of the database in force again, and adopt what it was not told of in time."""
        now, began_ns = Timestamp(HOST_CLOCKS.wall_ns()), HOST_CLOCKS.monotonic_ns()
        bans = self._stored(now)
        known = {ban.source.key for ban in bans}
        try:
            made = [] if line is None else await asyncio.to_thread(made_last, line, now)
            adopted = [ban for ban in made if ban.source.key not in known]
            # The firewall takes its time, in which the other question is put to the database.
            restored, _ = await asyncio.gather(enforcer.restore([*bans, *adopted]), self._recall(bans, now))
        except ResponderError as error:
            self._notify("ban_not_restored", f"the bans of the last run are not in force: {error}")
            return
        found = {ban.source.key for ban in adopted}
        for banned in enforcer.bans():
            if banned.source.key in found:
                self._tell(banned)
        if restored:
            took_ms = (HOST_CLOCKS.monotonic_ns() - began_ns) // 1_000_000
            text = f"{restored} bans of the last run are in force"
            self._notify("bans_restored", text, bans=restored, took_ms=took_ms)

    def _stored(self, now: Timestamp) -> tuple[Ban, ...]:
        """Return the unexpired bans of the database; none if it cannot be read."""
        try:
            with self._store.reader() as reader:
                return reader.bans_to_restore(now)
        except StoreError as error:
            log.info("no bans are restored from the database", extra={"reason": str(error)})
            return ()

    async def _recall(self, running: Sequence[Ban], now: Timestamp) -> None:
        """Know who was banned how often; nobody, if the database cannot be read."""
        try:
            with self._store.reader() as reader:
                recall_standings(self._judge.memory, reader, running, now)
        except StoreError as error:
            log.info("nobody's earlier bans are known", extra={"reason": str(error)})
