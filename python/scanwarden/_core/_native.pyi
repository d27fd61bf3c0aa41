"""The Rust core of scanwarden: conversions between Python objects and the core, nothing else."""

from os import PathLike
from typing import Protocol, final

__all__ = [
    "ArchiveDetector",
    "ArrowBatch",
    "CaptureFile",
    "Detector",
    "FleetDetector",
    "LiveCapture",
    "LogFeed",
    "LogFile",
    "NativeError",
    "NflogFeed",
    "WideJudge",
    "__version__",
    "detect_log_format",
    "detection_batch",
    "log_formats",
    "normal_probes",
    "open_file",
    "pack_probes",
    "probe_classes",
    "unpack_probes",
]

__version__: str

class NativeError(Exception):
    """The Rust core cannot do what was asked; the message says what, on what, and what to do."""

class _HasArrowStream(Protocol):
    """A table in the memory of any Arrow library."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object: ...

class _HasArrowArray(Protocol):
    """A record batch in the memory of any Arrow library."""

    def __arrow_c_array__(self, requested_schema: object | None = None, /) -> tuple[object, object]: ...

_Table = _HasArrowStream | _HasArrowArray

@final
class ArrowBatch:
    """Rows in columns, for any library that speaks Arrow's PyCapsule interface."""

    def __arrow_c_schema__(self) -> object:
        """Give the schema as a capsule."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Give schema and columns as capsules."""

    def __len__(self) -> int:
        """Return the number of rows."""

@final
class ArchiveDetector:
    """Finds the scans in probes sorted by source and time, one source after the other."""

    def __new__(cls, settings: bytes, window_s: int = 86400, only_closed: bool = False) -> ArchiveDetector:
        """Build from the detector's settings, a JSON object.

        What many sources do together is summed up by windows of `window_s` seconds. With `only_closed` the events of a
        scan but its last are left out. Raise NativeError naming what is wrong.
        """

    def observe(self, probes: _Table) -> None:
        """Take in probes, sorted by `source_order` and `time_ns` across all calls.

        Raise NativeError naming a column that is missing or cannot be read.
        """

    def finish(self) -> None:
        """Say that the probes end here: the last source's scans close."""

    def take_findings(self) -> ArrowBatch:
        """Take what was found: columns `record`, the JSON of a scan's event, and `sum`; one of the two is null."""

    def take_sums(self) -> ArrowBatch:
        """Take the sums over sources, in the columns of `take_findings`; call after `finish`."""

    def counters(self) -> dict[str, int]:
        """Return what was counted so far: rows, sources, rows out of order or no probes, what the caps cost."""

@final
class WideJudge:
    """Merges sums over sources and says which are scans."""

    def __new__(cls) -> WideJudge:
        """Begin with no sums."""

    def add(self, packed: bytes) -> None:
        """Take in a sum of `ArchiveDetector.take_sums`; raise NativeError if it is none."""

    def records(self, threshold_nats: float, sensor: str) -> list[bytes]:
        """Say what is a scan, each as the JSON of a closed scan."""

@final
class FleetDetector:
    """Finds scans in what many hosts report, each host counting once a source."""

    def __new__(cls, settings: bytes) -> FleetDetector:
        """Build from the detector's settings, a JSON object; raise NativeError naming what is wrong."""

    def observe(self, host: int, packed: bytes, now_ns: int) -> tuple[int, int]:
        """Take in packed probes that a host, by number, reported at `now_ns`; say how many counted and were refused."""

    def reporters(self, source: str) -> list[int]:
        """Return the numbers of the hosts that reported a source lately; raise NativeError for no address."""

    def tick(self, now_ns: int) -> None:
        """Let deadlines pass up to `now_ns`, nanoseconds since the epoch; the clock never goes backwards."""

    def finish(self) -> None:
        """End of input: close every scan."""

    def take_events(self) -> list[bytes]:
        """Take the waiting events, oldest first, each a JSON object."""

    def counters(self) -> dict[str, int]:
        """Return what was counted so far: rows counted, repeated and refused, what the caps cost."""

@final
class Detector:
    """The detector: packets in, statements about scans out. Its clock is whatever the packets say."""

    def __new__(cls, settings: bytes) -> Detector:
        """Build from settings, a JSON object; raise NativeError naming what is wrong."""

    def set_home(self, home: list[str]) -> None:
        """Change which addresses are ours; raise NativeError naming the one that cannot be read, changing nothing."""

    def set_traps(self, trap_ports: list[str]) -> None:
        """Say which ports are stealth traps from now on, such as `tcp/1-19`; raise NativeError naming a wrong one."""

    def note_ban(self, prefix: str, until_ns: int) -> None:
        """Note that our own rules drop what an address or network sends until `until_ns`: it is no evidence."""

    def note_unban(self, prefix: str) -> None:
        """Note that an address or network is refused no more."""

    def observe_trapped(
        self,
        *,
        time_ns: int,
        source: str,
        target: str,
        protocol: str,
        port: int,
        weight_nats: float,
        is_verified: bool,
    ) -> None:
        """Take in that a source touched a trap: `protocol` is tcp or udp, `weight_nats` what a touch weighs.

        From the threshold on, one touch is a scan. Raise NativeError naming what cannot be read, changing nothing.
        """

    def observe_probes(self, probes: _Table) -> int:
        """Take in a table of probes in the order of time, as if they were reported one by one.

        Return how many were probes; raise NativeError naming a column that is missing or cannot be read.
        """

    def take_probes(self, limit: int) -> ArrowBatch:
        """Take settled contacts, at most `limit`, as a table of probes; the settings say how many are kept."""

    def take_packed(self, limit: int, parts: int) -> list[tuple[int, bytes]]:
        """Take settled contacts, at most `limit`, packed and divided by source: (part, bytes) for each part."""

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

