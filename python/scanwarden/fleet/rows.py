"""Look into packed rows without unpacking them: how long they are, and which of them weigh little.

The layout is the core's (`rows/packed.rs`): 54 bytes, of which byte 46 is the class and byte 47 the detail.
"""

from typing import NamedTuple

from scanwarden._core import _native

ROW_BYTES = 54
_CLASS, _DETAIL = 46, 47
_EMPTY_ECHO = 1
# A routing or tunnel protocol, a traceroute, a neighbour asked for now and then, a listed knock.
_LIGHT_DETAILS = frozenset({2, 3, 4, 8})
_CLASSES = _native.probe_classes()
_ECHO = _CLASSES.index("icmp_echo")
_LIGHT_CLASSES = frozenset(_CLASSES.index(name) for name in ("arp", "rst", "icmp_echo"))


class Lanes(NamedTuple):
    """Rows divided by what they weigh: `light` are worth half a nat at most, as a ping is."""

    heavy: bytes
    light: bytes


def divided(rows: bytes) -> Lanes:
    """Divide packed rows, in their order; bytes behind the last whole row stay where it went."""
    if not _LIGHT_CLASSES.intersection(rows[_CLASS::ROW_BYTES]) and not _LIGHT_DETAILS.intersection(
        rows[_DETAIL::ROW_BYTES]
    ):
        return Lanes(rows, b"")
    apart: tuple[list[bytes], list[bytes]] = ([], [])
    for begin in range(0, len(rows), ROW_BYTES):
        row = rows[begin : begin + ROW_BYTES]
        apart[_is_light(row)].append(row)
    return Lanes(b"".join(apart[0]), b"".join(apart[1]))


def _is_light(row: bytes) -> bool:
    if len(row) < ROW_BYTES:
        return False  # it is no row: the detector counts it as refused
    kind, detail = row[_CLASS], row[_DETAIL]
    is_empty_echo = kind == _ECHO and detail == _EMPTY_ECHO
    return detail in _LIGHT_DETAILS or (kind in _LIGHT_CLASSES and not is_empty_echo)
