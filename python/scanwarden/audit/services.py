"""Name services by port, and say which of them should not face the world.

Names and numbers are those of IANA's Service Name and Transport Protocol Port Number Registry (RFC 6335); where a
product uses a number that IANA gave to somebody else or to nobody, its own documentation is the source (Docker 2375,
etcd 2379, Kubernetes 6443 and 10250, Redis 6379, Elasticsearch 9200, MongoDB 27017, memcached 11211). Other names come
from the host's /etc/services.
"""

import socket
from typing import Literal

from msgspec import Struct

PortClass = Literal["well-known", "registered", "dynamic"]
Level = Literal["high", "medium", "low"]
LAST_WELL_KNOWN, LAST_REGISTERED = 1023, 49_151  # RFC 6335 6

_CLEAR = "what is sent, passwords too, can be read on the way"
_DATABASE = "a database answers whoever finds it: passwords can be guessed and flaws used"
_REMOTE = "remote administration: passwords can be guessed"
_SHARE = "file and printer sharing of a local network; worms spread by it"
_AMPLIFIES = "it answers more than it is asked, so others are flooded through it"
_DEBUG = "a port for debugging: whoever reaches it runs code"
_CONTROL = "it controls containers: without certificates, whoever reaches it is root here"
_CACHE = "it has no or weak authentication, and is made for trusted networks"
_PRINTER = "a printer service: jobs can be read and sent by anybody"
_MONITOR = "it tells how this host is built and how it is doing"


class Risk(Struct, frozen=True, kw_only=True):
    """Why a service should not face everybody."""

    level: Level
    kind: str
    reason: str


class Service(Struct, frozen=True, kw_only=True):
    """What usually stands behind a port."""

    name: str
    risk: Risk | None = None


def _of(level: Level, kind: str, reason: str, ports: dict[int, str]) -> dict[int, Service]:
    return {port: Service(name=name, risk=Risk(level=level, kind=kind, reason=reason)) for port, name in ports.items()}


def _plain(ports: dict[int, str]) -> dict[int, Service]:
    return {port: Service(name=name) for port, name in ports.items()}


