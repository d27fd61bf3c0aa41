"""Put agents and correlators together from the configuration."""

import asyncio
import logging
import math
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from scanwarden.config import Settings
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.detector import DetectorSettings
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.control.client import ControlClient
from scanwarden.control.views import BanRequest
from scanwarden.fleet.agent import Agent
from scanwarden.fleet.bus import Bus
from scanwarden.fleet.correlation import CorrelationSettings
from scanwarden.fleet.correlator import Correlator
from scanwarden.fleet.errors import BusError
from scanwarden.fleet.hosts import JoinToken, enrol, leave
from scanwarden.fleet.membership import Membership
from scanwarden.fleet.nats_bus import NatsBus
from scanwarden.fleet.news import AgentNews, keep_news
from scanwarden.fleet.overview import Overview, look
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.store.sightings import SightingsSpool

log = logging.getLogger(__name__)
RETRY_S = 5.0
LOOK_EVERY_S = 2.0


class ServiceGuard:
    """Asks this host's service for bans; it refuses what it protects or allows."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def ban(self, source: Prefix, *, duration_s: int, reason: str, forgeable: bool) -> None:
        """Ask for one ban."""
        self._client.ban(BanRequest(source=source, duration_s=duration_s, reason=reason, forgeable=forgeable))


async def connected(settings: Settings, name: str) -> Bus:
    """Connect to the bus that the configuration names; raise BusError."""
    fleet = settings.of(FleetSettings)
    return await NatsBus.connect(fleet.servers, credentials=fleet.credentials, name=name)


async def run_agent(settings: Settings) -> bool:
    """Be this host's agent until a signal comes; give False if it ended because the host has left the fleet."""
    fleet = settings.of(FleetSettings)
    member = Membership(fleet.folder)
    mark = member.mark
    host, key, authority = member.host(), member.host_key(), member.verifier()
    spool = SightingsSpool(member.spool, max_bytes=int(fleet.spool))
    spool.open()
    news = AgentNews(host=host)
    guard = ServiceGuard(ControlClient(settings.of(ControlSettings).admin_socket))

    async def work(bus: Bus) -> None:
        agent = Agent(
            bus, host=host, key=key, authority=authority, spool=spool, guard=guard, news=news, now_ns=time.time_ns
        )
        await agent.run()

    def note_trouble(reason: str) -> None:
        news.reason = reason

    async def until_left() -> None:
        while member.mark == mark:  # noqa: ASYNC110 a file has no event
            await asyncio.sleep(LOOK_EVERY_S)
        log.warning("this host has left the fleet, or joined again", extra={"host": host})

    bus_work = _with_bus(settings, f"agent {host}", work, on_trouble=note_trouble)
    told = keep_news(news, spool, now_ns=time.time_ns)
    return await _until_signal(_first_of(bus_work, until_left(), told))


def run_correlator(settings: Settings, *, give_up: Callable[[], None]) -> None:
    """Read the authority's key, give up what is not needed any more, and be a correlator until a signal comes."""
    fleet, policy = settings.of(FleetSettings), settings.of(PolicySettings)
    member = Membership(fleet.folder)
    key, token = member.authority_key(), member.token()
    name = f"{socket.gethostname()}-{os.getpid()}"
    allowed = {entry.network: "allowed" for entry in policy.allowlist if entry.network is not None}
    wanted = CorrelationSettings(
        quorum=fleet.quorum,
        quota_per_minute=fleet.quota,
        ban_s=fleet.ban.whole_seconds,
        threshold_nats=-math.log(settings.of(DetectorSettings).false_alarm_rate),
        allowlist=PrefixTable(allowed),
    )
    give_up()

    async def work(bus: Bus) -> None:
        await Correlator(bus, name=name, key=key, secret=token.secret, settings=wanted, now_ns=time.time_ns).run()

    asyncio.run(_until_signal(_with_bus(settings, f"correlator {name}", work)))


async def join(settings: Settings, host: str, token: JoinToken) -> None:
    """Make this host a member; raise FleetError and leave no key behind if the list does not take it."""
    member = Membership(settings.of(FleetSettings).folder)
    key = member.join(host, token)
    try:
        bus = await connected(settings, f"join {host}")
        try:
            await enrol(bus, host, key, token, time.time_ns())
        finally:
            await bus.close()
    except BaseException:
        member.leave()
        raise


async def leave_fleet(settings: Settings, host: str | None) -> str:
    """Take this host, or as the authority another one, off the list; give its name."""
    member = Membership(settings.of(FleetSettings).folder)
    key = member.host_key() if host is None else member.authority_key()
    name = host or member.host()
    bus = await connected(settings, f"leave {name}")
    try:
        await leave(bus, name, key, time.time_ns(), authority=member.authority())
    finally:
        await bus.close()
    if host is None:
        member.leave()
    return name


async def overview(settings: Settings) -> Overview:
    """See how the fleet is doing."""
    authority = Membership(settings.of(FleetSettings).folder).authority()
    bus = await connected(settings, "status")
    try:
        return await look(bus, authority=authority, now_ns=time.time_ns())
    finally:
        await bus.close()


async def _with_bus(
    settings: Settings,
    name: str,
    work: Callable[[Bus], Awaitable[None]],
    *,
    on_trouble: Callable[[str], None] = lambda _: None,
) -> None:
    """Work with a bus; one that cannot be reached at the start is waited for, and `on_trouble` hears why."""
    told = None
    while True:
        try:
            bus = await connected(settings, name)
        except BusError as error:
            if str(error) != told:
                log.warning("the bus is not reached; trying on", extra={"reason": str(error)})
            told = str(error)
            on_trouble(told)
            await asyncio.sleep(RETRY_S)
            continue
        if told is not None:
            log.info("the bus is reached")
        try:
            await work(bus)
        finally:
            await bus.close()


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Work on several things until one ends, and cancel the others; raise what that one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _until_signal(work: Awaitable[None]) -> bool:
    """Run until the work ends (False), or SIGTERM or SIGINT comes (True)."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return True
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    return False
