"""Answer the control interface."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from scanwarden import __version__
from scanwarden.audit.desk import AuditDesk
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.control.contract import NotFoundError, RefusedError
from scanwarden.control.views import BanRequest, BanView, Done, FleetHealth, ResponderHealth, Status, StoreHealth
from scanwarden.daemon.configured import Names, may_enforce
from scanwarden.daemon.enforcer import Enforcer
from scanwarden.daemon.fleet_health import fleet_health
from scanwarden.daemon.followers import Followers
from scanwarden.daemon.protection import Protection
from scanwarden.daemon.service.desk import Desk
from scanwarden.daemon.service.hub import Hub
from scanwarden.daemon.tripwire import LiveTripwire
from scanwarden.daemon.watch import HOST_CLOCKS
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.records import Banned
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.policy.judge import Judge
from scanwarden.store import Reader, ScanFilter, Store

Answer = TypeVar("Answer")
WRITE_LIMIT_S = 2.0


class Running(Protocol):
    """What the answers are made from: the running service."""

    started: Timestamp
    file: Path
    home: tuple[Prefix, ...]
    store: Store
    audit: AuditDesk
    hub: Hub
    judge: Judge
    names: Names
    protection: Protection
    enforcer: Enforcer | None
    followers: Followers
    tripwire: LiveTripwire | None
    desk: Desk

    @property
    def policy(self) -> PolicySettings:
        """Return the policy's settings in force."""

    @property
    def fleet(self) -> FleetSettings:
        """Return the fleet's settings."""

    async def allow(self, source: Prefix) -> None:
        """Never ban a network until the next start or reload."""

    async def reload(self) -> tuple[str, ...]:
        """Read the configuration again."""