_TCP: dict[int, Service] = {
    **_plain({22: "ssh", 25: "smtp", 43: "whois", 53: "domain", 80: "http", 88: "kerberos", 110: "pop3", 143: "imap"}),
    **_plain({179: "bgp", 443: "https", 465: "submissions", 587: "submission", 636: "ldaps", 853: "domain-s"}),
    **_plain({993: "imaps", 995: "pop3s", 1194: "openvpn", 3128: "squid", 4222: "nats", 5222: "xmpp-client"}),
    **_plain({5269: "xmpp-server", 5671: "amqps", 6514: "syslog-tls", 8080: "http-alt", 8443: "https-alt"}),
    **_plain({8883: "secure-mqtt", 9418: "git", 41641: "tailscale"}),
    **_of("high", "clear text", _CLEAR, {23: "telnet", 512: "exec", 513: "login", 514: "shell", 107: "rtelnet"}),
    **_of("medium", "clear text", _CLEAR, {20: "ftp-data", 21: "ftp", 69: "tftp", 79: "finger", 119: "nntp"}),
    **_of(
        "medium", "clear text", _CLEAR, {389: "ldap", 1883: "mqtt", 5672: "amqp", 61613: "stomp", 2000: "cisco-sccp"}
    ),
    **_of("low", "clear text", _CLEAR, {7: "echo", 9: "discard", 13: "daytime", 17: "qotd", 19: "chargen", 37: "time"}),
    **_of("high", "database", _DATABASE, {1433: "ms-sql-s", 1521: "oracle", 3306: "mysql", 5432: "postgresql"}),
    **_of("high", "database", _DATABASE, {27017: "mongodb", 27018: "mongodb", 5984: "couchdb", 9042: "cassandra"}),
    **_of("high", "database", _DATABASE, {7474: "neo4j", 8086: "influxdb", 8123: "clickhouse", 9000: "clickhouse"}),
    **_of(
        "high", "database", _DATABASE, {9200: "elasticsearch", 9300: "elasticsearch", 50000: "db2", 26257: "cockroach"}
    ),
    **_of("high", "cache", _CACHE, {6379: "redis", 11211: "memcache", 2181: "zookeeper", 7000: "cassandra"}),
    **_of(
        "medium", "cache", _CACHE, {9092: "kafka", 8500: "consul", 4369: "epmd", 25672: "rabbitmq", 15672: "rabbitmq"}
    ),
    **_of("medium", "remote administration", _REMOTE, {3389: "ms-wbt-server", 5900: "rfb", 5901: "rfb", 5985: "wsman"}),
    **_of(
        "medium", "remote administration", _REMOTE, {5986: "wsmans", 9090: "cockpit", 10000: "webmin", 8006: "proxmox"}
    ),
    **_of("medium", "remote administration", _REMOTE, {623: "ipmi", 16992: "amt", 2222: "ssh-alt", 8834: "nessus"}),
    **_of("high", "remote administration", "X11 lets a stranger see the screen and type", {6000: "x11", 6001: "x11"}),
    **_of("high", "Windows sharing", _SHARE, {135: "msrpc", 139: "netbios-ssn", 445: "microsoft-ds"}),
    **_of("high", "file sharing", _SHARE, {111: "sunrpc", 2049: "nfs", 548: "afpovertcp", 873: "rsync", 3260: "iscsi"}),
    **_of("medium", "printing", _PRINTER, {515: "printer", 631: "ipp", 9100: "jetdirect"}),
    **_of("high", "container control", _CONTROL, {2375: "docker", 2376: "docker-tls", 2377: "docker-swarm"}),
    **_of("high", "container control", _CONTROL, {2379: "etcd", 2380: "etcd", 6443: "kubernetes", 10250: "kubelet"}),
    **_of("high", "container control", _CONTROL, {10255: "kubelet", 5000: "registry", 9443: "portainer"}),
    **_of(
        "high", "debugging", _DEBUG, {5005: "jdwp", 9229: "node-inspect", 5678: "debugpy", 4444: "debug", 2345: "delve"}
    ),
    **_of("high", "debugging", _DEBUG, {5858: "node-debug", 8000: "debug-or-http", 1099: "rmi", 9222: "devtools"}),
    **_of("medium", "monitoring", _MONITOR, {161: "snmp", 199: "smux", 9100: "node-exporter", 10050: "zabbix-agent"}),
    **_of("medium", "monitoring", _MONITOR, {5666: "nrpe", 9093: "alertmanager", 19999: "netdata", 8125: "statsd"}),
    **_of("medium", "proxy", "an open proxy hides others behind this address", {1080: "socks", 8118: "privoxy"}),
}
_UDP: dict[int, Service] = {
    **_plain({67: "bootps", 68: "bootpc", 443: "https", 500: "isakmp", 546: "dhcpv6-client", 547: "dhcpv6-server"}),
    **_plain({1194: "openvpn", 4500: "ipsec-nat-t", 51820: "wireguard", 41641: "tailscale", 88: "kerberos"}),
    **_of("medium", "amplification", _AMPLIFIES, {53: "domain", 123: "ntp", 17: "qotd", 19: "chargen", 389: "cldap"}),
    **_of(
        "medium", "amplification", _AMPLIFIES, {111: "sunrpc", 137: "netbios-ns", 1900: "ssdp", 3702: "ws-discovery"}
    ),
    **_of("medium", "amplification", _AMPLIFIES, {5353: "mdns", 5355: "llmnr", 3283: "net-assistant", 5683: "coap"}),
    **_of("high", "amplification", _AMPLIFIES, {11211: "memcache", 1434: "ms-sql-m", 10001: "ubiquiti"}),
    **_of("high", "clear text", _CLEAR, {69: "tftp", 161: "snmp", 162: "snmptrap"}),
    **_of("medium", "clear text", _CLEAR, {514: "syslog", 520: "rip", 1645: "radius", 1812: "radius", 1813: "radius"}),
    **_of("high", "Windows sharing", _SHARE, {138: "netbios-dgm", 445: "microsoft-ds"}),
    **_of("high", "file sharing", _SHARE, {2049: "nfs"}),
    **_of("medium", "printing", _PRINTER, {631: "ipp"}),
    **_of("medium", "remote administration", _REMOTE, {623: "ipmi", 3389: "ms-wbt-server"}),
}
_SCTP: dict[int, Service] = _plain({2905: "m3ua", 3868: "diameter", 36412: "s1ap", 38412: "ngap", 36422: "x2ap"})
_KNOWN: dict[str, dict[int, Service]] = {"tcp": _TCP, "udp": _UDP, "sctp": _SCTP}
# A program known by its name is what it is on any port.
_PROGRAMS: dict[str, tuple[str, int]] = {
    "mysqld": ("tcp", 3306),
    "mariadbd": ("tcp", 3306),
    "postgres": ("tcp", 5432),
    "redis-server": ("tcp", 6379),
    "memcached": ("tcp", 11211),
    "mongod": ("tcp", 27017),
    "smbd": ("tcp", 445),
    "rpcbind": ("tcp", 111),
    "dockerd": ("tcp", 2375),
    "etcd": ("tcp", 2379),
    "cupsd": ("tcp", 631),
    "vsftpd": ("tcp", 21),
    "sshd": ("tcp", 22),
    "Xvnc": ("tcp", 5900),
    "xrdp": ("tcp", 3389),
}


def service_of(protocol: str, port: int, program: str = "") -> Service:
    """Name what listens: by the program if its name is known, else by the port."""
    if (place := _PROGRAMS.get(program)) is not None and place[0] == protocol:
        return _TCP[place[1]]
    known = _KNOWN.get(protocol, {}).get(port)
    if known is not None:
        return known
    try:
        return Service(name=socket.getservbyport(port, protocol))
    except (OSError, OverflowError):
        return Service(name="")


def port_class(port: int) -> PortClass:
    """Say in which of IANA's three ranges a port lies (RFC 6335 6)."""
    if port <= LAST_WELL_KNOWN:
        return "well-known"
    return "registered" if port <= LAST_REGISTERED else "dynamic"
