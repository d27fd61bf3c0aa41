"""Close a port with nftables, in a table of its own."""

from scanwarden.audit.advice.steps import Advice, Step, Wish

# Before address translation (-100), so that published ports are met by the number that the outside sees.
_HOOK = "{ type filter hook prerouting priority -145; policy accept; }"


def advise(wish: Wish) -> Advice:
    """Give a table that drops what arrives for the port; nothing of another table is touched."""
    table = f"scanwarden_closed_{wish.protocol}_{wish.port}"
    names = ", ".join(f'"{name}"' for name in wish.interfaces)
    match = f"iifname {{ {names} }} fib daddr type local {wish.protocol} dport {wish.port} drop"
    steps = (
        Step(do=("nft", "add", "table", "inet", table), undo=("nft", "delete", "table", "inet", table)),
        Step(do=("nft", "add", "chain", "inet", table, "incoming", _HOOK), undo=()),
        Step(do=("nft", "add", "rule", "inet", table, "incoming", match), undo=()),
    )
    lasting = (
        "# in /etc/nftables.conf (Debian) or /etc/sysconfig/nftables.conf (Fedora, RHEL):",
        f"table inet {table} {{",
        "  chain incoming {",
        "    type filter hook prerouting priority -145; policy accept;",
        f"    {match}",
        "  }",
        "}",
    )
    return Advice(port=wish.port, protocol=wish.protocol, firewall="nftables", steps=steps, lasting=lasting)
