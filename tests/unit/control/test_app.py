"""Questions and changes over a real socket, answered by a rehearsed service."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from scanwarden.control.app import MAX_BODY_BYTES, admin_app, read_app
from scanwarden.control.client import ControlClient, ControlError
from scanwarden.control.contract import NotFoundError, RefusedError
from scanwarden.control.listening import open_socket
from scanwarden.control.server import ControlServer
from scanwarden.control.views import BanRequest, BanView, Done, Status, StoreHealth
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix
from scanwarden.model.time import Timestamp

SOURCE = Prefix.parse("198.51.100.7")
NOW = Timestamp.parse("2026-01-02T03:04:05Z")


class Rehearsed:
    """A service that remembers what it was told."""

    def __init__(self) -> None:
        self.banned: list[BanRequest] = []
        self.is_full = True

    async def status(self) -> Status:
        return Status(
            version="1",
            pid=1,
            started_at=NOW,
            mode="enforce",
            interfaces=("eth0",),
            home=(SOURCE,),
            packets=1,
            dropped=0,
            scans=0,
            bans_in_force=0,
            bans_made=0,
            firewall=None,
            tripwire=False,
            store=StoreHealth(is_degraded=False, reason=None, queued=0, written=0, dropped=0),
            configuration="x",
        )

    async def bans(self) -> list[BanView]:
        return [
            BanView(
                source=ban.source,
                scan=None,
                starts_at=NOW,
                expires_at=NOW.plus(ban.duration_s),
                duration_s=ban.duration_s,
                reason=ban.reason,
                responder="rehearsal",
                forgeable=False,
            )
            for ban in self.banned
        ]

    async def scans(self, *, source: Prefix | None, after: str | None, limit: int) -> object:
        return {"source": source and str(source), "after": after, "limit": limit}

    async def scan(self, scan_id: str) -> object:
        raise NotFoundError(f"there is no scan {scan_id!a}")

    async def source(self, source: Prefix) -> object:
        return {"source": str(source)}

    async def overview(self, *, hours: int) -> object:
        return {"hours": hours}

    async def notices(self, *, limit: int) -> object:
        return [limit]

    def audit(self) -> object:
        return {"drift": []}

    async def events(self) -> AsyncIterator[bytes]:
        if self.is_full:
            raise RefusedError("too many listen already")
        yield b""

    async def metrics(self) -> Mapping[str, float]:
        return {"packets_total": 12}

    async def ban(self, request: BanRequest) -> Done:
        self.banned.append(request)
        return Done(text="banned", sources=(request.source,))

    async def unban(self, source: Prefix) -> Done:
        raise NotFoundError(f"{source} is not banned", remedy="look first")

    async def allow(self, source: Prefix) -> Done:
        return Done(text=f"{source} is allowed")

    async def reload(self) -> Done:
        raise ScanwardenError("the file is wrong")


@contextmanager
def served(service: Rehearsed, folder: Path) -> Iterator[tuple[ControlClient, ControlClient]]:
    """Serve on both sockets; give a client of the read socket and one of the administer socket."""
    loop = asyncio.new_event_loop()
    servers = []
    for name, mode, app in (("read", 0o660, read_app(service)), ("admin", 0o600, admin_app(service))):
        listener = open_socket(folder / name, mode=mode, uid=-1, group="no-such-group")
        servers.append(ControlServer(app, listener))

    async def serve() -> None:
        await asyncio.gather(*(server.run_until_cancelled() for server in servers))

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        yield ControlClient(folder / "read"), ControlClient(folder / "admin")
    finally:
        for server in servers:
            server.should_exit = True
        thread.join()
        loop.close()


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[tuple[ControlClient, ControlClient]]:
    """Give a client of the read socket and one of the administer socket."""
    with served(Rehearsed(), tmp_path) as both:
        yield both


def test_questions_are_answered_and_changes_made(clients: tuple[ControlClient, ControlClient]) -> None:
    read, admin = clients
    assert read.status().home == (SOURCE,)
    assert admin.ban(BanRequest(source=SOURCE, duration_s=60)).sources == (SOURCE,)
    assert [ban.source for ban in read.bans()] == [SOURCE]
    assert read.bans()[0].expires_at == NOW.plus(60)
    assert read.raw("/metrics").endswith(b"\nscanwarden_packets_total 12\n")
    assert read.raw("/scans?source=192.0.2.1&limit=9999") == b'{"source":"192.0.2.1/32","after":null,"limit":500}'


@pytest.mark.parametrize(
    "change",
    [
        lambda client: client.ban(BanRequest(source=SOURCE)),
        lambda client: client.unban(SOURCE),
        lambda client: client.allow(SOURCE),
        lambda client: client.reload(),
    ],
    ids=["ban", "unban", "allow", "reload"],
)
def test_the_read_socket_offers_no_change(
    clients: tuple[ControlClient, ControlClient], change: Callable[[ControlClient], object]
) -> None:
    with pytest.raises(ControlError, match="status 404"):
        change(clients[0])
    assert not clients[0].bans()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda client: client.unban(SOURCE), "is not banned; look first"),
        (lambda client: client.reload(), "the file is wrong"),
        (lambda client: client.raw("/scans/nothing"), "there is no scan 'nothing'"),
        (lambda client: client.raw("/scans?source=here"), "'here' is not an IP address"),
        (lambda client: client.raw("/events"), "too many listen already"),
        (lambda client: client.ban(BanRequest(source=SOURCE, duration_s=0)), "duration_s"),
        (lambda client: client.ban(BanRequest(source=SOURCE, reason="x" * MAX_BODY_BYTES)), "at most"),
    ],
    ids=["unban", "reload", "scan", "source", "events", "duration", "size"],
)
def test_what_fails_says_why(
    clients: tuple[ControlClient, ControlClient], ask: Callable[[ControlClient], object], told: str
) -> None:
    with pytest.raises(ControlError, match=told):
        ask(clients[1])


def test_the_openapi_page_names_every_endpoint_of_its_socket(clients: tuple[ControlClient, ControlClient]) -> None:
    read, admin = (msgspec.json.decode(client.raw("/openapi.json"))["paths"] for client in clients)
    assert "/status" in read
    assert set(admin) - set(read) == {"/ban", "/unban", "/allow", "/reload"}
    assert all(described["summary"] for paths in admin.values() for described in paths.values())


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "read").write_text("precious")
    with pytest.raises(ScanwardenError, match="cannot be opened"):
        open_socket(tmp_path / "read", mode=0o660, uid=-1, group="no-such-group")
    assert (tmp_path / "read").read_text() == "precious"
