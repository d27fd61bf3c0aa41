"""A file server is asked for its dialect, its signatures, and whether it takes somebody without a name."""

import asyncio
import struct
from collections.abc import Sequence

import pytest

from scanwarden.audit.active.answer import Answer
from scanwarden.audit.active.smb import ACCESS_DENIED, LOGON_FAILURE, MORE_PROCESSING_REQUIRED, OK, smb

SESSION = 0x1122334455667788
UNSIGNED, SIGNED = struct.pack("<HHH", 65, 1, 0x0300) + bytes(58), struct.pack("<HHH", 65, 3, 0x0210) + bytes(58)
CHALLENGE = struct.pack("<HHHH", 9, 0, 72, 0)
NULL, GUEST = struct.pack("<HHHH", 9, 2, 72, 0), struct.pack("<HHHH", 9, 1, 72, 0)


def reply(status: int, body: bytes) -> bytes:
    header = struct.pack("<4sHHIHHIIQIIQ16x", b"\xfeSMB", 64, 0, status, 0, 1, 1, 0, 0, 0, 0, SESSION)
    return struct.pack("!I", len(header) + len(body)) + header + body


async def asked(replies: Sequence[bytes], heard: list[bytes], *, in_pieces: bool = False) -> Answer:
    """Ask a server on loopback that answers each message with the next reply, and keeps what it heard."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in replies:
            size = await reader.readexactly(4)
            heard.append(await reader.readexactly(int.from_bytes(size, "big")))
            if in_pieces:
                writer.write(one[:9])
                await writer.drain()
                await asyncio.sleep(0.01)
            writer.write(one[9:] if in_pieces else one)
            await writer.drain()
        writer.write_eof()
        heard.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await smb("127.0.0.1", server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_session_without_a_name_is_found_and_not_used(in_pieces: bool) -> None:
    heard: list[bytes] = []
    replies = [reply(OK, SIGNED), reply(MORE_PROCESSING_REQUIRED, CHALLENGE), reply(OK, NULL)]
    answer = asyncio.run(asked(replies, heard, in_pieces=in_pieces))
    assert answer.asks_password is False
    assert answer.findings == ("SMB takes a session without a name (a NULL session)",)
    assert answer.banner == b"SMB 2.1"
    # Two messages of the log-in, the second within the session that was named, then nothing: the connection is closed.
    assert [struct.unpack_from("<H", one, 12)[0] for one in heard[:3]] == [0, 1, 1]
    assert struct.unpack_from("<Q", heard[2], 40) == (SESSION,)
    assert heard[3] == b""
    # No name, no answer to the challenge: MS-NLMP 3.2.5.1.2.
    token = heard[2][64 + 24 :]
    assert token.startswith(b"NTLMSSP\0\3\0\0\0")
    assert [struct.unpack_from("<H", token, 12 + 8 * field)[0] for field in range(6)] == [1, 0, 0, 0, 0, 0]


def test_guests_are_told_from_nobodies() -> None:
    replies = [reply(OK, SIGNED), reply(MORE_PROCESSING_REQUIRED, CHALLENGE), reply(OK, GUEST)]
    assert asyncio.run(asked(replies, [])).findings == ("SMB takes strangers as guests",)


@pytest.mark.parametrize("refusal", [ACCESS_DENIED, LOGON_FAILURE])
def test_a_server_that_wants_a_name_is_well(refusal: int) -> None:
    replies = [reply(OK, SIGNED), reply(MORE_PROCESSING_REQUIRED, CHALLENGE), reply(refusal, b"")]
    answer = asyncio.run(asked(replies, []))
    assert (answer.asks_password, answer.findings) == (True, ())


def test_missing_signatures_are_found_where_no_session_can_be_tried() -> None:
    answer = asyncio.run(asked([reply(OK, UNSIGNED), reply(ACCESS_DENIED, b"")], []))
    assert answer.asks_password is None
    assert [("signed" in one) for one in answer.findings] == [True]


def test_the_old_dialect_is_found() -> None:
    answer = asyncio.run(asked([b"\0\0\0\x20\xffSMB" + bytes(28)], []))
    assert answer.banner == b"SMB 1"
    assert answer.findings


@pytest.mark.parametrize(
    "replies", [[b""], [b"HTTP/1.0 400 Bad Request\r\n"], [reply(OK, b"")], [reply(OK, SIGNED), b"\0\0\0\x04\xfeSMB"]]
)
def test_nonsense_is_no_finding(replies: list[bytes]) -> None:
    assert asyncio.run(asked(replies, [])).findings == ()
