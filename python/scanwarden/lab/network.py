"""Build the lab's network: scanner, guarded host and bystander on one switch, with a gateway.

    scanner 10.77.1.50 ──┐
                         ├── switch (gateway 10.77.1.1) ── guarded 10.77.1.10
    bystander 10.77.1.60 ┘

Every host is a network namespace with one interface `eth0`, an IPv4 and an IPv6 address with the same last number
(fd77:1::/64) and a hardware address that tells the number (02:77:01:00:00:50 is .50). All of it is gone when the
`with` block ends, however it ends.
"""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Self

from scanwarden.errors import ScanwardenError
from scanwarden.lab import names, offload
from scanwarden.lab.addresses import BYSTANDER, GATEWAY, GUARDED, SCANNER, address4, address6, mac
from scanwarden.lab.listeners import DEFAULT_SERVICES, listening
from scanwarden.lab.namespace import Namespace

_QUIET_IPV6 = {
    # Addresses are usable at once, and nobody asks for routers: the captures hold only what we send.
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/router_solicitations": "0",
    "net/ipv6/conf/default/accept_ra": "0",
}
_UNLIMITED_ICMP = {
    # Closed UDP ports answer every probe, so that outcomes do not depend on how fast a test ran.
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_msgs_per_sec": "100000",
    "net/ipv4/icmp_msgs_burst": "100000",
    "net/ipv6/icmp/ratelimit": "0",
}
_PLAIN_SWITCH = {
    # A switch forwards and asks no firewall (br_netfilter); asking would cost a flood an eighth of its speed.
    "net/bridge/bridge-nf-call-iptables": "0",
    "net/bridge/bridge-nf-call-ip6tables": "0",
    "net/bridge/bridge-nf-call-arptables": "0",
}


class Lab:
    """A running lab network; `with Lab() as lab:` builds it and removes it."""

    def __init__(self, *, extra_addresses: Sequence[int] = (), services: Sequence[str] = DEFAULT_SERVICES) -> None:
        self._extra_addresses = extra_addresses
        self._services = services
        self._cleanup = ExitStack()
        self.prefix = names.lab_prefix()
        self.guarded: Namespace
        self.scanner: Namespace
        self.bystander: Namespace
        self.switch: Namespace

    def __enter__(self) -> Self:
        """Build the network and start the guarded host's services; raises ScanwardenError without root."""
        if os.geteuid() != 0:
            raise ScanwardenError("the lab builds network namespaces and needs root", remedy="run it with sudo")
        try:
            self._build()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every program inside and remove the namespaces."""
        self._cleanup.close()

    def _build(self) -> None:
        self.switch = self._namespace("switch")
        self.switch.set_sysctls(_PLAIN_SWITCH)
        self.switch.ip(
            "link", "add", "br0", "address", mac(GATEWAY), "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"
        )
        self.switch.ip("link", "set", "br0", "up")
        self._add_addresses(self.switch, "br0", GATEWAY)
        self.guarded = self.add_host("guarded", GUARDED)
        self.scanner = self.add_host("scanner", SCANNER)
        self.bystander = self.add_host("bystander", BYSTANDER)
        for number in self._extra_addresses:
            self._add_addresses(self.guarded, "eth0", number)
        if self._services:
            self._cleanup.enter_context(listening(self.guarded, self._services))

    def add_host(self, role: str, number: int) -> Namespace:
        """Return a new host on the switch with the addresses of `number`."""
        host = self._namespace(role)
        port = f"p{number}"
        host.ip(
            "link",
            "add",
            "eth0",
            "address",
            mac(number),
            "type",
            "veth",
            "peer",
            "name",
            port,
            "netns",
            self.switch.name,
        )
        self.switch.ip("link", "set", port, "master", "br0", "up")
        # Checksums are filled in by the sender and packets keep their size, as on a real wire.
        offload.turn_off(host, "eth0")
        offload.turn_off(self.switch, port)
        host.ip("link", "set", "eth0", "up")
        self._add_addresses(host, "eth0", number)
        host.ip("route", "add", "default", "via", address4(GATEWAY))
        host.ip("-6", "route", "add", "default", "via", address6(GATEWAY))
        return host

    def add_neighbour(self, host: Namespace, number: int) -> None:
        """Tell `host` the hardware address of `number`, so that it can answer an address nobody has."""
        for address in (address4(number), address6(number)):
            host.ip("neigh", "replace", address, "lladdr", mac(number), "dev", "eth0", "nud", "permanent")

    def _namespace(self, role: str) -> Namespace:
        namespace = Namespace(self.prefix, role)
        self._cleanup.callback(namespace.remove)
        namespace.set_sysctls(_QUIET_IPV6 | _UNLIMITED_ICMP)
        namespace.ip("link", "set", "lo", "up")
        return namespace

    @staticmethod
    def _add_addresses(host: Namespace, interface: str, number: int) -> None:
        host.ip("address", "add", f"{address4(number)}/24", "dev", interface)
        host.ip("address", "add", f"{address6(number)}/64", "dev", interface, "nodad")
