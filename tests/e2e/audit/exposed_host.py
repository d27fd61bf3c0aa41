"""A host with ten services of every kind of exposure, and the rules of three firewalls for it."""

import contextlib
import sys
from collections.abc import Iterator

from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4, address6
from scanwarden.lab.namespace import Namespace
from tests.conftest import REPOSITORY

HOST4, HOST6, FRIEND = address4(GUARDED), address6(GUARDED), address4(SCANNER)
ANY4 = "0.0.0.0"  # noqa: S104 that is what is to be found
ANY6 = "::"
INNER_HOST, INNER = "10.88.0.1", "10.88.0.2"
LISTENER = str(REPOSITORY / "tests" / "e2e" / "audit" / "listener.py")
SERVICES = {
    "sshd": ("tcp", "*", 22),
    "nginx": ("tcp", "*", 80),
    "postgres": ("tcp", "127.0.0.1", 5432),
    "redis-server": ("tcp", HOST4, 6379),
    "mysqld": ("tcp", "*", 3306),
    "v6only": ("tcp", ANY6, 9001),
    "named": ("udp", ANY4, 53),
    "snmpd": ("udp", ANY4, 161),
}
INNER_SERVICES = {"webapp": ("tcp", ANY4, 80), "hidden": ("tcp", ANY4, 7000)}

NFT = f"""
table inet filter {{
  set friends {{ type ipv4_addr; flags interval; elements = {{ {FRIEND} }} }}
  chain ssh {{
    ip saddr @friends accept
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    ct state vmap {{ established : accept, related : accept, invalid : drop }}
    iifname "lo" accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
    tcp dport vmap {{ 80 : accept, 22 : jump ssh, 6379 : accept, 9001 : accept }}
    udp dport 53 limit rate 1000/second accept
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct status dnat accept
    oifname "eth0" accept
  }}
}}
table ip nat {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    fib daddr type local tcp dport 8080 dnat to {INNER}:80
  }}
}}
"""
IPTABLES = f"""*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:SSH - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j SSH
-A INPUT -p tcp -m multiport --dports 80,6379,9001 -m comment --comment "open to all" -j ACCEPT
-A INPUT -p udp -m udp --dport 53 -m limit --limit 1000/sec -j ACCEPT
-A SSH -s {FRIEND}/32 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d {INNER}/32 ! -i inner0 -o inner0 -p tcp -m tcp --dport 80 -j ACCEPT
-A FORWARD -i inner0 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i inner0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination {INNER}:80
COMMIT
"""
IP6TABLES = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -p tcp -m multiport --dports 80,6379,9001 -j ACCEPT
COMMIT
"""


@contextlib.contextmanager
def running(host: Namespace, services: dict[str, tuple[str, str, int]]) -> Iterator[None]:
    """Keep services listening on a host."""
    words = [str(word) for name, place in services.items() for word in (name, *place)]
    with host.start([sys.executable, LISTENER, *words]) as program:
        program.wait_for_line(lambda line: line == b"listening", limit_s=30.0)
        yield


@contextlib.contextmanager
def exposed() -> Iterator[tuple[Lab, Namespace]]:
    """Build the lab with the ten services, two of them in a namespace behind the guarded host."""
    with Lab(services=()) as lab:
        inner = lab._namespace("inner")
        host = lab.guarded
        host.ip("link", "add", "inner0", "type", "veth", "peer", "name", "eth0", "netns", inner.name)
        for namespace, name, address in ((host, "inner0", INNER_HOST), (inner, "eth0", INNER)):
            namespace.ip("address", "add", f"{address}/24", "dev", name)
            namespace.ip("link", "set", name, "up")
        inner.ip("route", "add", "default", "via", INNER_HOST)
        host.set_sysctls({"net/ipv4/ip_forward": "1"})
        with running(host, SERVICES), running(inner, INNER_SERVICES):
            yield lab, inner
