"""Set up a live watch in one process: whom the host needs, the firewall, the capture, and the way out."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
from msgspec.structs import replace

from scanwarden._core import _native
from scanwarden.config.sections.logs import ConnectionsSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.connections import keep_connection_log
from scanwarden.daemon.enforcer import Enforcer
from scanwarden.daemon.feeds import LogSensor, feed_name, host_reading, open_feed
from scanwarden.daemon.pipeline import Pipeline
from scanwarden.daemon.protection import NetworkChanges, Protection, compute
from scanwarden.daemon.renewal import Renewal
from scanwarden.daemon.responders import RESPONDERS, choose_responder
from scanwarden.daemon.rules import home_of, protected_table, rules_for, settings_for
from scanwarden.daemon.trap_list import TrapList, all_traps
from scanwarden.daemon.traps import TrapReports, new_traps
from scanwarden.daemon.tripwire import LiveTripwire
from scanwarden.daemon.watch import HOST_CLOCKS, Companion, Watch, WatchTotals
from scanwarden.detector.face import new_core
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Ready, Record, Unbanned
from scanwarden.model.time import Timestamp
from scanwarden.policy.judge import Judge
from scanwarden.responders.contract import Responder
from scanwarden.responders.hosts_deny import DEFAULT_FILE
from scanwarden.responders.nftables_tripwire import NftablesTripwire
from scanwarden.sensors.live import LiveSensor, open_interfaces
from scanwarden.sensors.traps import TrapSensor

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
FIRST_BAN_S = 600


class WatchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for; `ban_time_s` is how long a first ban lasts.

    `logs` names what is read beside interfaces: files, `journal`, `nflog:GROUP`. `responder` is one of `RESPONDERS`.
    """

    interfaces: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    journal_cursor: Path | None = None
    traps: TrapsSettings = TrapsSettings()
    connection_log: Path | None = None
    responder: str = RESPONDERS[0]
    hosts_deny: Path = DEFAULT_FILE
    is_enforcing: bool = False
    has_tripwire: bool = False
    ban_time_s: int = FIRST_BAN_S
    allow: tuple[Prefix, ...] = ()
    record: str | None = None
    is_promiscuous: bool = False


