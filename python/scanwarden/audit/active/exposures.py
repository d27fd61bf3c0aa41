"""Ask services whether they want to know who one is; a stranger's answer is reported, and nothing is done with it."""

import json
import ssl
import struct
from collections.abc import Awaitable, Callable

from scanwarden.audit.active.answer import Answer
from scanwarden.audit.active.smb import smb
from scanwarden.audit.active.talk import talking

Ask = Callable[[str, int], Awaitable[Answer]]


async def ftp(address: str, port: int) -> Answer:
    """Log in as `anonymous` and leave (RFC 959, RFC 1635)."""
    async with talking(address, port) as talk:
        await talk.last_line()
        reply = await talk.reply(b"USER anonymous")
        if reply.startswith("331"):
            reply = await talk.reply(b"PASS audit@localhost")
        await talk.reply(b"QUIT")
    if reply.startswith("230"):
        return Answer(asks_password=False, findings=("FTP lets anybody in as `anonymous`",))
    return Answer(asks_password=True if reply.startswith("5") else None)


async def smtp(address: str, port: int) -> Answer:
    """Ask whether mail for a stranger would be taken, and take it back (RFC 5321): DATA is never said."""
    async with talking(address, port) as talk:
        await talk.last_line()
        await talk.reply(b"EHLO audit.invalid")
        sender = await talk.reply(b"MAIL FROM:<audit@audit.invalid>")
        # RFC 2606: nobody has these names.
        relayed = await talk.reply(b"RCPT TO:<audit@example.net>") if sender.startswith("250") else ""
        await talk.reply(b"RSET")
        await talk.reply(b"QUIT")
    if relayed.startswith("25"):
        text = "SMTP takes mail from strangers for strangers (an open relay, unless only this sender may)"
        return Answer(asks_password=False, findings=(text,))
    return Answer(asks_password=True if relayed.startswith(("5", "4")) else None)


async def redis(address: str, port: int) -> Answer:
    """Say PING (Redis protocol): without a password, the answer is PONG."""
    async with talking(address, port) as talk:
        reply = await talk.ask(b"PING\r\n")
    if reply.startswith(b"+PONG"):
        return Answer(banner=b"redis", asks_password=False, findings=("redis answers without a password",))
    return Answer(banner=reply, asks_password=True if reply.startswith((b"-NOAUTH", b"-DENIED")) else None)


async def memcached(address: str, port: int) -> Answer:
    """Ask for the version (memcached, protocol.txt)."""
    async with talking(address, port) as talk:
        reply = await talk.ask(b"version\r\n")
    if reply.startswith(b"VERSION"):
        return Answer(banner=reply, asks_password=False, findings=("memcached answers without a password",))
    return Answer(banner=reply)


async def postgresql(address: str, port: int) -> Answer:
    """Begin to log in as `postgres` (PostgreSQL message formats): the server names the proof that it wants."""
    fields = b"user\0postgres\0database\0postgres\0\0"
    async with talking(address, port) as talk:
        reply = await talk.ask(struct.pack("!II", len(fields) + 8, 196_608) + fields)
    if reply[:1] == b"R" and len(reply) >= 9:
        (kind,) = struct.unpack_from("!I", reply, 5)
        if kind == 0:
            return Answer(asks_password=False, findings=("PostgreSQL lets `postgres` in without a password",))
        return Answer(asks_password=True)
    return Answer(asks_password=True if reply[:1] == b"E" else None)


async def mysql(address: str, port: int) -> Answer:
    """Read the greeting (MySQL protocol, HandshakeV10); it names the version."""
    async with talking(address, port) as talk:
        greeting = await talk.hear()
    version = greeting[5:].split(b"\0", 1)[0] if greeting[4:5] == b"\n" else b""
    return Answer(banner=b"MySQL " + version if version else greeting[5:])


async def vnc(address: str, port: int) -> Answer:
    """Ask for the kinds of security (RFC 6143 7.1); kind 1 is none."""
    async with talking(address, port) as talk:
        banner = await talk.hear()
        kinds = await talk.ask(banner[:12]) if banner.startswith(b"RFB ") else b""
    if len(kinds) > 1 and 1 in kinds[1 : 1 + kinds[0]]:
        return Answer(banner=banner, asks_password=False, findings=("VNC shows the screen without a password",))
    return Answer(banner=banner, asks_password=True if len(kinds) > 1 else None)


async def x11(address: str, port: int) -> Answer:
    """Begin a connection without a cookie (X Window System Protocol 8): 1 is success."""
    async with talking(address, port) as talk:
        reply = await talk.ask(struct.pack("!BxHHHHxx", 0x42, 11, 0, 0, 0))
    if reply[:1] == b"\1":
        return Answer(banner=b"X11", asks_password=False, findings=("X11 lets anybody see the screen and type",))
    return Answer(banner=b"X11" if reply else b"", asks_password=True if reply[:1] in (b"\0", b"\2") else None)


