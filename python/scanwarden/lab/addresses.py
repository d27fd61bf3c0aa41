"""Number the lab's hosts: one number gives the addresses of every layer, and each can be read back by eye.

Host 50 is 10.77.1.50, fd77:1::50 and 02:77:01:00:00:50, in real labs and in synthesised captures alike.
"""

GATEWAY, GUARDED, SCANNER, BYSTANDER = 1, 10, 50, 60

SWEPT = range(11, 18)
"""Additional hosts' numbers that the guarded host owns in labs for sweeps."""


def address4(number: int) -> str:
    """Return the IPv4 address of host `number` (1-254)."""
    return f"10.77.1.{number}"


def address6(number: int) -> str:
    """Return the IPv6 address of host `number`."""
    return f"fd77:1::{number}"


def mac(number: int) -> str:
    """Return the hardware address of host `number`; its last two bytes read like the decimal number."""
    return f"02:77:01:00:{number // 100:02d}:{number % 100:02d}"
