"""Be the service: watch, decide, ban, keep records, and answer the control interface."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from scanwarden._core import _native
from scanwarden.audit.desk import AuditDesk
from scanwarden.config import Settings, load
from scanwarden.config.registry import declarations
from scanwarden.config.sections.audit import AuditSettings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.responders_nftables import NftablesSettings
from scanwarden.config.sections.responders_tripwire import TripwireSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.control.app import admin_app, page_app, read_app
from scanwarden.control.server import ControlServer
from scanwarden.daemon.auditing import follow_surveys, survey_file
from scanwarden.daemon.configured import Names, detector_from, home_from, is_enforced, may_enforce, rules_from
from scanwarden.daemon.enforcer import Enforcer
from scanwarden.daemon.helper.remote import HelperLine, RemoteResponder, RemoteWire
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.pipeline import Pipeline
from scanwarden.daemon.protection import NetworkChanges, Protection, compute
from scanwarden.daemon.renewal import Renewal
from scanwarden.daemon.rules import protected_table
from scanwarden.daemon.service.answers import Answers
from scanwarden.daemon.service.hub import Hub
from scanwarden.daemon.service.opening import Opened, Places
from scanwarden.daemon.trap_list import TrapList, all_traps
from scanwarden.daemon.tripwire import LiveTripwire
from scanwarden.daemon.watch import HOST_CLOCKS, Companion, Watch
from scanwarden.detector.face import new_core
from scanwarden.errors import ResponderError, ScanwardenError, StoreError
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Banned, Ready, Record, Unbanned
from scanwarden.model.time import Timestamp
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from scanwarden.store import Store

log = logging.getLogger(__name__)
ALIVE_EVERY_S = 1.0


class Brain:
    """One run of the service, from the opened capture to the end."""

    def __init__(
        self, settings: Settings, opened: Opened, *, file: Path, tell: Callable[[Record], None], supervisor: Supervisor
    ) -> None:
        self._settings = settings
        self.opened = opened
        self.file = file
        self._print = tell
        self._supervisor = supervisor
        self.name = f"live:{'+'.join(opened.interfaces)}"
        self.hub = Hub()
        self.names = Names()
        self.allowed: dict[Prefix, str] = {}
        self.started = Timestamp(HOST_CLOCKS.wall_ns())
        self.store = Store(settings.of(StoreSettings))
        self.protection: Protection = compute()
        self.names.look_up(self.policy.allowlist)
        self.judge = Judge(self._rules())
        self.audit = AuditDesk(self.tell, lambda: self._settings.of(AuditSettings).expected)
        self.home: tuple[Prefix, ...] = ()
        self.enforcer: Enforcer | None = None
        self.tripwire: LiveTripwire | None = None
        self._core: _native.Detector | None = None
        self._traps: TrapList | None = None
        self.watch: Watch

    @property
    def policy(self) -> PolicySettings:
        """Return the policy's settings in force."""
        return self._settings.of(PolicySettings)

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; raise ScanwardenError saying what is missing."""
        async with AsyncExitStack() as stack:
            stack.callback(self.store.close)
            if may_enforce(self.policy):
                await self._start_enforcing(stack)
            settings = detector_from(self._settings, self.protection, sensor=self.name)
            self.home = settings.home
            self._core = core = new_core(settings)
            for banned in self.enforcer.bans() if self.enforcer is not None else ():
                core.note_ban(str(banned.source), int(banned.expires_at))
            self._traps = self._trap_list(core)
            changes = stack.enter_context(NetworkChanges())
            self.watch = Watch(
                self.opened.sensor,
                core,
                pipeline=Pipeline(self.judge, is_enforcing=self._is_enforced),
                tell=self.tell,
                name=self.name,
                enforcer=self.enforcer,
                companions=self._companions(changes),
                feeds=self.opened.feeds,
            )
            self._listen_to_signals(stack)
            serving = await self._serve(stack)
            self._tell_ready()
            await self.watch.run()
            for task in serving:
                if task.done():
                    task.result()  # without the control interface there is no service: say why
            self._supervisor.stopping()

    def tell(self, record: Record) -> None:
        """Print, store and stream a record."""
        if self.tripwire is not None:
            self.tripwire.take_in(record)
        if self._core is not None:  # what our own rules drop is no evidence
            match record:
                case Banned():
                    self._core.note_ban(str(record.source), int(record.expires_at))
                case Unbanned():
                    self._core.note_unban(str(record.source))
        self.store.add(record)
        self.hub.tell(record)
        self._print(record)

    def notice(self, kind: str, text: str) -> None:
        """Tell something an administrator wants to know."""
        self.tell(Notice(time=Timestamp(HOST_CLOCKS.wall_ns()), kind=kind, text=text, sensor=self.name))

    async def reload(self) -> tuple[str, ...]:
        """Read the configuration again; raise ScanwardenError and keep the old one if it is wrong.

        Returns what takes effect only at a restart, in sentences.
        """
        self._supervisor.reloading()
        try:
            fresh = await asyncio.to_thread(load, self.file, os.environ)
            await asyncio.to_thread(self.names.look_up, fresh.of(PolicySettings).allowlist)
            rules = rules_from(fresh, self.protection, self.names.allowlist(fresh.of(PolicySettings).allowlist))
            later = _needs_restart(self._settings, fresh)
            self._settings, self.allowed = fresh, {}
            self.judge.rules = rules
            await self._protect()
        finally:
            self._supervisor.ready("running")
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
        line = HelperLine(Places.of(self._settings).helper)
        responder = RemoteResponder(line, max_bans=self._settings.of(NftablesSettings).host_capacity)
        for obstacle in responder.check():
            raise ResponderError(f"cannot enforce bans: {obstacle.lacks}", remedy=obstacle.remedy)
        self.enforcer = Enforcer(
            responder, tell=self.tell, on_refused=self.judge.lifted, sensor=self.name, clocks=HOST_CLOCKS
        )
        stack.push_async_callback(self.enforcer.leave)
        await self.enforcer.prepare()
        await self.enforcer.protect(protected_table(self.judge.rules))
        await self._restore(self.enforcer)
        if self._settings.of(TripwireSettings).enabled:
            wire = RemoteWire(line)
            self.tripwire = LiveTripwire(wire, tell=self.tell, sensor=self.name, wall_ns=HOST_CLOCKS.wall_ns)
            stack.push_async_callback(self.tripwire.close)
            await self.tripwire.set_up()

    async def _restore(self, enforcer: Enforcer) -> None:
        """Put the unexpired bans of the database in force again, and remember them as such."""
        now = Timestamp(HOST_CLOCKS.wall_ns())
        try:
            with self.store.reader() as reader:
                bans = reader.bans_to_restore(now)
        except StoreError as error:
            log.info("no bans are restored", extra={"reason": str(error)})
            return
        for ban in bans:
            self.judge.memory.ladder.climb(
                ban.source, scan=ban.id, now=ban.starts_at, duration_s=ban.duration_s, forgeable=ban.forgeable
            )
        try:
            restored = await enforcer.restore(bans)
        except ResponderError as error:
            self.notice("ban_not_restored", f"the bans of the last run are not in force: {error}")
            return
        if restored:
            self.notice("bans_restored", f"{restored} bans of the last run are in force")

    def _companions(self, changes: NetworkChanges) -> list[Companion]:
        async def renew(protection: Protection) -> None:
            self.protection = protection
            self._look_at_home()
            await asyncio.to_thread(self.names.look_up, self.policy.allowlist)
            self.judge.rules = self._rules()
            await self._protect()

        companions: list[Companion] = [Renewal(changes, renew).run, self._keep_alive, self._follow_audit]
        if self.enforcer is not None:
            companions += [self.enforcer.run, self.enforcer.keep_intact]
        if self.tripwire is not None:
            companions.append(self.tripwire.run)
        if self._traps is not None:
            companions.append(self._traps.run)
        return companions

    def _trap_list(self, core: _native.Detector) -> TrapList | None:
        """Give what tells the detector of the traps, already told; None without traps."""
        settings = self._settings.of(TrapsSettings)
        if not all_traps(settings):
            return None
        listed = TrapList(settings, core, on_trouble=lambda text: self.notice("traps_in_trouble", text))
        listed.adjust()
        return listed

    def _look_at_home(self) -> None:
        """Watch the addresses that the host has now, and say so when they changed."""
        home = home_from(self._settings, self.protection)
        if home == self.home or self._core is None:
            return
        self._core.set_home([str(prefix) for prefix in home])
        self.home = home
        self.notice("home_changed", f"own addresses are now: {', '.join(str(prefix.address) for prefix in home)}")

    async def _protect(self) -> None:
        table: PrefixTable = protected_table(self.judge.rules)
        if self.enforcer is not None:
            await self.enforcer.protect(table)
        if self.tripwire is not None:
            await self.tripwire.protect(table)

    async def _follow_audit(self) -> None:
        await follow_surveys(self.audit, survey_file(self._settings), self.store, wall_ns=HOST_CLOCKS.wall_ns)

    async def _keep_alive(self) -> None:
        while True:
            self._supervisor.alive()
            await asyncio.sleep(ALIVE_EVERY_S)

    async def _serve(self, stack: AsyncExitStack) -> "list[asyncio.Task[None]]":
        """Answer the control interface from here on; if that ends, so does the watch."""
        answers = Answers(self)
        tasks = []
        for app, listener in (
            (read_app(answers), self.opened.read_socket),
            (admin_app(answers), self.opened.admin_socket),
            (page_app(answers), self.opened.page_socket),
        ):
            if listener is None:
                continue
            server = ControlServer(app, listener)
            serving = asyncio.create_task(server.run_until_cancelled())
            serving.add_done_callback(lambda _: self.watch.stop())
            stack.push_async_callback(_stop_server, server, serving)
            tasks.append(serving)
        return tasks

    def _listen_to_signals(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        wanted = [(signal.SIGTERM, self.watch.stop), (signal.SIGINT, self.watch.stop), (signal.SIGHUP, self._on_hangup)]
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
                interfaces=self.opened.interfaces,
                home=self.home,
                home_inferred=False,
                mode="enforce" if mode == "enforce" else "observe",
            )
        )
        for gap in (*self.protection.gaps, *self.names.gaps):
            self.notice("protection_incomplete", gap)
        self._supervisor.ready(f"watching {', '.join(self.opened.interfaces)}, {mode}")


async def _stop_server(server: ControlServer, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(asyncio.gather(serving, return_exceptions=True), 2.0)


def _needs_restart(old: Settings, fresh: Settings) -> tuple[str, ...]:
    """Say which changed sections take effect at the next start only."""
    return tuple(
        f"[{one.table}] takes effect at the next start"
        for one in declarations()
        if one.settings is not PolicySettings
        and one.table in _AT_START
        and old.of(one.settings) != fresh.of(one.settings)
    ) + (
        ("switching between observe and enforce takes effect at the next start",)
        if may_enforce(old.of(PolicySettings)) != may_enforce(fresh.of(PolicySettings))
        else ()
    )


_AT_START = (
    *("watch", "detector", "store", "control", "logs", "traps", "connections", "policy.login_guessing", "responders"),
    *("responders.nftables", "responders.tripwire"),
)
