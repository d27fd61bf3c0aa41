"""Say how the service is doing, and what the last day brought."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from scanwarden.cli.options import Format, format_option, read_socket
from scanwarden.cli.replies import print_json, print_text
from scanwarden.control.client import ControlClient, ControlError
from scanwarden.control.encoding import decode
from scanwarden.control.views import FleetHealth, ResponderHealth, Status
from scanwarden.formats.text.layout import WIDTH
from scanwarden.formats.text.words import TECHNIQUES, counted
from scanwarden.store.views import Overview, Ranked

EXIT_DEGRADED = 1
HOURS = 24
TOP = 5
TEXT_COLUMN = 11


class StatusAnswer(Status, frozen=True, kw_only=True):
    """How the service is doing, and the last day as the database has it."""

    day: Overview | None


@click.command("status")
@read_socket
@format_option
def command(*, socket: Path, fmt: Format) -> int:
    """Say how the service is doing, and who scanned what in the last 24 hours.

    Exit status: 0 if all is well, 1 if something is wrong, 2 if the service does not answer.
    """
    client = ControlClient(socket)
    status = client.status()
    day = last_day(client)
    if fmt == "json":
        print_json(StatusAnswer(**msgspec.structs.asdict(status), day=day))
    else:
        for line in [*lines(status), *day_lines(day)]:
            for part in folded(line):
                print_text(part)
    has_broken = any(one.trouble for one in status.responders)
    is_alone = status.fleet is not None and status.fleet.trouble is not None
    return EXIT_DEGRADED if status.firewall or has_broken or status.store.is_degraded or is_alone else 0


def folded(line: str) -> list[str]:
    """Break a line that is wider than 80 columns, with what follows under its text."""
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * TEXT_COLUMN, break_on_hyphens=False)


def last_day(client: ControlClient) -> Overview | None:
    """Ask for the sums of the last day; None where the database cannot be read, which `status` says by itself."""
    try:
        return decode(client.raw(f"/overview?hours={HOURS}"), Overview)
    except (ControlError, msgspec.MsgspecError):
        return None


def lines(status: Status) -> list[str]:
    """Put a status into lines for people."""
    told = [
        f"scanwarden {status.version} watches {', '.join(status.interfaces)} since {str(status.started_at)[:19]}Z",
        f"mode       {status.mode}{', tripwire set' if status.tripwire else ''}",
        f"packets    {status.packets:,} looked at, {status.dropped:,} lost",
        f"scans      {status.scans:,} found",
        f"bans       {counted(status.bans_in_force, 'ban')} in force, {status.bans_made:,} made",
        f"firewall   {status.firewall or 'in place'}" if status.mode == "enforce" else "firewall   not touched",
        f"database   {status.store.reason if status.store.is_degraded else 'written'}, {status.store.dropped:,} lost",
    ]
    if len(status.responders) > 1 or any(one.name != "nftables" for one in status.responders):
        held = [
            f"{'' if number else 'held by':<10} {responder_words(one)}" for number, one in enumerate(status.responders)
        ]
        told[5:5] = held
    if status.fleet is not None:
        told += [f"{'' if number else 'fleet':<10} {line}" for number, line in enumerate(fleet_words(status.fleet))]
    told += [f"audit      {sentence}" for sentence in status.audit]
    return told + [f"not known  {gap}" for gap in status.gaps]


def responder_words(one: ResponderHealth) -> str:
    """Say what a responder holds, what it does not, and what is wrong with it."""
    words = [f"{one.name}: {counted(one.bans_in_force, 'ban')}"]
    if one.refused:
        words.append(f"{one.refused:,} refused")
    if one.waiting:
        words.append(f"{one.waiting:,} waiting")
    if one.trouble:
        words.append(one.trouble)
    return ", ".join(words)


def fleet_words(fleet: FleetHealth) -> list[str]:
    """Say whether the fleet hears of this host, what it was told and what waits, and what it last had banned here."""
    told = f"last at {str(fleet.told_at)[11:19]}Z" if fleet.told_at else "nothing was told yet"
    counts = [f"{counted(fleet.contacts_told, 'contact')} told"]
    if fleet.waiting_bytes:
        counts.append(f"{fleet.waiting_bytes:,} bytes wait")
    if fleet.segments_lost:
        counts.append(f"{counted(fleet.segments_lost, 'segment')} lost, the spool was full")
    does = f"is not told: {fleet.trouble}" if fleet.trouble else f"hears {fleet.host}, {told}"
    if fleet.host is None:
        return [does]
    bans = [f"{counted(fleet.bans_followed, 'ban')} followed"]
    bans += [f"{fleet.bans_refused:,} refused"] if fleet.bans_refused else []
    bans += [f"{fleet.bans_waiting:,} waiting"] if fleet.bans_waiting else []
    if fleet.last_ban and fleet.last_ban_at:
        bans.append(f"the last at {str(fleet.last_ban_at)[11:19]}Z: {fleet.last_ban}")
    return [does, ", ".join(counts), ", ".join(bans)]


def day_lines(day: Overview | None) -> list[str]:
    """Put the last day into lines for people: totals, then who and what came most often."""
    if day is None:
        return ["last day   not known: the database cannot be read"]
    sums = [counted(day.scans, "scan"), counted(day.sources, "source"), counted(day.probes, "probe")]
    told = [f"last day   {', '.join(sums)}; {day.open_scans:,} going on, {counted(day.notices, 'notice')}"]
    named = tuple(msgspec.structs.replace(one, name=_technique(one.name)) for one in day.techniques_top)
    for title, ranked in (
        ("sources", day.sources_top),
        ("networks", day.networks_top),
        ("ports", day.ports_top),
        ("techniques", named),
    ):
        if ranked:
            told.append(f"{title:<10} {top_words(ranked)}")
    return told


def top_words(ranked: Sequence[Ranked]) -> str:
    """Name what came most often, and how often."""
    return ", ".join(f"{one.name} ({one.count:,})" for one in ranked[:TOP])


def _technique(name: str) -> str:
    return next((title for technique, title in TECHNIQUES.items() if technique == name), name)