@final
class LogFile:
    """A log file being read: any known format, plain, gzip or zstd."""

    def format(self) -> str:
        """Return the name of the format."""

    def replay(self, detector: Detector, min_bytes: int) -> bool:
        """Feed at least `min_bytes` bytes (uncompressed) to a detector; say whether there may be more.

        Raise NativeError naming file and offset where the file cannot be unpacked, after feeding everything before.
        """

    def read_probes(self, min_bytes: int) -> tuple[ArrowBatch, bool]:
        """Read at least `min_bytes` bytes (uncompressed) into a table of probes; say as well whether there may be more.

        Raise NativeError naming file and offset where the file cannot be unpacked.
        """

    def take_events(self) -> list[bytes]:
        """Take the waiting notices (who guesses logins, what other detectors saw), oldest first, each JSON."""

    def progress(self) -> tuple[int, int | None]:
        """Return the bytes read so far and the bytes in all, as stored; the latter only for regular files."""

    def lines(self) -> int:
        """Return how many lines were read so far."""

    def counters(self) -> dict[str, int]:
        """Return what was counted so far: lines, records, probes, and under `unused.` why lines were not used."""

@final
class LogFeed:
    """A log whose bytes the caller brings, such as a followed file or the journal."""

    def __new__(cls, log_format: str, settings: bytes | None = None) -> LogFeed:
        """Read a log of a format of `log_formats()`; settings are a JSON object.

        Raise NativeError naming an unknown format or what is wrong with the settings.
        """

    def feed(self, chunk: bytes, detector: Detector) -> None:
        """Read the next bytes; lines that end in them reach the detector."""

    def finish(self, detector: Detector) -> None:
        """Say that the log ends here: a last line without newline is read, pending logins are decided."""

    def advance(self, now_ns: int) -> None:
        """Say that `now_ns`, nanoseconds since the epoch, has passed: lines without a year are dated by it."""

    def set_utc_offset(self, utc_offset_s: int) -> None:
        """Say how many seconds east of UTC lines without a zone are from now on."""

    def unfinished_bytes(self) -> int:
        """Return how many bytes of an unfinished line are held; a saved position lies before them."""

    def take_events(self) -> list[bytes]:
        """Take the waiting notices, oldest first, each a JSON object."""

    def counters(self) -> dict[str, int]:
        """Return what was counted so far: lines, records, probes, and under `unused.` why lines were not used."""

@final
class NflogFeed:
    """What the kernel sends over an NFLOG socket."""

    def __new__(cls, settings: bytes | None = None) -> NflogFeed:
        """Judge packets as log lines are judged; settings are a JSON object as of `LogFeed`.

        Raise NativeError saying what is wrong with the settings.
        """

    def feed(self, datagrams: list[bytes], now_ns: int, detector: Detector) -> int:
        """Feed datagrams as received and say how many packets were in them.

        `now_ns`, nanoseconds since the epoch, dates packets that carry no time.
        """

    def counters(self) -> dict[str, int]:
        """Return what was counted so far: packets, probes, and under `unused.` why packets were not used."""

def detect_log_format(head: bytes) -> str | None:
    """Say which format a log has, by its first kilobytes; None when it looks like none of them."""

def open_file(
    source: str | PathLike[str] | int,
    name: str | None = None,
    settings: bytes | None = None,
    input_format: str | None = None,
) -> CaptureFile | LogFile:
    """Open a capture or a log, by path or file descriptor (which stays open), and say which by its class.

    `input_format` names the format instead of having it recognised: `capture`, or one of `log_formats()`.
    Raise NativeError when the file cannot be read, or is of no known format.
    """

def log_formats() -> list[str]:
    """Return the names of the log formats."""

def normal_probes(probes: _Table) -> ArrowBatch:
    """Put tables of probes into the form that archives keep; rows that are no probes are left out.

    Raise NativeError naming a column that is missing or cannot be read.
    """

def detection_batch(records: list[bytes]) -> ArrowBatch:
    """Put the JSON records of scans into columns, the record itself among them."""

def pack_probes(probes: _Table, parts: int) -> list[tuple[int, bytes]]:
    """Pack a table of probes and divide it by source: (part, bytes) for each part that has any."""

def unpack_probes(packed: bytes) -> ArrowBatch:
    """Unpack probes into a table; what is no row is left out."""

def probe_classes() -> list[str]:
    """Return the names of the classes of probes, by the numbers of the class column."""
