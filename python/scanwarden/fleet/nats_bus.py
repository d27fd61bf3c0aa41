"""The bus of a fleet on NATS JetStream.

What is stored is bounded by age and size, so that a fleet cannot fill the server's disk. nats-py is told to report
errors instead of printing tracebacks, and to go on trying for as long as we run.
"""

import asyncio
import logging
import math
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scanwarden.extras import optional
from scanwarden.fleet.bus import BANS, BUCKETS, STREAMS, Entry, StreamMessage
from scanwarden.fleet.cancelling import heeding
from scanwarden.fleet.errors import BusError, ConflictError
from scanwarden.model.time import NS_PER_S

log = logging.getLogger(__name__)
PREFIX = "scanwarden"
STREAM_AGE_S = 24 * 3600
STREAM_BYTES = 4 << 30
BUCKET_BYTES = 256 << 20
STORED_GIB = math.ceil((len(STREAMS) * STREAM_BYTES + len(BUCKETS) * BUCKET_BYTES) / (1 << 30))
BAN_AGE_S = 30 * 86_400  # as long as the longest ban; what is over is forgotten by the server
DUPLICATES_S = 3600  # the same message id within this time is stored once
FETCHED_AT_ONCE = 256
IDLE_S = 0.25
CONNECT_S = 5.0
ANSWER_S = 5.0
NO_STORAGE = 10047  # JetStream's code for "insufficient storage resources available"
WRONG_REVISION = 10071  # JetStream's code for "wrong last sequence"


def load_client(credentials: Path | None) -> None:
    """Import the client, all of it, while its files can be read; raise ExtraMissingError or BusError."""
    for name in ("nats", "nats.errors", "nats.js.api", "nats.js.errors"):
        optional(name, extra="fleet")
    if credentials is not None:
        if not os.access(credentials, os.R_OK):
            raise BusError(f"{credentials} cannot be read", remedy="see [fleet] credentials")
        optional("nkeys", extra="fleet-credentials")


