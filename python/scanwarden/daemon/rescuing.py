"""Lift what one responder holds without the service: through the process that looks after it, or by hand."""

from pathlib import Path

from scanwarden.config import Settings
from scanwarden.daemon.actor.kept import KeptBans
from scanwarden.daemon.actor.part import kept_in
from scanwarden.daemon.actor.reach import HELPED, line_to
from scanwarden.daemon.helper.line import HelperLine
from scanwarden.daemon.helper.remote import RemoteTool
from scanwarden.daemon.helper.remote_wire import RemoteWire
from scanwarden.daemon.responders import configured_responder
from scanwarden.errors import ResponderError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.nftables_tripwire import NftablesTripwire


def lift_all(name: str, settings: Settings, *, run: Path, helper: Path) -> str:
    """Have every ban of a responder lifted, and say in a sentence who did; raise ResponderError.

    `run` is where the parts of a service meet, `helper` the helper's socket.
    """
    line = line_to(name, settings, run=run, helper=helper, connect_for_s=0.0)
    if line is not None and _told(name, line):
        return f"the {'helper' if name == HELPED else 'actor'} has lifted every ban that was in force in {name}"
    responder = configured_responder(name, settings, protected=PrefixTable())
    for obstacle in responder.check() if name == HELPED else ():  # to lift takes less than to ban
        raise ResponderError(f"cannot lift bans: {obstacle.lacks}", remedy=obstacle.remedy)
    if isinstance(responder, Keeper) and not responder.has_timeouts:
        responder.adopt(KeptBans(kept_in(settings) / f"{name}.json").read())
    responder.cleanup()
    if name == HELPED:
        NftablesTripwire().cleanup()
    return f"no ban of scanwarden is in force in {name} any more"


def _told(name: str, line: HelperLine) -> bool:
    """Tell the process that looks after a responder; False if none runs."""
    try:
        if name == HELPED:
            RemoteWire(line).cleanup()
        RemoteTool(line).remove()
    except ResponderError:
        return False  # nobody is there; if somebody is after all, what follows says so
    finally:
        line.close()
    return True
