"""Be the service: watch, decide, ban, keep records, and answer the control interface."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from scanwarden.audit.desk import AuditDesk
from scanwarden.config import Settings, load
from scanwarden.config.sections.audit import AuditSettings
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.logs import LogsSettings
from scanwarden.config.sections.policy import LoginGuessingSettings, PolicySettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.config.sections.watch import WatchSettings
from scanwarden.daemon.auditing import follow_surveys, survey_file
from scanwarden.daemon.configured import Names, detector_from, home_from, is_enforced, may_enforce, rules_from
from scanwarden.daemon.enforcer import Enforcer
from scanwarden.daemon.followers import Followers
from scanwarden.daemon.link.messages import BanNote, Leave, UnbanNote
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.pipeline import Pipeline
from scanwarden.daemon.protection import Protection
from scanwarden.daemon.rules import protected_table
from scanwarden.daemon.service.answers import Answers
from scanwarden.daemon.service.briefing import Briefing
from scanwarden.daemon.service.desk import Desk
from scanwarden.daemon.service.enforcing import Starter
from scanwarden.daemon.service.hub import Hub
from scanwarden.daemon.service.opening import INTERFACES, Opened
from scanwarden.daemon.service.pending import pending
from scanwarden.daemon.service.serving import serve_control
from scanwarden.daemon.service.tasks import end_all, until_stopped
from scanwarden.daemon.tripwire import LiveTripwire
from scanwarden.daemon.watch import HOST_CLOCKS, Companion
from scanwarden.detector.face import new_core
from scanwarden.errors import ScanwardenError, SensorError
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Banned, Ready, Record, Statement, Unbanned
from scanwarden.model.time import Timestamp
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from scanwarden.store import Store

log = logging.getLogger(__name__)
ALIVE_EVERY_S = 1.0
EXPIRE_EVERY_S = 0.25
SENSOR_LIMIT_S = 5.0  # then the control interface answers without a sensor, and says so


class Brain:
    """One run of the brain, from the opened sockets to the end; it detects nothing and changes nothing by itself."""

    def __init__(
        self, settings: Settings, opened: Opened, *, file: Path, tell: Callable[[Record], None], supervisor: Supervisor
    ) -> None:
        self._settings = settings
        self.opened = opened
        self.file = file
        self._print = tell
        self._supervisor = supervisor
        self.hub = Hub()
        self.names = Names()
        self.allowed: dict[Prefix, str] = {}
        self.started = Timestamp(HOST_CLOCKS.wall_ns())
        self.store = Store(settings.of(StoreSettings))
        self.protection = Protection(labels={}, on_link=())
        self.judge = Judge(self._rules())
        self.audit = AuditDesk(self.tell, lambda: self._settings.of(AuditSettings).expected)
        self.pipeline = Pipeline(self.judge, is_enforcing=self._is_enforced)
        self.home: tuple[Prefix, ...] = ()
        self.enforcer: Enforcer | None = None
        self.followers = Followers((), notify=self.notice, clocks=HOST_CLOCKS)
        self.tripwire: LiveTripwire | None = None
        self.desk = Desk(self, uids=opened.uids)
        self._briefing = Briefing(self.desk.board)
        self._stop = asyncio.Event()

    @property
    def policy(self) -> PolicySettings:
        """Return the policy's settings in force."""
        return self._settings.of(PolicySettings)

    @property
    def fleet(self) -> FleetSettings:
        """Return the fleet's settings."""
        return self._settings.of(FleetSettings)

    @property
    def name(self) -> str:
        """Name the sensor in records: `live:` and its interfaces."""
        return f"live:{'+'.join(self.desk.interfaces or self._settings.of(WatchSettings).interfaces)}"

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; raise ScanwardenError saying what is missing."""
        async with AsyncExitStack() as stack:
            stack.callback(self.store.close)
            stack.callback(self._briefing.end)
            self._listen_to_signals(stack)
            tasks = [asyncio.create_task(work) for work in (self.desk.run(self.opened.link_socket), self._keep_alive())]
            stack.push_async_callback(end_all, tasks)
            if not await self._first(self.desk.has_scouted.wait()):
                return
            if may_enforce(self.policy):
                await self._start_enforcing(stack)
            self.home = home_from(self._settings, self.protection)
            self._set_up_sensor()
            await self._first(self.desk.is_watching.wait(), limit_s=SENSOR_LIMIT_S)
            tasks += [asyncio.create_task(work()) for work in self._companions()]
            tasks += serve_control(Answers(self), self.opened, stack)
            self._tell_ready()
            await until_stopped(self._stop, tasks)  # what breaks ends the brain, which says why and is started again
            self._supervisor.stopping()

    async def _first(self, event: Coroutine[Any, Any, Any], *, limit_s: float | None = None) -> bool:
        """Wait for something before all else; False if the end came first, or the time is over."""
        waits = [asyncio.create_task(event), asyncio.create_task(self._stop.wait())]
        await asyncio.wait(waits, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        await end_all(waits)
        return not self._stop.is_set()

    def take(self, statement: Statement) -> None:
        """Decide about what a sensor states, tell it, and have bans made."""
        consequence = self.pipeline.consequence(statement)
        for record in consequence.records:
            self.tell(record)
        if self.enforcer is not None and not self._stop.is_set():
            for ban in consequence.bans:
                self.enforcer.request(ban)

    def sensor_arrived(self) -> None:
        """Tell a sensor that was started what to detect; it may be waiting for that alone."""
        if self.home:
            self._set_up_sensor()

    def _set_up_sensor(self) -> None:
        settings = detector_from(self._settings, self.protection, sensor=self.name)
        self._briefing.begin(settings, self.enforcer)

    async def found(self, protection: Protection) -> None:
        """Act on what the scout found."""
        self.protection = protection
        if self.desk.has_scouted.is_set():
            self._look_at_home()
        self.judge.rules = self._rules()
        await self._protect()

    def tell(self, record: Record) -> None:
        """Print, store and stream a record, unless it is about a port that is meant to be used so."""
        if isinstance(record, Notice) and self.audit.is_meant(record):
            return
        if self.tripwire is not None:
            self.tripwire.take_in(record)
        self.followers.take(record)
        match record:  # what our own rules drop is no evidence
            case Banned():
                self.desk.board.send("sensor", BanNote(record.source, record.expires_at))
            case Unbanned():
                self.desk.board.send("sensor", UnbanNote(record.source))
        self.store.add(record)
        self.hub.tell(record)
        self._print(record)

    def notice(self, kind: str, text: str, **counts: int) -> None:
        """Tell something an administrator wants to know."""
        now = Timestamp(HOST_CLOCKS.wall_ns())
        self.tell(Notice(time=now, kind=kind, text=text, counts=counts, sensor=self.name))

    async def reload(self) -> tuple[str, ...]:
        """Read the configuration again; raise ScanwardenError and keep the old one if anything of it is wrong.

        Everything new is made before anything old is let go of. Returns what takes effect only at a restart.
        """
        self._supervisor.reloading()
        try:
            fresh = await asyncio.to_thread(load, self.file, os.environ)
            policy = fresh.of(PolicySettings)
            rules_from(fresh, self.protection, self.names.allowlist(policy.allowlist))
            home = home_from(fresh, self.protection)
            _must_be_there(fresh.of(WatchSettings).interfaces, watched=self.desk.interfaces)
            new_core(detector_from(fresh, self.protection, sensor=self.name))  # refuses what the sensor would refuse
            old, self._settings, self.allowed = self._settings, fresh, {}
            await self.desk.look_again()
            self.home = home
            self.judge.rules = self._rules()
            await self._protect()
            if any(old.of(section) != fresh.of(section) for section in _AT_SENSOR_START):
                self.desk.board.send("sensor", Leave(fresh.of(WatchSettings).interfaces))
            self._set_up_sensor()
        finally:
            self._supervisor.ready("running")
        later = pending(old, fresh)
        self.notice("reloaded", "the configuration was read again" + "".join(f"; {one}" for one in later))
        return later

    async def allow(self, source: Prefix) -> None:
        """Never ban a network until the next start or reload."""
        self.allowed[source] = "allowed by an administrator"
        self.judge.rules = self._rules()
        await self._protect()

    def _rules(self) -> Rules:
        entries = self.names.allowlist(self.policy.allowlist)
        rules = rules_from(self._settings, self.protection, entries)
        if not self.allowed:
            return rules
        return msgspec.structs.replace(rules, allowlist=entries.with_added(self.allowed))

    def _is_enforced(self, source: Prefix | None, sensor: str) -> bool:
        return self.enforcer is not None and is_enforced(self.policy, source, sensor)

    async def _start_enforcing(self, stack: AsyncExitStack) -> None:
        """Take over what an earlier run left in the firewall; bans stay there when this run ends."""
        starter = Starter(
            self._settings, judge=self.judge, store=self.store, tell=self.tell, notify=self.notice, sensor=self.name
        )
        enforcement = await starter.start(stack)
        self.enforcer, self.tripwire = enforcement.enforcer, enforcement.tripwire
        self.followers = enforcement.followers

    def _companions(self) -> list[Companion]:
        companions: list[Companion] = [self._follow_audit]
        if self.enforcer is not None:
            companions += [self.enforcer.run, self.enforcer.keep_intact, self._expire]
        companions += [follower.run for follower in self.followers]
        if self.tripwire is not None:
            companions.append(self.tripwire.run)
        return companions

    async def _expire(self) -> None:
        while True:
            has_more = self.enforcer is not None and self.enforcer.expire()
            await asyncio.sleep(0 if has_more else EXPIRE_EVERY_S)

    def _look_at_home(self) -> None:
        """Watch the addresses that the host has now, and say so when they changed."""
        home = home_from(self._settings, self.protection)
        if home == self.home:
            return
        self.home = home
        self._set_up_sensor()
        self.notice("home_changed", f"own addresses are now: {', '.join(str(prefix.address) for prefix in home)}")

    async def _protect(self) -> None:
        table: PrefixTable = protected_table(self.judge.rules)
        if self.enforcer is not None:
            await self.enforcer.protect(table)
        self.followers.protect(table)
        if self.tripwire is not None:
            await self.tripwire.protect(table)

    async def _follow_audit(self) -> None:
        await follow_surveys(self.audit, survey_file(self._settings), self.store, wall_ns=HOST_CLOCKS.wall_ns)

    async def _keep_alive(self) -> None:
        while True:
            self._supervisor.alive()
            await asyncio.sleep(ALIVE_EVERY_S)

    def _listen_to_signals(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        wanted = [(signal.SIGTERM, self._stop.set), (signal.SIGINT, self._stop.set), (signal.SIGHUP, self._on_hangup)]
        for number, action in wanted:
            loop.add_signal_handler(number, action)
            stack.callback(loop.remove_signal_handler, number)

    def _on_hangup(self) -> None:
        async def reload() -> None:
            try:
                await self.reload()
            except ScanwardenError as error:
                self.notice("reload_failed", f"the configuration is unchanged: {error}")

        self._reloading = asyncio.create_task(reload())

    def _tell_ready(self) -> None:
        mode = "enforce" if may_enforce(self.policy) else "observe"
        now = Timestamp(time.time_ns())
        self.tell(
            Ready(
                time=now,
                sensor=self.name,
                interfaces=self.desk.interfaces,
                home=self.home,
                home_inferred=False,
                mode="enforce" if mode == "enforce" else "observe",
            )
        )
        for gap in (*self.protection.gaps, *self.names.gaps):
            self.notice("protection_incomplete", gap)
        self._supervisor.ready(f"watching {', '.join(self.desk.interfaces)}, {mode}")


def _must_be_there(interfaces: tuple[str, ...], *, watched: tuple[str, ...]) -> None:
    """Refuse an interface that is not there; in a network of its own the brain cannot tell, and the sensor says so."""
    if not any((INTERFACES / name).exists() for name in watched):
        return
    for name in interfaces:
        if not (INTERFACES / name).exists():
            raise SensorError(f"[watch] interfaces: there is no interface {name}", remedy="list them: ip link")


# What takes effect when the sensor is started anew, which a reload does.
_AT_SENSOR_START = (WatchSettings, LogsSettings, TrapsSettings, LoginGuessingSettings)
