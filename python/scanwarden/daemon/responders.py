"""Make the responders that the configuration, or a watch, asks for."""

from collections.abc import Callable, Mapping
from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.responders import RespondersSettings
from scanwarden.config.sections.responders_command import CommandSettings
from scanwarden.config.sections.responders_firewalld import FirewalldSettings
from scanwarden.config.sections.responders_hosts_deny import HostsDenySettings
from scanwarden.config.sections.responders_iptables import IptablesSettings
from scanwarden.config.sections.responders_nftables import NftablesSettings
from scanwarden.config.sections.responders_route import RouteSettings
from scanwarden.errors import ResponderError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.command import CommandResponder
from scanwarden.responders.contract import Responder
from scanwarden.responders.dry_run import DryRunResponder
from scanwarden.responders.firewalld import FirewalldResponder
from scanwarden.responders.hosts_deny import HostsDenyResponder
from scanwarden.responders.iptables import IptablesResponder
from scanwarden.responders.nftables import NftablesResponder
from scanwarden.responders.route import RouteResponder

RESPONDERS = ("nftables", "hosts_deny")


def choose_responder(name: str, *, protected: PrefixTable, hosts_deny: Path) -> Responder:
    """Make the responder of a name of `RESPONDERS`; raise ResponderError for another name."""
    match name:
        case "nftables":
            return NftablesResponder(protected=protected)
        case "hosts_deny":
            return HostsDenyResponder(hosts_deny, protected=protected)
    raise ResponderError(f"there is no responder {name!r}", remedy=f"choose one of {', '.join(RESPONDERS)}")


def configured_responders(settings: Settings, *, protected: PrefixTable) -> tuple[Responder, ...]:
    """Make every responder of `[responders] enabled`, each with its own section's settings, in the order named.

    Nothing is changed on the host before one of them is asked to `prepare`.
    """
    return tuple(configured_responder(name, settings, protected=protected) for name in enabled(settings))


def enabled(settings: Settings) -> tuple[str, ...]:
    """Return the names in `[responders] enabled`."""
    return settings.of(RespondersSettings).enabled


def configured_responder(name: str, settings: Settings, *, protected: PrefixTable) -> Responder:
    """Make one responder with the settings of its section; `name` is one that `[responders] enabled` may hold."""
    return _MAKERS[name](settings, protected)


def _nftables(settings: Settings, protected: PrefixTable) -> Responder:
    section = settings.of(NftablesSettings)
    return NftablesResponder(
        max_bans=section.host_capacity,
        max_networks=section.network_capacity,
        may_own=section.owned,
        protected=protected,
    )


def _firewalld(settings: Settings, protected: PrefixTable) -> Responder:
    section = settings.of(FirewalldSettings)
    return FirewalldResponder(zone=section.zone, action=section.action, max_bans=section.capacity, protected=protected)


def _iptables(settings: Settings, protected: PrefixTable) -> Responder:
    return IptablesResponder(max_bans=settings.of(IptablesSettings).capacity, protected=protected)


def _hosts_deny(settings: Settings, protected: PrefixTable) -> Responder:
    section = settings.of(HostsDenySettings)
    return HostsDenyResponder(section.file, form=section.form, max_bans=section.capacity, protected=protected)


def _route(settings: Settings, protected: PrefixTable) -> Responder:
    section = settings.of(RouteSettings)
    return RouteResponder(metric=section.metric, max_bans=section.capacity, protected=protected)


def _command(settings: Settings, protected: PrefixTable) -> Responder:
    section = settings.of(CommandSettings)
    return CommandResponder(
        section.ban,
        section.unban,
        user=section.user,
        limit_s=section.time_limit.seconds,
        at_once=section.at_once,
        protected=protected,
    )


def _dry_run(_: Settings, protected: PrefixTable) -> Responder:
    return DryRunResponder(protected=protected)


_MAKERS: Mapping[str, Callable[[Settings, PrefixTable], Responder]] = {
    "nftables": _nftables,
    "firewalld": _firewalld,
    "iptables": _iptables,
    "hosts_deny": _hosts_deny,
    "route": _route,
    "command": _command,
    "dry_run": _dry_run,
}
