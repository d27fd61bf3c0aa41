"""The Rust core of scanwarden: conversions between Python objects and the core, nothing else."""

from os import PathLike
from typing import final

__all__ = ["CaptureFile", "Detector", "LiveCapture", "NativeError", "__version__"]

__version__: str

class NativeError(Exception):
    """The Rust core cannot do what was asked; the message says what, on what, and what to do."""

@final
class Detector:
    """The detector: packets in, statements about scans out. Its clock is whatever the packets say."""

    def __new__(cls, settings: bytes) -> Detector:
        """Build from settings, a JSON object; raise NativeError naming what is wrong."""

    def set_home(self, home: list[str]) -> None:
        """Change which addresses are ours; raise NativeError naming the one that cannot be read, changing nothing."""

    def note_ban(self, prefix: str, until_ns: int) -> None:
        """Note that our own rules drop what an address or network sends until `until_ns`: it is no evidence."""

    def note_unban(self, prefix: str) -> None:
        """Note that an address or network is refused no more."""

    def tick(self, now_ns: int) -> None:
        """Let deadlines pass up to `now_ns`, nanoseconds since the epoch; the clock never goes backwards."""

    def finish(self) -> None:
        """End of input: decide what is pending and close every scan."""

    def take_events(self) -> list[bytes]:
        """Take the waiting events, oldest first, each a JSON object."""

    def counters(self) -> dict[str, int]:
        """Return what was counted so far: packets, probes, malformed packets by reason, what the caps cost."""

    def table_bytes(self) -> int:
        """Return how many bytes the tables hold when full."""

@final
class CaptureFile:
    """A capture file being read: pcap or pcapng, plain, gzip or zstd."""

    def __new__(cls, source: str | PathLike[str] | int, name: str | None = None) -> CaptureFile:
        """Open a path, or read from a file descriptor (which stays open); `name` is for messages."""

    def infer_home(self, max_packets: int) -> list[str]:
        """Look ahead at most `max_packets` packets and name the addresses that answer others."""

    def replay(self, detector: Detector, max_packets: int) -> bool:
        """Feed at most `max_packets` packets to a detector; say whether there may be more.

        Raise NativeError naming file and offset where the file is damaged, after feeding everything before.
        """

    def progress(self) -> tuple[int, int | None]:
        """Return the bytes read so far and the bytes in all, as stored; the latter only for regular files."""

    def packets(self) -> int:
        """Return how many packets were read so far."""

@final
class LiveCapture:
    """A capture on interfaces of this host, through the one predicate."""

    def __new__(
        cls,
        interfaces: list[str],
        ring_bytes: int = 8388608,
        promiscuous: bool = False,
        record: str | PathLike[str] | None = None,
    ) -> LiveCapture:
        """Open the interfaces; from here on packets are collected. `record` names a file for the packets used.

        Raise NativeError when an interface does not exist, CAP_NET_RAW is missing or memory cannot be had.
        """

    def fileno(self) -> int:
        """Return the descriptor that is readable while packets wait."""

    def dispatch(self, detector: Detector) -> int:
        """Feed what waits, at most 65,536 packets, to a detector; return how many."""

    def statistics(self) -> dict[str, int]:
        """Return the counters: received, dropped, interfaces_down, outages, recorded."""

    def take_record_error(self) -> str | None:
        """Return why recording stopped, once; None while all is well."""

    def close(self) -> None:
        """Stop capturing and bring the recorded packets to their file."""
