"""Say how to close a port, and do it if told to: `scanwarden audit advice`."""

import time

import click

from scanwarden.audit.advice.choose import advise, firewall_here, wish_for
from scanwarden.audit.advice.guard import WAIT_S, Guarded, apply
from scanwarden.audit.advice.steps import Advice
from scanwarden.audit.advice.text import advice_lines
from scanwarden.audit.baseline import is_exposed
from scanwarden.audit.firewall.reading import read_ruleset
from scanwarden.audit.openings import Opening
from scanwarden.audit.survey import survey
from scanwarden.cli.asking import write_json, write_lines
from scanwarden.cli.options import Format, format_option
from scanwarden.errors import SensorError
from scanwarden.hostcmd import HostCommandError

EXIT_NOT_KEPT = 1


@click.command("advice")
@click.argument("ports", metavar="PORT/PROTOCOL...", nargs=-1, required=True)
@click.option("--apply", "is_applied", is_flag=True, help="Carry the commands out, after asking.")
@click.option("--yes", is_flag=True, help="Do not ask before, only afterwards.")
@click.option(
    "--within",
    "wait_s",
    metavar="SECONDS",
    type=click.IntRange(1, 3600),
    default=WAIT_S,
    show_default=True,
    help="How long to wait for the confirmation before everything is taken back.",
)
@format_option
def advice(*, ports: tuple[str, ...], is_applied: bool, yes: bool, wait_s: int, fmt: Format) -> int:
    """Give the commands of this host's firewall that close a port to the outside, such as 5432/tcp.

    Nothing is changed without --apply; then the change is taken back by itself after a minute unless you confirm that
    you still get in, even if the terminal is gone.

    Exit status: 0, 1 if the change was taken back, 2 if it failed.
    """
    given = [_advice_for(port) for port in ports]
    if fmt == "json":
        write_json(given)
    else:
        for one in given:
            write_lines([*advice_lines(one), ""])
    if not is_applied:
        return 0
    return _applied(given, is_sure=yes, wait_s=wait_s)


def _advice_for(name: str) -> Advice:
    number, _, protocol = name.partition("/")
    if not (number.isascii() and number.isdigit() and len(number) < 6) or protocol not in ("tcp", "udp", "sctp"):
        raise click.BadParameter(f"{name!r} is no port; write it like 5432/tcp", param_hint="PORT/PROTOCOL")
    port = int(number)
    opening = _opening(protocol, port)
    ruleset = read_ruleset()
    return advise(opening, wish_for(opening, port, ruleset), firewall_here(ruleset))


def _opening(protocol: str, port: int) -> Opening:
    for one in survey(now_ns=time.time_ns()).openings:
        if one.protocol == protocol and any(reach.port == port for reach in filter(is_exposed, one.reaches)):
            return one
    raise SensorError(f"{port}/{protocol} is not open to the outside", remedy="see scanwarden audit")


def _applied(given: list[Advice], *, is_sure: bool, wait_s: int) -> int:
    if not is_sure and not click.confirm("Carry these commands out?", err=True):
        return EXIT_NOT_KEPT
    steps = tuple(step for one in given for step in one.steps)
    guarded = Guarded(steps, wait_s=wait_s)
    try:
        apply(steps)
    except HostCommandError:
        guarded.take_back()
        raise
    for one in given:
        click.echo(f"{one.port}/{one.protocol} is {'still open' if _is_open(one) else 'closed'} now", err=True)
    if click.confirm(f"Keep it? It is taken back in {wait_s} s unless you say so.", default=False, err=True):
        guarded.keep()
        click.echo("kept; what makes it last over a restart is shown above", err=True)
        return 0
    guarded.take_back()
    click.echo("taken back", err=True)
    return EXIT_NOT_KEPT


def _is_open(one: Advice) -> bool:
    try:
        _opening(one.protocol, one.port)
    except SensorError:
        return False
    return True
