"""Read what `nft -j` prints about the tripwire's table."""

import msgspec

from scanwarden.errors import ResponderError


class Counter(msgspec.Struct):
    """A named counter, in packets."""

    name: str
    packets: int = 0


class _CounterEntry(msgspec.Struct):
    counter: Counter | None = None


class _Counters(msgspec.Struct):
    nftables: list[_CounterEntry]


class _Timed(msgspec.Struct):
    val: str


class _Element(msgspec.Struct):
    elem: _Timed


class _Set(msgspec.Struct):
    elem: list[_Element] = []


class _SetEntry(msgspec.Struct):
    set: _Set | None = None


class _Sets(msgspec.Struct):
    nftables: list[_SetEntry]


def counters_in(printed: bytes) -> list[Counter]:
    """Read the counters of a table; raise ResponderError."""
    try:
        entries = msgspec.json.decode(printed, type=_Counters).nftables
    except msgspec.MsgspecError as error:
        raise ResponderError(f"nft printed counters that are not understood: {error}") from error
    return [entry.counter for entry in entries if entry.counter is not None]


def elements_in(printed: bytes) -> list[str]:
    """Read the elements of a set with timeouts; raise ResponderError."""
    try:
        entries = msgspec.json.decode(printed, type=_Sets).nftables
    except msgspec.MsgspecError as error:
        raise ResponderError(f"nft printed a set that is not understood: {error}") from error
    return [element.elem.val for entry in entries if entry.set is not None for element in entry.set.elem]
