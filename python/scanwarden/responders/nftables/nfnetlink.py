"""Write and read nf_tables netlink messages: bytes in, bytes out, no socket.

Layouts and numbers are those of linux/netfilter/nf_tables.h; everything inside its attributes is in network order.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from scanwarden import netlink
from scanwarden.netlink import attribute, attributes, nested

NFNL_SUBSYS_NFTABLES = 10
NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END = 0x10, 0x11
NFT_MSG_NEWTABLE, NFT_MSG_GETTABLE, NFT_MSG_DELTABLE = 0, 1, 2
NFT_MSG_NEWRULE, NFT_MSG_GETRULE = 6, 7
NFT_MSG_NEWSETELEM, NFT_MSG_GETSETELEM, NFT_MSG_DELSETELEM = 12, 13, 14
NFPROTO_UNSPEC, NFPROTO_INET = 0, 1
# An owned table is changed by one socket alone (Linux 5.12); a persistent one outlives its owner (Linux 6.9).
NFT_TABLE_F_DORMANT, NFT_TABLE_F_OWNER, NFT_TABLE_F_PERSIST = 0x1, 0x2, 0x4

_NFTA_LIST_ELEM, _NFTA_DATA_VALUE = 1, 1
_NFTA_TABLE_NAME, _NFTA_TABLE_FLAGS = 1, 2
_NFTA_RULE_TABLE, _NFTA_RULE_CHAIN = 1, 2
_NFTA_SET_ELEM_KEY, _NFTA_SET_ELEM_TIMEOUT, _NFTA_SET_ELEM_EXPIRATION = 1, 4, 5
_NFTA_ELEM_LIST_TABLE, _NFTA_ELEM_LIST_SET, _NFTA_ELEM_LIST_ELEMENTS = 1, 2, 3

# The attribute that lists elements has a 16-bit length: 1,000 IPv6 elements of 48 bytes fit.
MAX_ELEMENTS_PER_MESSAGE = 1000

Element = tuple[bytes, int]
"""A key as packed address and a timeout in milliseconds; 0 leaves the timeout out."""


class Reply(msgspec.Struct, frozen=True):
    """One message from the kernel: `errno` is set for acknowledgements (0) and errors, `body` follows the nfgenmsg."""

    sequence: int
    kind: int
    errno: int | None
    body: bytes


def text(kind: int, value: str) -> bytes:
    """Return an attribute that holds a null-terminated string."""
    return attribute(kind, value.encode("ascii") + b"\0")


def message(kind: int, flags: int, sequence: int, body: bytes = b"", *, family: int = NFPROTO_INET) -> bytes:
    """Return one nf_tables message (`kind` is an NFT_MSG_ number)."""
    return netlink.message(NFNL_SUBSYS_NFTABLES << 8 | kind, flags, sequence, netlink.GENERIC.pack(family, 0, 0) + body)


def batch(messages: Iterable[bytes], sequence: int) -> bytes:
    """Return one transaction: all of `messages` take effect, or none; begin and end carry `sequence`."""
    marker = netlink.GENERIC.pack(NFPROTO_UNSPEC, 0, NFNL_SUBSYS_NFTABLES)
    begin = netlink.message(NFNL_MSG_BATCH_BEGIN, netlink.REQUEST, sequence, marker)
    end = netlink.message(NFNL_MSG_BATCH_END, netlink.REQUEST, sequence, marker)
    return begin + b"".join(messages) + end


def element_list(table: str, set_name: str, elements: Sequence[Element]) -> bytes:
    """Return the body of a message that adds, deletes or asks for set elements."""
    return (
        text(_NFTA_ELEM_LIST_TABLE, table)
        + text(_NFTA_ELEM_LIST_SET, set_name)
        + nested(_NFTA_ELEM_LIST_ELEMENTS, *(_element(key, timeout_ms) for key, timeout_ms in elements))
    )


def table_named(table: str) -> bytes:
    """Return the body of a message that asks for one table, or deletes it."""
    return text(_NFTA_TABLE_NAME, table)


def table_with_flags(table: str, flags: int) -> bytes:
    """Return the body of a message that creates a table with flags, or changes those of one that is there."""
    return text(_NFTA_TABLE_NAME, table) + attribute(_NFTA_TABLE_FLAGS, flags.to_bytes(4, "big"))


def rules_query(table: str, chain: str) -> bytes:
    """Return the body of a message that asks for the rules of one chain."""
    return text(_NFTA_RULE_TABLE, table) + text(_NFTA_RULE_CHAIN, chain)


def table_flags(body: bytes) -> int:
    """Return the flags of a table from an answer."""
    return int.from_bytes(attributes(body).get(_NFTA_TABLE_FLAGS, b""), "big")


def rule_chain(body: bytes) -> str:
    """Return the name of the chain that a rule from an answer is in."""
    return attributes(body).get(_NFTA_RULE_CHAIN, b"").rstrip(b"\0").decode("ascii", "replace")


def remaining_ms(body: bytes) -> int:
    """Return how long the first element of an answer has to live, in milliseconds; 0 if it says nothing."""
    listed = attributes(attributes(body).get(_NFTA_ELEM_LIST_ELEMENTS, b""))
    element = attributes(listed.get(_NFTA_LIST_ELEM, b""))
    return int.from_bytes(element.get(_NFTA_SET_ELEM_EXPIRATION, b""), "big")


def replies(datagram: bytes) -> Iterator[Reply]:
    """Yield the messages of one datagram from the kernel."""
    for one in netlink.messages(datagram):
        if one.kind in (netlink.ERROR, netlink.DONE):
            yield Reply(one.sequence, one.kind, netlink.errno_of(one.body), b"")
        else:
            yield Reply(one.sequence, one.kind & 0xFF, None, one.body[netlink.GENERIC.size :])


def _element(key: bytes, timeout_ms: int) -> bytes:
    if not timeout_ms:
        return _HEADS[len(key), False] + key
    return _HEADS[len(key), True] + key + _TIMEOUT_HEAD + timeout_ms.to_bytes(8, "big")


def _head(key_bytes: int, *, has_timeout: bool) -> bytes:
    """Return the three headers before a key (element, key, value), each with the length of what it holds."""
    value, timeout = 4 + key_bytes, 12 if has_timeout else 0
    return (
        netlink.ATTRIBUTE.pack(8 + value + timeout, _NFTA_LIST_ELEM | netlink.NESTED)
        + netlink.ATTRIBUTE.pack(4 + value, _NFTA_SET_ELEM_KEY | netlink.NESTED)
        + netlink.ATTRIBUTE.pack(value, _NFTA_DATA_VALUE)
    )


# A batch holds many thousands of elements that differ in key and timeout alone.
_HEADS = {
    (size, has_timeout): _head(size, has_timeout=has_timeout) for size in (4, 16) for has_timeout in (False, True)
}
_TIMEOUT_HEAD = netlink.ATTRIBUTE.pack(12, _NFTA_SET_ELEM_TIMEOUT)
