"""Close a port with iptables."""

from scanwarden.audit.advice.steps import Advice, Step, Wish


def advise(wish: Wish) -> Advice:
    """Give a rule ahead of the others for each IP version and interface.

    A published port is met after its translation, so the rule asks connection tracking for the port that was wanted
    first; where Docker manages the rules, its chain for administrators is used.
    """
    steps = []
    for version in wish.versions:
        program = wish.program if version == 4 else wish.program.replace("iptables", "ip6tables", 1)
        for interface in wish.interfaces:
            chain, match = _place(wish, interface)
            rule = (*match, "-j", "DROP")
            steps.append(Step(do=(program, "-I", chain, *rule), undo=(program, "-D", chain, *rule)))
    lasting = (
        "netfilter-persistent save        # Debian: package iptables-persistent",
        "service iptables save            # Fedora, RHEL: package iptables-services",
    )
    return Advice(port=wish.port, protocol=wish.protocol, firewall="iptables", steps=tuple(steps), lasting=lasting)


def _place(wish: Wish, interface: str) -> tuple[str, tuple[str, ...]]:
    port = str(wish.port)
    if not wish.is_published:
        return "INPUT", ("-i", interface, "-p", wish.protocol, "--dport", port)
    asked = ("-m", "conntrack", "--ctorigdstport", port, "--ctdir", "ORIGINAL")
    return "DOCKER-USER" if wish.has_docker else "FORWARD", ("-i", interface, "-p", wish.protocol, *asked)
