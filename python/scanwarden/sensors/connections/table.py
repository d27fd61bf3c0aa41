"""Write the table that has the kernel hand over first packets."""

TABLE = "inet scanwarden_connections"
GROUP = 7226
COPIED_BYTES = 96  # an IPv6 header, an extension header and the transport header
KERNEL_SHARE = 10  # the kernel hands over ten times what is written, since rules may leave most of it out


def ruleset(per_second: int) -> str:
    """Write the table anew; beyond ten times `per_second` attempts the kernel only counts, in `left_out`.

    The hook is behind connection tracking (-200) and before address translation (-100), so ports are those asked for.
    """
    rate = per_second * KERNEL_SHARE
    return "\n".join(
        (
            f"add table {TABLE}",
            f"delete table {TABLE}",
            f"table {TABLE} {{",
            "  counter left_out { }",
            "  chain attempts {",
            "    type filter hook prerouting priority -140; policy accept;",
            '    iifname "lo" return',
            "    ct state != new return",
            "    fib daddr type != local return",
            "    meta l4proto != { tcp, udp, icmp, icmpv6 } return",
            f'    limit rate over {rate}/second burst {rate} packets counter name "left_out" return',
            f"    log group {GROUP} snaplen {COPIED_BYTES}",
            "  }",
            "}",
            "",
        )
    )


def removal() -> str:
    """Write the transaction that removes the table, whether or not it is there."""
    return f"add table {TABLE}\ndelete table {TABLE}\n"
