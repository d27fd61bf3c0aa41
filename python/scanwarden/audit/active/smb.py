"""Ask a file server for its dialect, whether it insists on signatures, and whether it takes a session without a name.

MS-SMB2 2.2.3 to 2.2.6, MS-NLMP 2.2.1 and 3.2.5.1.2: a session without a name (a NULL session) is one NTLM exchange that
leaves the name and the answer to the challenge empty. Nothing is asked within it: the connection is closed.
"""

import struct
from typing import NamedTuple

from scanwarden.audit.active.answer import Answer
from scanwarden.audit.active.talk import MAX_BYTES, Talk, talking

HEADER_BYTES = 64
SIGNING_REQUIRED = 0x0002
NEGOTIATE, SESSION_SETUP = 0x0000, 0x0001
OK, MORE_PROCESSING_REQUIRED = 0x0000_0000, 0xC000_0016
ACCESS_DENIED, LOGON_FAILURE = 0xC000_0022, 0xC000_006D
IS_GUEST = 0x0001
# Unicode, target name, NTLM, anonymous, always sign, extended session security (MS-NLMP 2.2.2.5).
NTLM_FLAGS = 0x0008_8A05
_NTLM_GREETING = struct.pack("<8sII16x", b"NTLMSSP", 1, NTLM_FLAGS)
# Six empty fields, of which the first, the answer of LAN Manager, is one zero byte behind them.
_NTLM_NOBODY = (
    struct.pack("<8sI", b"NTLMSSP", 3)
    + struct.pack("<HHI", 1, 1, 64)
    + bytes(40)
    + struct.pack("<I", NTLM_FLAGS)
    + b"\0"
)


class Reply(NamedTuple):
    """One answer: its status, the session it belongs to, and what follows the header."""

    status: int
    session: int
    body: bytes


async def smb(address: str, port: int) -> Answer:
    """Negotiate, and try to begin a session without a name."""
    async with talking(address, port) as talk:
        reply = await _exchange(talk, _message(NEGOTIATE, 0, 0, _negotiation()))
        if reply[4:8] == b"\xffSMB":
            return Answer(banner=b"SMB 1", findings=("SMB 1 is spoken, which has no protection worth the name",))
        negotiated = _read(reply)
        if negotiated is None or len(negotiated.body) < 6:
            return Answer(banner=reply[:40])
        mode, dialect = struct.unpack_from("<HH", negotiated.body, 2)
        asks_password, found = await _without_a_name(talk)
    if not mode & SIGNING_REQUIRED:
        found = (*found, "SMB does not insist on signed messages, so sessions can be taken over")
    return Answer(banner=b"SMB %d.%d" % (dialect >> 8, dialect >> 4 & 15), asks_password=asks_password, findings=found)


async def _without_a_name(talk: Talk) -> tuple[bool | None, tuple[str, ...]]:
    """Begin a session as nobody; say whether a password is asked for, and what is to be reported."""
    challenged = _read(await _exchange(talk, _message(SESSION_SETUP, 1, 0, _setup(_NTLM_GREETING))))
    if challenged is None or challenged.status != MORE_PROCESSING_REQUIRED:
        return None, ()
    taken = _read(await _exchange(talk, _message(SESSION_SETUP, 2, challenged.session, _setup(_NTLM_NOBODY))))
    if taken is None or taken.status not in (OK, ACCESS_DENIED, LOGON_FAILURE):
        return None, ()
    if taken.status != OK:
        return True, ()
    is_guest = len(taken.body) >= 4 and struct.unpack_from("<H", taken.body, 2)[0] & IS_GUEST
    text = "SMB takes strangers as guests" if is_guest else "SMB takes a session without a name (a NULL session)"
    return False, (text,)


def _negotiation() -> bytes:
    """Offer the dialects 2.0.2, 2.1 and 3.0."""
    return struct.pack("<HHHHI16sQHHH", 36, 3, 1, 0, 0, b"scanwarden-audit", 0, 0x0202, 0x0210, 0x0300)


def _setup(token: bytes) -> bytes:
    return struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, HEADER_BYTES + 24, len(token), 0) + token


def _message(command: int, number: int, session: int, body: bytes) -> bytes:
    """Put the header before a body and the length before both (MS-SMB2 2.1, 2.2.1.2)."""
    header = struct.pack("<4sHHIHHIIQIIQ16x", b"\xfeSMB", HEADER_BYTES, 0, 0, command, 1, 0, 0, number, 0, 0, session)
    return struct.pack("!I", len(header) + len(body)) + header + body


async def _exchange(talk: Talk, message: bytes) -> bytes:
    """Send a message and return the whole answer, at most 4096 bytes of it; what came so far if the rest does not."""
    reply = await talk.ask(message)
    while len(reply) < min(4 + int.from_bytes(reply[1:4], "big"), MAX_BYTES):
        more = await talk.hear(max_bytes=MAX_BYTES - len(reply))
        if not more:
            break
        reply += more
    return reply


def _read(reply: bytes) -> Reply | None:
    if reply[4:8] != b"\xfeSMB" or len(reply) < 4 + HEADER_BYTES:
        return None
    (status,), (session,) = struct.unpack_from("<I", reply, 12), struct.unpack_from("<Q", reply, 44)
    return Reply(status, session, reply[4 + HEADER_BYTES :])
