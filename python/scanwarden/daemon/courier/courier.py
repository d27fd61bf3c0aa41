"""Run the sinks: writers take each record as it comes, every messenger has a thread that sends what is due."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from scanwarden.config.sections.messages import Messages
from scanwarden.daemon.courier.composing import Composer
from scanwarden.daemon.courier.following import Follower
from scanwarden.daemon.courier.outbox import Outbox
from scanwarden.daemon.courier.planning import SinkState, due, pause_s
from scanwarden.errors import ScanwardenError
from scanwarden.model.detection import Closed, Opened, Updated
from scanwarden.model.records import Banned, Decided, Record
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.sinks.base import Messenger, SinkError, Writer

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
RECONNECT_S = 1.0
# A scan is seen again some time after it opened; so much of what was taken over already is read again after a break.
OVERLAP_NS = 60 * NS_PER_S


class Post(Struct, frozen=True, kw_only=True):
    """One messenger, its settings, and what writes its messages."""

    messenger: Messenger
    settings: Messages
    composer: Composer


class Courier:
    """All sinks of one service."""

    def __init__(
        self,
        follower: Follower,
        box: Path,
        *,
        writers: Sequence[Writer],
        posts: Sequence[Post],
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._follower = follower
        self._box_path = box
        self._box: Outbox
        self._writers = writers
        self._posts = posts
        self._wall_ns = wall_ns
        self._is_stopping = threading.Event()
        self._troubles: dict[str, str] = {}
        self.counters = {"written": 0, "lost": 0, "sent": 0, "given_up": 0}

    @property
    def troubles(self) -> Mapping[str, str]:
        """Say which sinks do not work at the moment, and why."""
        return dict(self._troubles)

    def stop(self) -> None:
        """Have `run` return soon."""
        self._is_stopping.set()
        self._follower.hang_up()

    def run(self) -> None:
        """Carry records until stopped; a service that is away is waited for. Raises StoreError if the box fails."""
        self._box = Outbox(self._box_path)
        threads = [threading.Thread(target=self._send_due, args=(post,), daemon=True) for post in self._posts]
        for thread in threads:
            thread.start()
        while not self._is_stopping.is_set():
            try:
                self._follow()
            except ScanwardenError as error:
                self._note("service", error)
            self._is_stopping.wait(RECONNECT_S)
        for thread in threads:
            thread.join(LOOK_EVERY_S * 4)
        for writer in self._writers:
            writer.close()
        self._box.close()

    def take(self, record: Record, *, is_missed: bool, seen_ns: int) -> None:
        """Take one record over: to the writers unless they had it before, into the box for the messengers."""
        if not (is_missed and record.time <= seen_ns):
            self._write(record)
        match record:
            case Opened() | Updated() | Closed():
                for post in self._posts:
                    self._box.add(
                        post.messenger.name,
                        record,
                        minimum_severity=post.settings.minimum_severity,
                        now_ns=self._wall_ns(),
                    )
            case Decided() | Banned():
                self._box.amend(record)
        self._box.advance(record.time)

    def _follow(self) -> None:
        """Follow one connection to the service until it breaks."""
        seen_ns = self._box.seen_ns()
        if seen_ns is None:  # a new box: what was before it is not told
            seen_ns = self._wall_ns()
            self._box.advance(seen_ns)
        is_missed = True
        for record in self._follower.records(seen_ns - OVERLAP_NS):
            self._troubles.pop("service", None)
            if self._is_stopping.is_set():
                return
            if record is None:
                is_missed = False
            elif not is_missed or record.time > seen_ns - OVERLAP_NS:
                self.take(record, is_missed=is_missed, seen_ns=seen_ns)

    def _write(self, record: Record) -> None:
        for writer in self._writers:
            try:
                writer.write(record)
            except SinkError as error:
                self.counters["lost"] += 1
                self._note(writer.name, error)
            else:
                self.counters["written"] += 1
                self._troubles.pop(writer.name, None)

    def _send_due(self, post: Post) -> None:
        """Send what is due, again and again; this is the thread of one messenger."""
        box = Outbox(self._box_path)
        try:
            while not self._is_stopping.wait(LOOK_EVERY_S):
                try:
                    while not self._is_stopping.is_set() and self.send_once(post, box):
                        pass
                except ScanwardenError as error:
                    self._note(post.messenger.name, error)
        except BaseException:
            self.stop()  # so that whoever looks after this process starts it again
            raise
        finally:
            box.close()

    def send_once(self, post: Post, box: Outbox) -> bool:
        """Send one message if one is due; say whether one was sent or given up."""
        sink = post.messenger.name
        now_ns = self._wall_ns()
        state = box.state(sink)
        local = datetime.fromtimestamp(now_ns // NS_PER_S, UTC).astimezone().time()
        scans = [one.scan for one in due(box.waiting(sink), post.settings, state, now_ns=now_ns, local=local)]
        if not scans:
            return False
        message = post.composer.compose(sink, box.letters(sink, scans), Timestamp(now_ns))
        try:
            post.messenger.send(message)
        except SinkError as error:
            self._note(sink, error)
            if not error.is_final:
                failures = state.failures + 1
                retry_ns = now_ns + pause_s(failures) * NS_PER_S
                box.failed(sink, SinkState(last_sent_ns=state.last_sent_ns, failures=failures, retry_ns=retry_ns))
                return False
            self.counters["given_up"] += len(scans)
        else:
            self.counters["sent"] += 1
            self._troubles.pop(sink, None)
        box.told(sink, scans, SinkState(last_sent_ns=now_ns))
        return True

    def _note(self, sink: str, error: ScanwardenError) -> None:
        """Log a trouble once for as long as it stays the same."""
        if self._troubles.get(sink) != str(error):
            self._troubles[sink] = str(error)
            log.warning("a sink does not work", extra={"sink": sink, "reason": str(error)})