class NatsBus:
    """One connection to a server or cluster; make it with `connect`."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 nats-py has no types
        self._connection = connection
        self._stream = connection.jetstream(timeout=ANSWER_S)
        self._buckets: dict[str, Any] = {}

    @classmethod
    async def connect(cls, servers: tuple[str, ...], *, credentials: Path | None = None, name: str) -> "NatsBus":
        """Connect and see that the streams and buckets are there; raise BusError saying what is wrong."""
        load_client(credentials)
        nats = optional("nats", extra="fleet")

        last = "it does not answer"

        async def note(error: Exception) -> None:
            nonlocal last
            number = error.errno if isinstance(error, OSError) else None
            last = os.strerror(number) if number else str(error) or type(error).__name__
            log.debug("the bus reports an error", extra={"reason": last})

        options = {"user_credentials": str(credentials)} if credentials else {}
        try:
            # Once connected it tries again for good; the first connection has a limit.
            async with asyncio.timeout(CONNECT_S * len(servers)):
                connection = await nats.connect(
                    servers=list(servers),
                    name=name,
                    error_cb=note,
                    connect_timeout=CONNECT_S,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.5,
                    pending_size=0,  # while the server is away publishing fails, and the spool keeps what it was
                    **options,
                )
        except (OSError, TimeoutError, nats.errors.Error) as error:
            reason = last if isinstance(error, TimeoutError) else str(error)
            raise BusError(
                f"no NATS server answers at {', '.join(map(_without_secret, servers))}: {reason}",
                remedy="see [fleet] servers",
            ) from error
        bus = cls(connection)
        try:
            await bus._prepare()
        except BusError:
            await connection.close()
            raise
        return bus

    async def publish(self, stream: str, part: str, payload: bytes, *, message_id: str) -> None:
        """Store a message; JetStream drops a repeated id."""
        subject = f"{PREFIX}.{stream}.{part}"
        await self._call(self._stream.publish(subject, payload, headers={"Nats-Msg-Id": message_id}, timeout=ANSWER_S))

    async def read(self, stream: str, part: str, *, after: int) -> AsyncIterator[StreamMessage | None]:
        """Read with a consumer of this process: where to go on is the caller's to know."""
        js = optional("nats.js.api", extra="fleet")
        errors = optional("nats.errors", extra="fleet")
        config = js.ConsumerConfig(
            deliver_policy=js.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=js.AckPolicy.NONE,
            inactive_threshold=60.0,
        )
        subject = f"{PREFIX}.{stream}.{part}"
        consumer = await self._call(self._stream.pull_subscribe(subject, stream=_stream(stream), config=config))
        try:
            while True:
                try:
                    messages = await heeding(consumer.fetch(FETCHED_AT_ONCE, timeout=IDLE_S))
                except (errors.TimeoutError, TimeoutError):  # nats-py raises either
                    messages = []
                except errors.Error as error:
                    raise BusError(f"{subject} cannot be read: {error}") from error
                if not messages:
                    self._check()
                    yield None
                for message in messages:
                    told = message.metadata
                    yield StreamMessage(
                        told.sequence.stream, round(told.timestamp.timestamp() * NS_PER_S), message.data
                    )
        finally:
            await self._let_go(consumer)

    async def get(self, bucket: str, key: str) -> Entry | None:
        """Read a value."""
        errors = optional("nats.js.errors", extra="fleet")
        try:
            entry = await self._call(self._buckets[bucket].get(key), passing=(errors.KeyNotFoundError,))
        except errors.KeyNotFoundError:
            return None
        return Entry(key, entry.value, entry.revision)

    async def put(self, bucket: str, key: str, value: bytes | None, *, revision: int | None = None) -> int:
        """Write a value, if asked to only over a certain revision."""
        errors = optional("nats.js.errors", extra="fleet")
        kept = self._buckets[bucket]
        wrong = (errors.KeyWrongLastSequenceError, errors.BadRequestError)
        try:
            if value is None:
                await self._call(kept.delete(key, last=revision), passing=wrong)
                return 0
            if revision is None:
                return int(await self._call(kept.put(key, value)))
            # `create` also takes a key that was deleted before.
            change = kept.create(key, value) if revision == 0 else kept.update(key, value, last=revision)
            return int(await self._call(change, passing=wrong))
        except wrong as error:
            if isinstance(error, errors.KeyWrongLastSequenceError) or error.err_code == WRONG_REVISION:
                raise ConflictError(f"{key} was changed by somebody else") from error
            raise BusError(f"{key} cannot be written: {error}") from error

    async def watch(self, bucket: str) -> AsyncIterator[Entry | None]:
        """Follow a bucket; deleted values come as None."""
        errors = optional("nats.errors", extra="fleet")
        watcher = await self._call(self._buckets[bucket].watchall())
        try:
            while True:
                try:
                    entry = await heeding(watcher.updates(timeout=60.0))
                except (errors.TimeoutError, TimeoutError):  # nats-py raises either
                    continue
                except errors.Error as error:
                    raise BusError(f"{bucket} cannot be watched: {error}") from error
                if entry is None:
                    yield None
                else:
                    yield Entry(entry.key, entry.value if entry.operation is None else None, entry.revision)
        finally:
            await self._let_go(watcher)

    async def close(self) -> None:
        """Close the connection."""
        nats = optional("nats", extra="fleet")
        try:
            await self._connection.close()
        except (OSError, nats.errors.Error) as error:
            log.debug("the connection was lost before it was closed", extra={"reason": str(error)})

    async def _prepare(self) -> None:
        js = optional("nats.js.api", extra="fleet")
        for stream in STREAMS:
            config = js.StreamConfig(
                name=_stream(stream),
                subjects=[f"{PREFIX}.{stream}.*"],
                max_age=STREAM_AGE_S,
                max_bytes=STREAM_BYTES,
                duplicate_window=DUPLICATES_S,
            )
            await self._find_or_add(
                self._stream.stream_info(_stream(stream)), lambda config=config: self._stream.add_stream(config)
            )
        for bucket in BUCKETS:
            config = js.KeyValueConfig(
                bucket=f"{PREFIX}_{bucket}",
                max_bytes=BUCKET_BYTES,
                history=1,
                ttl=BAN_AGE_S if bucket == BANS else None,
            )
            self._buckets[bucket] = await self._find_or_add(
                self._stream.key_value(f"{PREFIX}_{bucket}"),
                lambda config=config: self._stream.create_key_value(config),
            )

    async def _find_or_add(self, find: Any, add: Any) -> Any:  # noqa: ANN401 nats-py has no types
        errors = optional("nats.js.errors", extra="fleet")
        try:
            return await self._call(find, passing=(errors.NotFoundError,))
        except errors.NotFoundError:
            return await self._call(add())

    async def _call(self, answer: Any, *, passing: tuple[type[Exception], ...] = ()) -> Any:  # noqa: ANN401
        """Wait for an answer; every failure of the client but those that pass becomes a BusError."""
        nats = optional("nats", extra="fleet")
        try:
            return await heeding(answer)
        except passing:
            raise
        except optional("nats.js.errors", extra="fleet").ServiceUnavailableError as error:
            raise BusError(
                "the server has no JetStream", remedy="start nats-server with -js, or a jetstream section"
            ) from error
        except (OSError, TimeoutError, nats.errors.Error) as error:
            self._check()
            if getattr(error, "err_code", None) == NO_STORAGE:
                raise BusError(
                    "the server has no room for the fleet's streams",
                    remedy=f"let JetStream store {STORED_GIB} GiB: max_file_store in its jetstream section",
                ) from error
            raise BusError(f"the bus does not answer: {error or type(error).__name__}") from error

    async def _let_go(self, subscription: Any) -> None:  # noqa: ANN401 nats-py has no types
        nats = optional("nats", extra="fleet")
        try:
            await (subscription.unsubscribe() if hasattr(subscription, "unsubscribe") else subscription.stop())
        except (OSError, nats.errors.Error) as error:
            log.info("a reader of the bus was not closed", extra={"reason": str(error)})

    def _check(self) -> None:
        if not self._connection.is_connected:
            raise BusError("the connection to the bus is lost")


def _without_secret(server: str) -> str:
    """Leave out a password or token, which stands before the host."""
    scheme, _, rest = server.rpartition("//")
    return f"{scheme}//{rest.rpartition('@')[2]}"


def _stream(name: str) -> str:
    return f"{PREFIX}-{name}"