class LiveWatch:
    """One run of `watch`: it tells every record, and lifts every ban when it ends."""

    def __init__(self, options: WatchOptions, tell: Callable[[Record], None]) -> None:
        self._options = options
        self._tell = tell
        self._name = sensor_name(options)
        self._home: tuple[Prefix, ...] = ()
        self._core: _native.Detector | None = None

    async def run(self) -> WatchTotals:
        """Watch until SIGINT or SIGTERM; raise SensorError or ResponderError saying what this host lacks."""
        protection = compute()
        self._home = self._home_of(protection)
        judge = Judge(rules_for(protection, allow=self._options.allow, ban_time_s=self._options.ban_time_s))
        async with AsyncExitStack() as stack:
            enforcer = await self._enforcer(judge, stack) if self._options.is_enforcing else None
            tripwire = await self._tripwire(judge, stack) if self._options.has_tripwire else None
            settings = settings_for(protection, home=self._home, sensor=self._name)
            core = self._core = new_core(replace(settings, trap_nats=self._options.traps.weight))
            sensor, feeds = self._sensors(stack)
            touches = TrapReports(core, self._tell_all, weight=self._options.traps.weight, sensor="traps")
            traps = new_traps(self._options.traps, touches)
            listed = self._trap_list(core)
            changes = stack.enter_context(NetworkChanges())
            watch = Watch(
                sensor,
                core,
                pipeline=Pipeline(judge, is_enforcing=enforcer is not None),
                tell=self._tell_all if tripwire is None else _telling_both(tripwire.take_in, self._tell_all),
                name=self._name,
                enforcer=enforcer,
                companions=[*self._companions(changes, judge, enforcer, tripwire), *self._beside(traps, listed)],
                feeds=feeds,
            )
            _stop_on_signals(watch, stack)
            if traps is not None:
                await traps.adjust()
            if listed is not None:
                listed.adjust()
            self._tell_ready(protection)
            return await watch.run()

    def _sensors(self, stack: AsyncExitStack) -> tuple[LiveSensor | None, list[LogSensor]]:
        """Open everything that was named; from here on it is closed again, whatever happens."""
        options = self._options
        sensor = None
        if options.interfaces:
            sensor = open_interfaces(options.interfaces, is_promiscuous=options.is_promiscuous, record=options.record)
            stack.callback(sensor.close)
        feeds: list[LogSensor] = []
        for word in options.logs:
            feed = open_feed(word, reading=host_reading(), journal_cursor=options.journal_cursor)
            stack.callback(feed.close)
            feeds.append(feed)
        return sensor, feeds

    async def _enforcer(self, judge: Judge, stack: AsyncExitStack) -> Enforcer:
        """Prepare the firewall; from here on it is cleaned up again, whatever happens."""
        responder = choose_responder(
            self._options.responder, protected=protected_table(judge.rules), hosts_deny=self._options.hosts_deny
        )
        enforcer = Enforcer(
            responder,
            tell=self._tell_all,
            on_refused=judge.lifted,
            on_lifted=judge.pardon,
            sensor=self._name,
            clocks=HOST_CLOCKS,
        )
        _refuse_obstacles(responder)
        stack.push_async_callback(enforcer.close)
        await enforcer.prepare()
        return enforcer

    async def _tripwire(self, judge: Judge, stack: AsyncExitStack) -> LiveTripwire:
        """Set the wire; from here on it is taken away again, whatever happens."""
        wire = NftablesTripwire(protected=protected_table(judge.rules))
        _refuse_obstacles(wire)
        tripwire = LiveTripwire(wire, tell=self._tell, sensor=self._name, wall_ns=HOST_CLOCKS.wall_ns)
        stack.push_async_callback(tripwire.close)
        await tripwire.set_up()
        return tripwire

    def _companions(
        self, changes: NetworkChanges, judge: Judge, enforcer: Enforcer | None, tripwire: LiveTripwire | None
    ) -> list[Companion]:
        async def renew(protection: Protection) -> None:
            judge.rules = rules_for(protection, allow=self._options.allow, ban_time_s=self._options.ban_time_s)
            if enforcer is not None:
                await enforcer.protect(protected_table(judge.rules))
            if tripwire is not None:
                await tripwire.protect(protected_table(judge.rules))
            self._look_at_home(protection)

        renewal = Renewal(changes, renew)
        companions: list[Companion] = [renewal.run]
        if enforcer is not None:
            companions += [enforcer.run, enforcer.keep_intact]
        if tripwire is not None:
            companions.append(tripwire.run)
        return companions

    def _trap_list(self, core: _native.Detector) -> TrapList | None:
        """Give what tells the detector of the traps; there is nothing to tell without traps or without a capture."""
        if not all_traps(self._options.traps) or not self._options.interfaces:
            return None
        return TrapList(self._options.traps, core, on_trouble=lambda text: self._notice("traps_in_trouble", text))

    def _beside(self, traps: TrapSensor | None, listed: TrapList | None) -> list[Companion]:
        """Give what runs beside the watch and bans nobody by itself: the traps, the connection log."""
        companions: list[Companion] = []
        if traps is not None:
            companions.append(traps.run)
        if listed is not None:
            companions.append(listed.run)
        if (file := self._options.connection_log) is not None:
            settings = ConnectionsSettings(enabled=True, file=file)
            companions.append(lambda: keep_connection_log(settings, self._tell_all))
        return companions

    def _tell_all(self, record: Record) -> None:
        """Tell a record; the detector learns of bans, since what our own rules drop is no evidence."""
        if self._core is not None:
            match record:
                case Banned():
                    self._core.note_ban(str(record.source), int(record.expires_at))
                case Unbanned():
                    self._core.note_unban(str(record.source))
        self._tell(record)

    def _home_of(self, protection: Protection) -> tuple[Prefix, ...]:
        """Give this host's addresses; empty for logs alone, since a firewall refuses for the hosts behind it too."""
        return home_of(protection, self._options.interfaces) if self._options.interfaces else ()

    def _look_at_home(self, protection: Protection) -> None:
        """Watch the addresses that the host has now, and say so when they changed."""
        home = home_of(protection, self._options.interfaces)
        if home == self._home:
            return
        if self._core is not None:
            self._core.set_home([str(prefix) for prefix in home])
        self._notice("home_changed", f"own addresses are now: {', '.join(str(prefix.address) for prefix in home)}")
        self._home = home

    def _tell_ready(self, protection: Protection) -> None:
        self._tell(
            Ready(
                time=_now(),
                sensor=self._name,
                interfaces=self._options.interfaces,
                home=self._home,
                home_inferred=False,
                mode="enforce" if self._options.is_enforcing else "observe",
            )
        )
        for gap in protection.gaps:
            self._notice("protection_incomplete", gap)

    def _notice(self, kind: str, text: str) -> None:
        self._tell(Notice(time=_now(), kind=kind, text=text, sensor=self._name))


def sensor_name(options: WatchOptions) -> str:
    """Name the sensor of a watch by all that it reads."""
    interfaces = [f"live:{'+'.join(options.interfaces)}"] if options.interfaces else []
    traps = ["traps"] if all_traps(options.traps) else []
    return "+".join([*interfaces, *map(feed_name, options.logs), *traps])


def _stop_on_signals(watch: Watch, stack: AsyncExitStack) -> None:
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, watch.stop)
        stack.callback(loop.remove_signal_handler, number)


def _telling_both(first: Callable[[Record], None], second: Callable[[Record], None]) -> Callable[[Record], None]:
    def tell(record: Record) -> None:
        first(record)
        second(record)

    return tell


def _refuse_obstacles(responder: Responder | NftablesTripwire) -> None:
    for obstacle in responder.check():
        raise ResponderError(f"cannot enforce bans: {obstacle.lacks}", remedy=obstacle.remedy)


def _now() -> Timestamp:
    return Timestamp(HOST_CLOCKS.wall_ns())
