"""Close a port with firewalld."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from scanwarden.audit.advice import nft
from scanwarden.audit.advice.steps import Advice, Step, Wish
from scanwarden.hostcmd import HostCommandError

Run = Callable[[Sequence[str]], str]


def advise(wish: Wish, run: Run) -> Advice:
    """Give a rich rule for the zone of each interface: firewalld drops before it allows (firewalld.richlanguage(5)).

    What is passed on to another host never meets a zone's rules; nftables closes it, ahead of firewalld.
    """
    if wish.is_published:
        note = "firewalld does not filter what it passes on to another host, so this is a table beside its own"
        return replace(nft.advise(wish), firewall="nftables beside firewalld", notes=(note,))
    zones = dict.fromkeys(zone_of(interface, run) for interface in wish.interfaces)
    rule = f'rule port port="{wish.port}" protocol="{wish.protocol}" drop'
    steps = tuple(
        Step(
            do=("firewall-cmd", f"--zone={zone}", f"--add-rich-rule={rule}"),
            undo=("firewall-cmd", f"--zone={zone}", f"--remove-rich-rule={rule}"),
        )
        for zone in zones
    )
    lasting = tuple(f"firewall-cmd --permanent --zone={zone} --add-rich-rule='{rule}'" for zone in zones)
    notes = tuple(
        f"or, if its zone opens it: firewall-cmd --permanent --zone={zone} --remove-port={wish.port}/{wish.protocol}"
        for zone in zones
    )
    return Advice(
        port=wish.port, protocol=wish.protocol, firewall="firewalld", steps=steps, lasting=lasting, notes=notes
    )


def zone_of(interface: str, run: Run) -> str:
    """Name the zone of an interface, or the default one."""
    try:
        found = run(["firewall-cmd", f"--get-zone-of-interface={interface}"]).strip()
    except HostCommandError:
        found = ""
    return found if found and " " not in found else run(["firewall-cmd", "--get-default-zone"]).strip()
