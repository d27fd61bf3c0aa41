"""Watch network interfaces, logs and traps."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click
from click.core import ParameterSource

from scanwarden.cli.keeping import Keeping, store_option
from scanwarden.cli.output import Format, Output, format_option
from scanwarden.cli.params import DURATION, NETWORK
from scanwarden.cli.terminal import painter
from scanwarden.cli.trap_params import TRAP, TRAP_BANNER
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.feeds import doubled
from scanwarden.daemon.live import FIRST_BAN_S, LiveWatch, WatchOptions
from scanwarden.daemon.responders import RESPONDERS
from scanwarden.daemon.watch import WatchTotals
from scanwarden.formats.text.narrator import Narrator
from scanwarden.formats.text.words import counted, duration
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports
from scanwarden.responders.hosts_deny import DEFAULT_FILE
from scanwarden.sensors.traps.ports import PRESETS, TrapPorts

MAX_TRAP_NATS = 13.8155


@click.command("watch")
@click.option(
    "--interface",
    "interfaces",
    metavar="IF",
    multiple=True,
    help="Interface to watch, such as eth0; may be given often.",
)
@click.option(
    "--log",
    "logs",
    metavar="SOURCE",
    multiple=True,
    help="Log to follow: a file, journal, or nflog:GROUP for what firewall rules hand over; may be given often.",
)
@click.option(
    "--journal-cursor",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Remember in this file how far the journal was read, and go on there.",
)
@click.option(
    "--trap",
    "traps",
    metavar="PORTS",
    type=TRAP,
    multiple=True,
    help="Set out traps: TCP ports such as 1,11,70-79, UDP ports such as udp/69,161, or a ready list: "
    f"{', '.join(PRESETS)}; may be given often.",
)
@click.option(
    "--stealth-trap",
    "stealth_traps",
    metavar="PORTS",
    type=TRAP,
    multiple=True,
    help="Traps that stay closed, as --trap names them: no socket is needed, since --interface sees who asks for them.",
)
@click.option(
    "--trap-weight",
    metavar="NATS",
    type=click.FloatRange(min=0.1, max=MAX_TRAP_NATS),
    default=TrapsSettings().weight,
    show_default=True,
    help="Evidence of touching one trap; 13.8 convicts at once.",
)
@click.option(
    "--trap-banner", metavar="TEXT", type=TRAP_BANNER, default="", help="Text that a trap sends before it closes."
)
@click.option(
    "--trap-method",
    type=click.Choice(["auto", "redirect", "bind"]),
    default="auto",
    show_default=True,
    help="How traps take connections: redirected by nftables, which leaves the ports free, or by binding them.",
)
@click.option(
    "--connection-log",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a line for every new inbound connection attempt to this file.",
)
@format_option
@click.option("--enforce", is_flag=True, help="Ban scanners; without it, only say whom.")
@click.option(
    "--responder",
    type=click.Choice(RESPONDERS),
    default=RESPONDERS[0],
    show_default=True,
    help="With --enforce: who bans; hosts_deny is obeyed only by services that use TCP wrappers.",
)
@click.option(
    "--hosts-deny",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_FILE,
    show_default=True,
    help="The file that --responder hosts_deny writes.",
)
@click.option(
    "--tripwire",
    is_flag=True,
    help="With --enforce: let the kernel cut off whoever knocks on more than four closed ports in quick succession.",
)
@click.option(
    "--ban-time",
    metavar="TIME",
    type=DURATION,
    default=FIRST_BAN_S,
    show_default="10m",
    help="How long a first ban lasts, as in 90s, 10m or 1h; a source that may be forged gets 10m at most.",
)
@click.option(
    "--allow", metavar="NET", type=NETWORK, multiple=True, help="Address or network never to ban; may be given often."
)
@click.option("--record", metavar="FILE", type=click.Path(dir_okay=False), help="Write the packets used to this file.")
@click.option("--promiscuous", is_flag=True, help="Also look at packets for other hosts.")
@store_option
def command(
    *,
    interfaces: tuple[str, ...],
    logs: tuple[str, ...],
    journal_cursor: Path | None,
    traps: tuple[TrapPorts, ...],
    stealth_traps: tuple[TrapPorts, ...],
    trap_weight: float,
    trap_banner: str,
    trap_method: Literal["auto", "redirect", "bind"],
    connection_log: Path | None,
    fmt: Format,
    enforce: bool,
    responder: str,
    hosts_deny: Path,
    tripwire: bool,
    ban_time: int,
    allow: tuple[Prefix, ...],
    record: str | None,
    promiscuous: bool,
    store: Path | None,
) -> int:
    """Watch network interfaces, logs and traps, say who scans, and ban scanners with --enforce.

    Needs root, or CAP_NET_RAW, and CAP_NET_ADMIN to ban. Ctrl-C ends it and lifts every ban. Exit status: 0, or 2 if
    it failed.
    """
    logs = tuple(dict.fromkeys(logs))
    trapped, stealthy = united(traps), united(stealth_traps)
    if not interfaces and not logs and not trapped:
        raise click.UsageError("nothing to watch: name an --interface, a --log or a --trap")
    if stealthy and not interfaces:
        raise click.UsageError("--stealth-trap needs an --interface: a packet is its only sign")
    if record and not interfaces:
        raise click.UsageError("--record writes packets, so it needs an --interface")
    if twice := doubled(logs):
        raise click.UsageError(f"--log: {twice}")
    for option in ("tripwire", "responder", "hosts_deny"):
        if not enforce and is_given(option):
            raise click.UsageError(f"--{option.replace('_', '-')} works only with --enforce")
    if responder != "hosts_deny" and is_given("hosts_deny"):
        raise click.UsageError("--hosts-deny works only with --responder hosts_deny")
    options = WatchOptions(
        interfaces=tuple(dict.fromkeys(interfaces)),
        logs=logs,
        journal_cursor=journal_cursor,
        traps=TrapsSettings(
            tcp=trapped.without(stealthy).tcp,
            udp=trapped.without(stealthy).udp,
            stealth_tcp=stealthy.tcp,
            stealth_udp=stealthy.udp,
            weight=trap_weight,
            banner=trap_banner,
            method=trap_method,
        ),
        connection_log=connection_log,
        responder=responder,
        hosts_deny=hosts_deny,
        is_enforcing=enforce,
        has_tripwire=tripwire,
        ban_time_s=ban_time,
        allow=allow,
        record=record,
        is_promiscuous=promiscuous,
    )
    output = Output(fmt, Narrator(is_live=True, paint=painter()))
    with Keeping(store, output.tell, waits=False) as keeping:
        totals = asyncio.run(LiveWatch(options, keeping.tell).run())
    output.remark(summary(totals, is_enforcing=enforce))
    return 0


def is_given(option: str) -> bool:
    """Say whether an option of this command was given, and does not just have its default."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def united(traps: Sequence[TrapPorts]) -> TrapPorts:
    """Put lists of ports together."""
    return TrapPorts(Ports.united(one.tcp for one in traps), Ports.united(one.udp for one in traps))


def summary(totals: WatchTotals, *, is_enforcing: bool) -> str:
    """Say in a line what was seen and done."""
    done = counted(totals.bans, "ban") if is_enforcing else f"{counted(totals.would_ban, 'ban')} proposed"
    lost = f"; {counted(totals.dropped, 'packet')} lost" if totals.dropped else ""
    seen = f"{counted(totals.scans, 'scan')} and {done} in {duration(totals.seconds)}"
    return f"{seen}; {counted(totals.packets, 'packet')} looked at{lost}"
