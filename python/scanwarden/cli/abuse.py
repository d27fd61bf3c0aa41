"""Write an abuse report about a source, to be sent to the network it belongs to."""

from pathlib import Path

import click

from scanwarden.cli.asking import configured, open_store, stored_scan, write_file, write_lines
from scanwarden.cli.options import config_option, store_option
from scanwarden.config.sections.abuse import AbuseSettings
from scanwarden.errors import ConfigError, ReportError
from scanwarden.formats.summary import accused
from scanwarden.formats.xarf import Reporter, report
from scanwarden.model.address import Address
from scanwarden.model.detection import Detection
from scanwarden.model.printable import printable


@click.command("abuse")
@click.argument("scan_id", metavar="ID")
@click.option("--source", metavar="ADDRESS", help="The member that is meant, in a scan by a group.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write there, not to the terminal.",
)
@store_option
@config_option
def command(*, scan_id: str, source: str | None, output: Path | None, store: Path | None, config: Path | None) -> int:
    """Write a report about a scan for the network that it came from, in the format XARF 4.

    Nothing is sent: attach the file to a mail to the network's abuse contact, which `whois ADDRESS` names. `[abuse]`
    says who you are. ID may be cut as long as it fits only one scan. Exit status: 0, or 2 if it cannot be reported.
    """
    reporter = _reporter(configured(config).of(AbuseSettings))
    with open_store(store, config) as reader:
        statement = stored_scan(reader, scan_id).statement
    text = report(statement, Address.parse(source) if source else _only_source(statement), reporter)
    if output is None:
        write_lines([text])
        return 0
    write_file(output, f"{text}\n")
    write_lines([f"wrote {printable(str(output))}"])
    return 0


def _reporter(settings: AbuseSettings) -> Reporter:
    if not settings.organisation or settings.contact is None:
        missing = "organisation" if not settings.organisation else "contact"
        raise ConfigError(
            f"[abuse] {missing} is not set, and a report must say who complains",
            remedy='set organisation = "…" and contact = "abuse@…" in [abuse]',
        )
    return Reporter(organisation=settings.organisation, contact=str(settings.contact))


def _only_source(detection: Detection) -> Address:
    """Give the one address that can be accused; raise ScanwardenError if there is none, or a choice."""
    named = accused(detection)
    if len(named) == 1:
        return named[0]
    if not named:
        raise ReportError(
            f"no address of {detection.id} is proved, and a report could accuse an innocent",
            remedy=f"see scanwarden show {detection.id}",
        )
    few = ", ".join(map(str, named[:4]))
    raise ReportError(f"{detection.id} has {len(named)} proved sources", remedy=f"name one with --source: {few}")