class Answers:
    """What `control` asks, answered from one running service."""

    def __init__(self, brain: Running) -> None:
        self._brain = brain

    async def status(self) -> Status:
        """Say how the service is doing, after a look at the firewall."""
        brain = self._brain
        state = brain.store.state()
        enforcer = brain.enforcer
        trouble = None if enforcer is None else await enforcer.look()
        return Status(
            version=__version__,
            pid=os.getpid(),
            started_at=brain.started,
            mode="enforce" if may_enforce(brain.policy) else "observe",
            interfaces=brain.desk.interfaces,
            home=brain.home,
            packets=brain.desk.packets,
            dropped=brain.desk.dropped,
            scans=brain.desk.scans,
            bans_in_force=0 if enforcer is None or trouble else enforcer.in_force,
            bans_made=0 if enforcer is None else enforcer.bans_made,
            firewall=trouble,
            responders=self._responders(trouble),
            tripwire=brain.tripwire is not None,
            store=StoreHealth(
                is_degraded=state.is_degraded,
                reason=state.reason,
                queued=state.queued,
                written=state.written,
                dropped=state.dropped,
            ),
            configuration=str(brain.file),
            fleet=await self._fleet(),
            audit=brain.audit.sentences(),
            gaps=(*brain.desk.gaps, *brain.protection.gaps, *brain.names.gaps),
        )

    async def bans(self) -> list[BanView]:
        """List the bans in force, after a look at the firewall."""
        enforcer = self._brain.enforcer
        if enforcer is None or await enforcer.look():
            return []
        banned = enforcer.bans()
        # A hundred thousand take a third of a second, in which others are answered too.
        return await asyncio.to_thread(lambda: [self._ban_view(ban) for ban in banned])

    async def scans(self, *, source: Prefix | None, after: str | None, limit: int) -> object:
        """List scans from the database."""
        return await self._read(lambda reader: reader.scans(ScanFilter(source=source), after=after, limit=limit))

    async def scan(self, scan_id: str) -> object:
        """Give one scan from the database."""
        found = await self._read(lambda reader: reader.scan(scan_id))
        if found is None:
            raise NotFoundError(f"there is no scan {scan_id[:40]!a}", remedy="list them: scanwarden scans")
        return found

    async def source(self, source: Prefix) -> object:
        """Tell all that the database knows of a source."""
        return await self._read(lambda reader: reader.source(source))

    async def overview(self, *, hours: int) -> object:
        """Sum up the last hours from the database."""
        until = HOST_CLOCKS.wall_ns()
        return await self._read(lambda reader: reader.overview(until - hours * 3600 * NS_PER_S, until))

    async def notices(self, *, limit: int) -> object:
        """List notices from the database."""
        return await self._read(lambda reader: reader.notices(limit=limit))

    def audit(self) -> object:
        """Give the last survey, how it differs from what is expected, and what scanners learnt."""
        return self._brain.audit.view()

    def events(self) -> AsyncIterator[bytes]:
        """Yield records as they come."""
        return self._brain.hub.listen()

    async def metrics(self) -> Mapping[str, float]:
        """Give counters by name; the names do not depend on traffic."""
        brain, status = self._brain, await self.status()
        return {
            "packets_total": status.packets,
            "packets_dropped_total": status.dropped,
            "scans_total": status.scans,
            "bans_total": status.bans_made,
            "bans_in_force": status.bans_in_force,
            "bans_dropped_total": 0 if brain.enforcer is None else brain.enforcer.bans_dropped,
            "tripwire_lifted_total": 0 if brain.tripwire is None else brain.tripwire.lifted,
            "store_written_total": status.store.written,
            "store_dropped_total": status.store.dropped,
            "store_queued": status.store.queued,
            "store_degraded": status.store.is_degraded,
            "firewall_broken": status.firewall is not None,
            "responders_broken": sum(one.trouble is not None for one in status.responders),
            "responders_waiting": sum(one.waiting for one in status.responders),
            "responders_refused": sum(one.refused for one in status.responders),
            "fleet_broken": status.fleet is not None and status.fleet.trouble is not None,
            "fleet_waiting_bytes": 0 if status.fleet is None else status.fleet.waiting_bytes,
            "events_dropped_total": brain.hub.dropped,
            **brain.audit.metrics(now=Timestamp(HOST_CLOCKS.wall_ns())),
            "start_time_seconds": int(status.started_at) // 1_000_000_000,
        }

    async def ban(self, request: BanRequest) -> Done:
        """Ban a source that is neither protected nor allowed; answer when the firewall has."""
        enforcer = self._enforcing()
        rules = self._brain.judge.rules
        if rules.protected.touches(request.source):
            raise RefusedError(
                f"{request.source} is, or holds, an address this host needs: {_why(self._brain, request)}"
            )
        if rules.allowlist.touches(request.source):
            raise RefusedError(f"{request.source} is, or holds, an allowed address", remedy="see [policy] allowlist")
        ban = Ban(
            id=None,
            source=request.source,
            starts_at=Timestamp(HOST_CLOCKS.wall_ns()),
            duration_s=request.duration_s,
            reason=request.reason,
            forgeable=request.forgeable,
            spare_established=request.forgeable,
        )
        if refused := await enforcer.ban_now(ban):
            raise RefusedError(f"{request.source} is not banned: {refused}")
        # What was promised outlives us: unless the disk fails, the answer waits for the record to be in the database.
        if not self._brain.store.state().is_degraded:
            await asyncio.to_thread(self._brain.store.flush, WRITE_LIMIT_S)
        return Done(text=f"{request.source} is banned for {request.duration_s} s", sources=(request.source,))

    async def unban(self, source: Prefix) -> Done:
        """Lift the bans of a source, and of what lies inside it."""
        enforcer = self._enforcing()
        wanted = [ban.source for ban in enforcer.bans() if source.contains(ban.source)]
        lifted = await enforcer.unban(wanted or [source], "lifted by an administrator")
        if not lifted:
            raise NotFoundError(f"{source} is not banned", remedy="list the bans: scanwarden bans")
        return Done(text=f"lifted {', '.join(map(str, lifted))}", sources=tuple(lifted))

    async def allow(self, source: Prefix) -> Done:
        """Never ban a network until the next start or reload."""
        await self._brain.allow(source)
        text = f"{source} is allowed until the next reload; write it into [policy] allowlist to keep it"
        return Done(text=text, sources=(source,))

    async def reload(self) -> Done:
        """Read the configuration again."""
        later = await self._brain.reload()
        return Done(text="the configuration was read again", later=later)

    async def _fleet(self) -> FleetHealth | None:
        if not self._brain.fleet.enabled:
            return None
        return await asyncio.to_thread(fleet_health, self._brain.fleet, now=Timestamp(HOST_CLOCKS.wall_ns()))

    def _ban_view(self, ban: Banned) -> BanView:
        return BanView(
            source=ban.source,
            scan=ban.id,
            starts_at=ban.time,
            expires_at=ban.expires_at,
            duration_s=ban.duration_s,
            reason=ban.reason,
            responder=ban.responder,
            forgeable=ban.forgeable,
            responders=(ban.responder, *self._brain.followers.holding(ban.source)),
        )

    def _responders(self, trouble: str | None) -> tuple[ResponderHealth, ...]:
        """Say how the leading responder is doing, then those that follow it."""
        enforcer = self._brain.enforcer
        if enforcer is None:
            return ()
        leading = ResponderHealth(
            name=enforcer.responder_name, bans_in_force=0 if trouble else enforcer.in_force, trouble=trouble
        )
        return (leading, *(follower.health for follower in self._brain.followers))

    def _enforcing(self) -> Enforcer:
        if self._brain.enforcer is None:
            raise RefusedError("this service only observes", remedy='set [policy] mode = "enforce" and restart it')
        return self._brain.enforcer

    async def _read(self, ask: Callable[[Reader], Answer]) -> Answer:
        def read() -> Answer:
            with self._brain.store.reader() as reader:
                return ask(reader)

        return await asyncio.to_thread(read)


def _why(brain: Running, request: BanRequest) -> str:
    found = brain.judge.rules.protected.table.overlap(request.source)
    return "protected" if found is None else f"{found[1]} ({found[0]})"
