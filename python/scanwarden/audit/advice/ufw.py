"""Close a port with ufw."""

from msgspec.structs import replace

from scanwarden.audit.advice import iptables
from scanwarden.audit.advice.steps import Advice, Step, Wish


def advise(wish: Wish) -> Advice:
    """Give a rule ahead of the others (ufw(8)), which ufw keeps over a restart by itself.

    What is passed on to a container never meets ufw's rules; iptables closes it.
    """
    if wish.is_published:
        note = "ufw does not filter published ports, so this is a rule of iptables beside its own"
        return replace(iptables.advise(wish), firewall="iptables beside ufw", notes=(note,))
    steps = []
    for interface in wish.interfaces:
        rule = ("deny", "in", "on", interface, "to", "any", "port", str(wish.port), "proto", wish.protocol)
        steps.append(Step(do=("ufw", "prepend", *rule), undo=("ufw", "delete", *rule)))
    return Advice(port=wish.port, protocol=wish.protocol, firewall="ufw", steps=tuple(steps))