async def ldap(address: str, port: int) -> Answer:
    """Bind without a name (RFC 4511 4.2): result 0 is success."""
    async with talking(address, port) as talk:
        reply = await talk.ask(bytes.fromhex("300c020101600702010304008000"))
    at = reply.find(b"\x0a\x01")
    if reply[:1] == b"\x30" and at > 0 and reply[at + 2 : at + 3] == b"\0":
        return Answer(asks_password=False, findings=("LDAP takes a log-in without a name",))
    return Answer(asks_password=True if reply[:1] == b"\x30" else None)


async def mqtt(address: str, port: int) -> Answer:
    """Connect without a name (MQTT 3.1.1, 3.1): return code 0 is success."""
    async with talking(address, port) as talk:
        reply = await talk.ask(bytes.fromhex("100e00044d5154540402000a") + b"\0\2au")
    if reply[:4] == b"\x20\x02\0\0":
        return Answer(banner=b"MQTT", asks_password=False, findings=("MQTT lets anybody read and publish",))
    return Answer(banner=b"MQTT" if reply else b"", asks_password=True if reply[:2] == b"\x20\x02" else None)


async def rsync(address: str, port: int) -> Answer:
    """Ask for the list of modules (rsyncd.conf(5)): those that are listed may be read."""
    async with talking(address, port) as talk:
        banner = await talk.hear()
        listed = await talk.ask(banner.split(b"\n", 1)[0] + b"\n#list\n") if banner.startswith(b"@RSYNCD") else b""
    names = [line.split(b"\t", 1)[0].strip().decode("utf-8", "replace") for line in listed.splitlines()]
    names = [name for name in names if name and not name.startswith("@")]
    found = (f"rsync names its modules to anybody: {', '.join(names[:5])}",) if names else ()
    return Answer(banner=banner, findings=found)


async def web(address: str, port: int, *, tls: bool = False) -> Answer:
    """Fetch one page over HTTP, and see whether it is the interface of something that gives orders."""
    path = _PATHS.get(port, "/")
    request = f"GET {path} HTTP/1.0\r\nHost: {f'[{address}]' if ':' in address else address}\r\n\r\n".encode()
    try:
        async with talking(address, port, tls=tls) as talk:
            reply = await talk.ask(request)
            if b"\r\n\r\n" in reply and reply.endswith(b"\r\n\r\n"):
                reply += await talk.hear(wait_s=1.0)
    except (ssl.SSLError, OSError):
        return Answer()
    if not reply.startswith(b"HTTP/"):
        return Answer(banner=reply)
    head, _, page = reply.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    server = next((line[7:].strip() for line in head.splitlines() if line.lower().startswith(b"server:")), b"")
    banner = b"HTTP " + b"".join(status) + (b" " + server if server else b"")
    if status in ([b"401"], [b"403"]):
        return Answer(banner=banner, asks_password=True)
    finding = _interface(page) if status == [b"200"] else None
    found = (finding,) if finding else ()
    return Answer(banner=banner, asks_password=False if finding else None, findings=found)


# Where interfaces tell their version; nothing is changed by asking.
_PATHS = {2375: "/version", 2376: "/version", 2379: "/version", 6443: "/version", 10250: "/pods", 10255: "/pods"}
_INTERFACES = (
    ("ApiVersion", "the Docker interface answers without a certificate: whoever reaches it is root here"),
    ("etcdserver", "etcd answers without a password"),
    ("gitVersion", "the Kubernetes interface tells strangers its version"),
    ("cluster_name", "Elasticsearch answers without a password"),
    ("couchdb", "CouchDB answers strangers"),
)


def _interface(page: bytes) -> str | None:
    try:
        told = json.loads(page)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    if told.get("kind") == "PodList":
        return "the kubelet lists its pods to strangers"
    return next((text for key, text in _INTERFACES if key in told), None)


ASKED: dict[int, Ask] = {
    389: ldap,
    445: smb,
    1883: mqtt,
    5432: postgresql,
    6000: x11,
    6001: x11,
    6379: redis,
    11211: memcached,
}
"""Services that wait for the client to speak, by port."""

_GREETINGS: tuple[tuple[bytes, Ask], ...] = (
    (b"RFB ", vnc),
    (b"@RSYNCD", rsync),
)


def by_greeting(banner: bytes, port: int) -> Ask | None:
    """Choose how to ask a service, by what it said first and else by its port."""
    if port in ASKED:
        return ASKED[port]
    for start, ask in _GREETINGS:
        if banner.startswith(start):
            return ask
    if banner.startswith(b"220"):
        is_mail = b"SMTP" in banner.upper() or port in (25, 465, 587)
        return smtp if is_mail else ftp
    if banner[4:5] == b"\n" and port in (3306, 3307, 33060):
        return mysql
    return None
