"""Say what this host exposes: `scanwarden audit`."""

import datetime as dt
import time
from pathlib import Path

import click
import msgspec

from scanwarden.audit.active.check import Order, check, own_addresses, refuse_foreign
from scanwarden.audit.active.far import Far
from scanwarden.audit.active.text import check_lines
from scanwarden.audit.baseline import Drift, drift, propose
from scanwarden.audit.network import Network
from scanwarden.audit.openings import Survey
from scanwarden.audit.survey import survey
from scanwarden.audit.text import survey_lines
from scanwarden.cli.asking import configured, write_json, write_lines
from scanwarden.cli.audit_advice import advice
from scanwarden.cli.audit_learnt import learnt, seekers
from scanwarden.cli.options import Format, config_option, format_option
from scanwarden.config.sections.audit import AuditSettings
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports

EXIT_DRIFT = 1


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What `--format json` prints."""

    survey: Survey
    drift: list[Drift]
    proposed: list[str]


@click.group("audit", invoke_without_command=True)
@config_option
@format_option
@click.pass_context
def command(context: click.Context, *, config: Path | None, fmt: Format) -> int:
    """Say which ports of this host are open, whose they are, and whether the firewall lets the outside reach them.

    Reads the sockets, the rules of nftables and iptables (so those of firewalld, ufw and Docker too) and the containers
    behind this host; sends nothing and changes nothing. Needs root to see all of it.

    Exit status: 0, 1 if something differs from [audit] expected, 2 if it failed.
    """
    if context.invoked_subcommand is not None:
        return 0
    expected = configured(config).of(AuditSettings).expected
    found = survey(now_ns=time.time_ns())
    differences = drift(found.openings, expected) if expected else []
    proposed = [] if expected else propose(found.openings)
    if fmt == "json":
        write_json(Answer(survey=found, drift=differences, proposed=proposed))
    else:
        write_lines([*survey_lines(found, differences), *_ending(differences, proposed)])
    return EXIT_DRIFT if differences else 0


@command.command("check")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@click.option("--ports", metavar="PORTS", default="1-65535", show_default=True, help="Which TCP ports.")
@click.option("--udp", is_flag=True, help="Ask UDP services as well, each in its own words.")
@click.option("--from", "far", metavar="USER@HOST", help="Check from another node, over ssh (it needs python3 there).")
@click.option("--with-nmap", is_flag=True, help="Have nmap try the TCP ports.")
@click.option(
    "--rate", metavar="N", type=click.IntRange(1, 100_000), default=25_000, show_default=True,
    help="At most so many attempts a second.",
)  # fmt: skip
@click.option("--i-own-this", is_flag=True, help="Check addresses that are not of this host.")
@format_option
def check_command(
    *, addresses: tuple[str, ...], ports: str, udp: bool, far: str | None, with_nmap: bool, rate: int,
    i_own_this: bool, fmt: Format,
) -> int:  # fmt: skip
    """Knock at the own addresses and look at what answers: banners, certificates, services that ask for no password.

    Without ADDRESS, every address of this host is checked. A service is greeted and left; nothing is tried beyond that.

    Exit status: 0, 1 if a service lets strangers in, 2 if it failed.
    """
    own = own_addresses(Network())
    if not i_own_this:
        refuse_foreign(addresses, own)
    order = Order(
        addresses=tuple(str(Address.parse(one)) for one in addresses) or tuple(own),
        tcp=Ports.parse(ports),
        udp=Ports() if udp else None,
        per_second=rate,
        far=Far.parse(far) if far else None,
        is_with_nmap=with_nmap,
    )
    report = check(order, now=dt.datetime.now(tz=dt.UTC))
    if fmt == "json":
        write_json(report)
    else:
        write_lines(check_lines(report))
    return EXIT_DRIFT if any(greeting.findings for one in report.checked for greeting in one.greetings) else 0


def _ending(differences: list[Drift], proposed: list[str]) -> list[str]:
    if differences:
        return ["", "Different from [audit] expected", *(f"  {one.text}" for one in differences)]
    if not proposed:
        return []
    return [
        "",
        "Nothing is expected yet. If all this is meant to be open, put this into the",
        "configuration, and any change will be told:",
        "",
        "  [audit]",
        "  expected = [",
        *(f'    "{entry}",' for entry in proposed),
        "  ]",
    ]


command.add_command(advice)
command.add_command(learnt)
command.add_command(seekers)
