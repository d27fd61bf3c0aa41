"""The courier between a real control socket and store, and real mail and web servers."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanwarden.config.quantity import Duration
from scanwarden.config.sections.sinks_jsonl import JsonlSettings
from scanwarden.config.sections.sinks_webhook import WebhookSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.control.app import read_app
from scanwarden.control.client import ControlClient
from scanwarden.control.listening import open_socket
from scanwarden.control.server import ControlServer
from scanwarden.daemon.courier import courier as courier_module
from scanwarden.daemon.courier.composing import Composer
from scanwarden.daemon.courier.courier import Courier, Post
from scanwarden.daemon.courier.following import Follower
from scanwarden.daemon.service.hub import Hub
from scanwarden.formats import native
from scanwarden.model.detection import Detection
from scanwarden.model.records import Record
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.sinks.email import Mail
from scanwarden.sinks.jsonl import JsonlFile
from scanwarden.store import Store
from tests.samples import BAN, record
from tests.unit.control.test_app import Rehearsed
from tests.unit.sinks import test_email, test_webhook
from tests.unit.store.records import START, scan_id, statement

LIMIT_S = 60.0


class Listened(Rehearsed):
    """A service whose records are listened to."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub()

    async def events(self) -> AsyncIterator[bytes]:
        async for line in self.hub.listen():
            yield line


