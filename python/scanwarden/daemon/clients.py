"""Count where the clients of this host's services come from."""

import ipaddress
import socket
from collections import Counter

from scanwarden.audit import sock_diag
from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.model.address import Address

MAX_CLIENTS = 65_536


def clients() -> Counter[Address]:
    """Return how many connections each address has, or had a minute ago, to ports that somebody listens on here.

    At most 65,536 addresses are told apart. Loopback is left out. Raises SensorError.
    """
    ports = set(listening_ports())
    counted: Counter[Address] = Counter()
    for one in sock_diag.ask(socket.IPPROTO_TCP, sock_diag.ESTABLISHED, sock_diag.TIME_WAIT):
        if one.port not in ports:
            continue
        remote = Address(one.other_address)
        if ipaddress.ip_address(remote.packed).is_loopback or (remote not in counted and len(counted) >= MAX_CLIENTS):
            continue
        counted[remote] += 1
    return counted
