"""Rows that weigh little are told from the others by two bytes."""

import pyarrow as pa
import pytest

from scanwarden._core import _native
from scanwarden.fleet.rows import ROW_BYTES, divided

CLASSES = _native.probe_classes()


def row(kind: str, detail: int = 0, port: int = 7) -> bytes:
    table = pa.table(
        {
            "time_ns": pa.array([1], pa.int64()),
            "source": ["203.0.113.5"],
            "target": ["192.0.2.1"],
            "class": pa.array([CLASSES.index(kind)], pa.int8()),
            "detail": pa.array([detail], pa.int8()),
            "port": pa.array([port], pa.int32()),
            "outcome": pa.array([2], pa.int8()),
        }
    )
    ((_, packed),) = _native.pack_probes(table, 1)
    assert len(packed) == ROW_BYTES
    return packed


@pytest.mark.parametrize(
    ("kind", "detail", "is_light"),
    [
        ("syn", 0, False),
        ("null", 0, False),
        ("udp", 0, False),
        ("arp", 0, True),
        ("rst", 0, True),
        ("icmp_echo", 0, True),
        ("icmp_echo", 1, False),  # an empty echo is a sweeper's
        ("ip_protocol", 0, False),
        ("ip_protocol", 2, True),
        ("syn", 5, False),  # a trap
    ],
)
def test_pings_and_the_like_weigh_little(kind: str, detail: int, is_light: bool) -> None:
    packed = row(kind, detail)
    assert divided(packed) == ((b"", packed) if is_light else (packed, b""))


def test_the_order_is_kept_and_nothing_is_lost() -> None:
    rows = [row("syn", port=1), row("arp"), row("syn", port=2), row("icmp_echo"), b"torn"]
    assert divided(b"".join(rows)) == (rows[0] + rows[2] + b"torn", rows[1] + rows[3])
    assert divided(b"") == (b"", b"")
