"""Know the actor's responders from outside: which there are to be, where each is asked, and what it can do."""

from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.responders import RespondersSettings
from scanwarden.config.sections.responders_command import CommandSettings
from scanwarden.config.sections.responders_firewalld import FirewalldSettings
from scanwarden.config.sections.responders_hosts_deny import HostsDenySettings
from scanwarden.config.sections.responders_iptables import IptablesSettings
from scanwarden.config.sections.responders_nftables import NftablesSettings
from scanwarden.config.sections.responders_route import RouteSettings
from scanwarden.daemon.helper.line import HelperLine
from scanwarden.daemon.helper.remote import RemoteResponder
from scanwarden.responders.command import DEFAULT_MAX_BANS as MOST_BY_COMMAND
from scanwarden.responders.contract import Responder
from scanwarden.responders.dry_run import DryRunResponder
from scanwarden.responders.tool import Traits

HELPED, REHEARSED = "nftables", "dry_run"  # by the firewall helper, and by nobody
ANSWER_LIMIT_S = 30.0
CONNECT_FOR_S = 5.0
MAX_AT_ONCE = 256  # bans; some tools start a program for each


def acted(settings: Settings) -> tuple[str, ...]:
    """Name the enabled responders that the actor carries out, in the order named."""
    return tuple(name for name in settings.of(RespondersSettings).enabled if name not in (HELPED, REHEARSED))


def leading(settings: Settings) -> str:
    """Name the responder whose word counts: nftables if it is enabled, else the first that enforces anything."""
    enabled = settings.of(RespondersSettings).enabled
    if HELPED in enabled:
        return HELPED
    return next(iter(acted(settings)), REHEARSED)


def following(settings: Settings) -> tuple[str, ...]:
    """Name the enabled responders that do the same as the leading one, in their own time."""
    leader = leading(settings)
    return tuple(name for name in settings.of(RespondersSettings).enabled if name != leader)


def actor_folder(run: Path) -> Path:
    """Name the folder of the actor's sockets, beside the one where the parts of a service meet."""
    return run.with_name(f"{run.name}-actor")


def actor_socket(run: Path, name: str) -> Path:
    """Name the socket of one responder of the actor."""
    return actor_folder(run) / f"{name}.sock"


def line_to(
    name: str, settings: Settings, *, run: Path, helper: Path, connect_for_s: float = CONNECT_FOR_S
) -> HelperLine | None:
    """Return the connection to whoever carries out a responder's bans; None for a rehearsal."""
    if name == HELPED:
        return HelperLine(helper, connect_for_s=connect_for_s)
    if name == REHEARSED:
        return None
    limit_s = ANSWER_LIMIT_S + (settings.of(CommandSettings).time_limit.seconds if name == "command" else 0.0)
    path = actor_socket(run, name)
    return HelperLine(path, connect_for_s=connect_for_s, limit_s=limit_s, is_noted=True)


def remote(name: str, settings: Settings, line: HelperLine | None) -> Responder:
    """Return a responder of this name whose work is done at the other end of its line; a rehearsal is done here."""
    if line is None:
        return DryRunResponder()
    if name == HELPED:
        return RemoteResponder(line, max_bans=settings.of(NftablesSettings).host_capacity)
    return RemoteResponder(line, max_bans=most_bans(name, settings), traits=traits_of(name, settings), asks_first=True)


def traits_of(name: str, settings: Settings) -> Traits:
    """Say what the service must know of a responder of the actor's, which ends bans by itself whatever the tool can."""
    at_once = {"command": settings.of(CommandSettings).at_once, "firewalld": 50}
    return Traits(name=name, max_per_call=at_once.get(name, MAX_AT_ONCE))


def most_bans(name: str, settings: Settings) -> int:
    """Return how many bans a responder of the actor's may hold at once."""
    capacities = {
        "iptables": settings.of(IptablesSettings).capacity,
        "firewalld": settings.of(FirewalldSettings).capacity,
        "hosts_deny": settings.of(HostsDenySettings).capacity,
        "route": settings.of(RouteSettings).capacity,
    }
    return capacities.get(name, MOST_BY_COMMAND)
