"""Say what a fleet needs of a bus, so that NATS can be replaced, and by memory in tests."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

SIGHTINGS = "sightings"
DETECTIONS = "detections"
BANS = "bans"
HOSTS = "hosts"
REPORTS = "reports"
LEASES = "leases"
TALLIES = "tallies"
STREAMS = (SIGHTINGS, DETECTIONS)
BUCKETS = (BANS, HOSTS, REPORTS, LEASES, TALLIES)


class StreamMessage(msgspec.Struct, frozen=True):
    """A message of a stream: its number there, when the bus received it (nanoseconds since 1970), what it says."""

    number: int
    time_ns: int
    payload: bytes


class Entry(msgspec.Struct, frozen=True):
    """A value of a bucket; `revision` grows with every change, and `value` is None once it was removed."""

    key: str
    value: bytes | None
    revision: int


class Bus(Protocol):
    """Streams, which are read from any place, and buckets of values. Every method raises BusError."""

    async def publish(self, stream: str, part: str, payload: bytes, *, message_id: str) -> None:
        """Add a message to a part of a stream and return when it is stored; the same id twice is stored once."""

    def read(self, stream: str, part: str, *, after: int) -> AsyncIterator[StreamMessage | None]:
        """Yield the messages of a part behind number `after`, None when there is nothing new at the moment."""

    async def get(self, bucket: str, key: str) -> Entry | None:
        """Give a value; None if there is none."""

    async def put(self, bucket: str, key: str, value: bytes | None, *, revision: int | None = None) -> int:
        """Set a value, or remove it with None, and give its revision.

        With `revision` only if it is still the last one (0: there is no value); else raise ConflictError.
        """

    def watch(self, bucket: str) -> AsyncIterator[Entry | None]:
        """Yield all values of a bucket, then None once, then every change."""

    async def close(self) -> None:
        """Let go of the bus."""