class Stage:
    """A service that speaks, its store, and the files of a courier."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "read.sock"
        self.path = folder / "scanwarden.db"
        self.began_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """Give a time that runs twenty times as fast as ours."""
        return int(START) + 20 * (time.monotonic_ns() - self.began_ns)

    def scan(self, number: int, event: str = "opened") -> Record:
        """Make a statement of now."""
        return statement(number, event, at_s=(self.now_ns() - int(START)) / NS_PER_S)

    @contextmanager
    def service(self) -> Iterator[Callable[[Record], None]]:
        """Run a service; what is given stores a record and tells it to all who listen."""
        service = Listened()
        loop = asyncio.new_event_loop()
        listener = open_socket(self.socket, mode=0o660, uid=-1, group="no-such-group")
        server = ControlServer(read_app(service), listener)
        thread = threading.Thread(target=lambda: loop.run_until_complete(server.run_until_cancelled()))
        thread.start()
        store = Store(StoreSettings(path=self.path), now_ns=self.now_ns)

        def tell(one: Record) -> None:
            store.add(one)
            assert store.flush(LIMIT_S)
            loop.call_soon_threadsafe(service.hub.tell, one)

        try:
            yield tell
        finally:
            server.should_exit = server.force_exit = True
            thread.join(LIMIT_S)
            listener.close()
            self.socket.unlink()
            for connection in list(server.server_state.connections):  # a process that ends closes them
                connection.transport.abort()
            loop.run_until_complete(asyncio.sleep(0.1))
            loop.close()
            store.close()

    @contextmanager
    def courier(self, *posts: Post) -> Iterator[Courier]:
        writer = JsonlFile(JsonlSettings(file=self.folder / "scans.jsonl"))
        follower = Follower(ControlClient(self.socket), self.path)
        made = Courier(follower, self.folder / "outbox.db", writers=[writer], posts=posts, wall_ns=self.now_ns)
        thread = threading.Thread(target=made.run)
        thread.start()
        try:
            yield made
        finally:
            made.stop()
            thread.join(LIMIT_S)
            assert not thread.is_alive()

    def written(self) -> list[str]:
        """Give the ids in the file of records, in order."""
        file = self.folder / "scans.jsonl"
        records = [native.decode(line) for line in file.read_bytes().splitlines()] if file.exists() else []
        return [one.id for one in records if isinstance(one, Detection)]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(courier_module, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(courier_module, "RECONNECT_S", 0.05)
    return Stage(tmp_path)


def eventually(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def web_post(url: str) -> Post:
    webhook = test_webhook.webhook(url)
    settings = WebhookSettings(digest=Duration.parse("0 s"))
    return Post(messenger=webhook, settings=settings, composer=Composer(host="box"))


def mail_post(port: int) -> Post:
    return Post(
        messenger=Mail(test_email.settings(port)),
        settings=test_email.settings(port, digest=Duration.parse("0 s")),
        composer=Composer(host="box"),
    )


def test_a_scan_reaches_file_mail_and_web_once_with_its_ban(stage: Stage) -> None:
    mailbox = test_email.Mailbox()
    with test_email.server(mailbox) as port, test_webhook.receiver(200) as (url, posts), stage.service() as tell:
        with stage.courier(mail_post(port), web_post(url)) as courier:
            eventually(lambda: not courier.troubles and courier._box_path.exists())
            eventually(lambda: bool(_told(tell, stage)))
            eventually(lambda: bool(mailbox.mails) and bool(posts))
            tell(stage.scan(1, "closed"))
            eventually(lambda: stage.written()[-1:] == [scan_id(1)] and len(stage.written()) >= 2)
        told = json.loads(posts[0][2])
        assert told["scans"][0]["scan"]["id"] == scan_id(1)
        assert told["scans"][0]["ban"]["responder"] == "nftables"
        assert "banned 10.77.1.50" in mailbox.mails[0].get_content()
    assert len(mailbox.mails) == len(posts) == 1


def _told(tell: Callable[[Record], None], stage: Stage) -> list[str]:
    """Tell a scan and its ban once the courier listens."""
    if not stage.written():
        tell(stage.scan(1))
        tell(record(BAN, id=scan_id(1), time=str(Timestamp(stage.now_ns()))))
    return stage.written()


def test_an_absent_server_is_tried_until_it_is_back_over_a_restart(stage: Stage) -> None:
    with test_webhook.receiver(503, 503, 200) as (url, posts), stage.service() as tell:
        with stage.courier(web_post(url)):
            eventually(lambda: bool(_told(tell, stage)))
            eventually(lambda: len(posts) == 1)
        with stage.courier(web_post(url)):
            for seen in (2, 3):
                eventually(lambda seen=seen: len(posts) == seen)  # type: ignore[misc]
            tell(stage.scan(2))
            eventually(lambda: len(posts) == 4)
    ids = [json.loads(body)["scans"][0]["scan"]["id"] for _, _, body in posts]
    assert ids == [scan_id(1)] * 3 + [scan_id(2)]
    assert len({headers["X-Scanwarden-Id"] for _, headers, _ in posts[:3]}) == 1


def test_what_happened_while_the_courier_was_away_is_told_once(stage: Stage) -> None:
    with test_webhook.receiver(200) as (url, posts), stage.service() as tell:
        with stage.courier(web_post(url)):
            eventually(lambda: bool(_told(tell, stage)))
            eventually(lambda: len(posts) == 1)
        for number in (2, 3):
            tell(stage.scan(number))
        with stage.courier(web_post(url)):
            eventually(lambda: len(posts) == 3 and set(stage.written()) == {scan_id(n) for n in (1, 2, 3)})
    ids = [json.loads(body)["scans"][0]["scan"]["id"] for _, _, body in posts]
    assert sorted(ids) == [scan_id(1), scan_id(2), scan_id(3)]
    assert stage.written().count(scan_id(2)) == 1


def test_a_refused_message_does_not_hold_up_the_next(stage: Stage) -> None:
    with (
        test_webhook.receiver(400, 200) as (url, posts),
        stage.service() as tell,
        stage.courier(web_post(url)) as courier,
    ):
        eventually(lambda: bool(_told(tell, stage)))
        tell(stage.scan(2))
        eventually(lambda: len(stage.written()) >= 2)
        eventually(lambda: len(posts) == 2)
        eventually(lambda: courier.counters["sent"] == 1)
        assert courier.counters["given_up"] == 1


def test_the_service_may_come_and_go(stage: Stage) -> None:
    with test_webhook.receiver(200) as (url, posts), stage.courier(web_post(url)) as courier:
        for number in (1, 2):
            eventually(lambda: "nobody answers" in courier.troubles.get("service", ""))
            with stage.service() as tell:
                tell(stage.scan(number))
                eventually(lambda number=number: scan_id(number) in stage.written())  # type: ignore[misc]
        eventually(lambda: len(posts) == 2)
