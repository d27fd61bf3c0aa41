"""Look at the host: what is missing, what gets in the way, and what to do."""

import click

from scanwarden.cli.replies import ReplyFormat, print_json, print_text, reply_format
from scanwarden.daemon.doctor import examine
from scanwarden.daemon.protection import compute
from scanwarden.responders.nftables import NftablesResponder

EXIT_BAD = 1


@click.command("doctor")
@reply_format
def command(*, fmt: ReplyFormat) -> int:
    """Say what this host lacks to run scanwarden, what gets in the way, and what to do. Changes nothing.

    Exit status: 0 if nothing is missing, 1 if something is.
    """
    findings = examine(compute(), check_firewall=NftablesResponder().check)
    if fmt == "json":
        print_json(findings)
    else:
        for found in findings:
            print_text(f"{found.level:<5} {found.topic}: {found.text}")
            if found.remedy:
                print_text(f"      {found.remedy}")
    return EXIT_BAD if any(found.level == "bad" for found in findings) else 0
