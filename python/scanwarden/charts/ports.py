"""Name ports beside their numbers: those that scanners seek most, and the rest as this host's list of services does."""

import socket
from functools import lru_cache

# Port assignments of the IANA registry "Service Name and Transport Protocol Port Number", by what people call them.
_NAMES = {
    "tcp/21": "ftp",
    "tcp/22": "ssh",
    "tcp/23": "telnet",
    "tcp/25": "smtp",
    "tcp/53": "dns",
    "udp/53": "dns",
    "tcp/80": "http",
    "tcp/88": "kerberos",
    "tcp/110": "pop3",
    "tcp/111": "rpcbind",
    "udp/111": "rpcbind",
    "udp/123": "ntp",
    "tcp/135": "msrpc",
    "udp/137": "netbios",
    "tcp/139": "netbios",
    "tcp/143": "imap",
    "udp/161": "snmp",
    "tcp/389": "ldap",
    "udp/389": "cldap",
    "tcp/443": "https",
    "udp/443": "quic",
    "tcp/445": "smb",
    "udp/500": "ike",
    "tcp/502": "modbus",
    "tcp/587": "submission",
    "tcp/636": "ldaps",
    "tcp/873": "rsync",
    "tcp/993": "imaps",
    "tcp/995": "pop3s",
    "tcp/1080": "socks",
    "tcp/1433": "mssql",
    "tcp/1521": "oracle",
    "tcp/1723": "pptp",
    "tcp/1883": "mqtt",
    "udp/1900": "ssdp",
    "tcp/2049": "nfs",
    "tcp/2375": "docker",
    "tcp/3128": "squid",
    "tcp/3306": "mysql",
    "tcp/3389": "rdp",
    "udp/5060": "sip",
    "tcp/5060": "sip",
    "tcp/5432": "postgres",
    "tcp/5900": "vnc",
    "tcp/5985": "winrm",
    "tcp/6379": "redis",
    "tcp/6443": "kubernetes",
    "tcp/8080": "http-alt",
    "tcp/8443": "https-alt",
    "tcp/9200": "elastic",
    "tcp/11211": "memcached",
    "udp/11211": "memcached",
    "tcp/27017": "mongodb",
}


def port_name(port: str) -> str:
    """Give the name of a port written like `tcp/22`; empty if it has none that is known here."""
    return _NAMES.get(port) or _registered_name(port)


@lru_cache(4096)
def _registered_name(port: str) -> str:
    """Ask /etc/services, which holds what IANA's registry says."""
    protocol, _, number = port.partition("/")
    try:
        return socket.getservbyport(int(number), protocol)
    except (OSError, ValueError, OverflowError):
        return ""


def port_label(port: str, *, short: bool = False) -> str:
    """Write a port with its name, as far as there is room: `tcp/22 ssh`."""
    name = port_name(port)
    if not name:
        return port
    return f"{port.partition('/')[2]} {name}"[:14] if short else f"{port} {name}"
