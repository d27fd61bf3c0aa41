"""Ask the kernel which ports somebody listens on."""

import socket

from scanwarden.audit import sock_diag
from scanwarden.model.ports import Ports

# A UDP socket that is connected to nobody is "closed".
_STATES = {socket.IPPROTO_TCP: sock_diag.LISTEN, socket.IPPROTO_UDP: sock_diag.CLOSE}


def listening_ports(protocol: int = socket.IPPROTO_TCP) -> Ports:
    """Return the ports with a listening socket on any address, in the namespace of the calling thread.

    `protocol` is IPPROTO_TCP or IPPROTO_UDP; a UDP socket listens if it is bound and connected to nobody.

    Sockets bound to loopback alone count as well: to knock there from outside proves nothing. Raises SensorError.
    """
    return Ports({answer.port for answer in sock_diag.ask(protocol, _STATES[protocol])})
