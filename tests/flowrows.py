"""Make tables of flow rows for tests: much harmless traffic, and scanners among it."""

from array import array
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

START_NS = 1_760_000_000_000_000_000
OPEN, CLOSED, FILTERED = 1, 2, 3
CHUNK_ROWS = 1_000_000
SCANNERS_A_CHUNK = 40
SCAN_ROWS = 100
HOSTS = 2000
FIRST_HOST = 0xC612_0000
FIRST_CLIENT = 0x0B00_0000
CLIENTS = 400_000
CLIENT_STEP = 41  # about six clients in a /24, as they come from all over the internet
FIRST_SCANNER = 0xC633_0000


def flow_chunks(rows: int) -> Iterator[Any]:
    """Yield tables of at most a million flows, each of a day of its own; in each, 40 sources scan 100 ports or hosts.

    The other sources use one open port, and once in fifty times a closed one. The table is as a user would write it
    (docs/reference/probes.md): protocol and flags, no classes.
    """
    for number, begin in enumerate(range(0, rows, CHUNK_ROWS)):
        yield _chunk(min(CHUNK_ROWS, rows - begin), number)


def scanners(rows: int) -> set[int]:
    """Give the addresses of the sources that scan in so many rows."""
    chunks = range(-(-rows // CHUNK_ROWS))
    return {_scanner(chunk, number) for chunk in chunks for number in range(SCANNERS_A_CHUNK)}


def _scanner(chunk: int, number: int) -> int:
    return FIRST_SCANNER + (chunk * SCANNERS_A_CHUNK + number) * 300


def _chunk(rows: int, chunk: int) -> Any:
    harmless = rows - SCANNERS_A_CHUNK * SCAN_ROWS
    is_closed = pc.less(pc.random(harmless, initializer=chunk), 0.02)
    port = pc.if_else(is_closed, pc.add(_draw(harmless, 1023, chunk, 1), 1), 443)
    client = _draw(harmless, CLIENTS, chunk, 3)
    steps = [(number, step) for number in range(SCANNERS_A_CHUNK) for step in range(SCAN_ROWS)]
    scan = {
        "time_s": [number * 60 + step for number, step in steps],
        "source": [_scanner(chunk, number) for number, _ in steps],
        "target": [step if number % 2 else number for number, step in steps],
        "port": [22 if number % 2 else step + 1 for number, step in steps],
    }
    time_s = _joined(_draw(harmless, 86_000, chunk, 2), scan["time_s"])
    time_ns = pc.add(pc.multiply(time_s, 10**9), START_NS + chunk * 86_400 * 10**9)
    outcome = _joined(pc.if_else(is_closed, CLOSED, OPEN), [FILTERED] * len(steps))
    return pa.table(
        {
            "time_ns": time_ns,
            "source": _packed(_joined(pc.add(pc.multiply(client, CLIENT_STEP), FIRST_CLIENT), scan["source"])),
            "target": _packed(pc.add(_joined(_draw(harmless, HOSTS, chunk, 4), scan["target"]), FIRST_HOST)),
            "protocol": pa.repeat(pa.scalar(6, pa.int8()), rows),
            "flags": pa.repeat(pa.scalar(2, pa.int16()), rows),
            "port": pc.cast(_joined(port, scan["port"]), pa.int32()),
            "outcome": pc.cast(outcome, pa.int8()),
        }
    )


def _draw(count: int, below: int, chunk: int, column: int) -> Any:
    return pc.cast(pc.floor(pc.multiply(pc.random(count, initializer=chunk * 10 + column), below)), pa.int64())


def _joined(first: Any, second: list[int]) -> Any:
    return pa.concat_arrays([pc.cast(first, pa.int64()), pa.array(second, pa.int64())])


def _packed(addresses: Any) -> Any:
    """Write numbers as addresses of four bytes."""
    octets = array("I", pc.cast(addresses, pa.uint32()).buffers()[1].to_pybytes()[: 4 * len(addresses)])
    octets.byteswap()
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(4), len(addresses), [None, pa.py_buffer(octets.tobytes())])
