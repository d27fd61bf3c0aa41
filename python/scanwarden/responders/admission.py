"""Refuse what no responder may ever ban, whoever asks for it."""

from collections.abc import Sequence

import msgspec

from scanwarden.model.address import IPV6_BYTES, Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.contract import Refusal

WIDEST_V4, WIDEST_V6 = 16, 48
MAX_DURATION_S = 30 * 86_400
_MAPPED_HEAD = bytes(10) + b"\xff\xff"
_MAPPED_BITS = 96


def admit(batch: Sequence[Ban], protected: PrefixTable) -> tuple[list[Ban], list[Refusal]]:
    """Split a batch into the bans that may be made and those that may not, each with the reason.

    IPv4-mapped networks (RFC 4291 2.5.5.2) come back as the IPv4 networks they mean. Of two bans for one source the
    later one counts; the earlier is refused as replaced.
    """
    admitted: dict[bytes, Ban] = {}
    refused: list[Refusal] = []
    for asked in batch:
        source = unmapped(asked.source)
        ban = asked if source is asked.source else msgspec.structs.replace(asked, source=source)
        if reason := reason_to_refuse(ban, protected):
            refused.append(Refusal(ban=ban, reason=reason))
        else:
            if earlier := admitted.pop(ban.source.key, None):
                refused.append(Refusal(ban=earlier, reason="replaced by a later ban in the same batch"))
            admitted[ban.source.key] = ban
    return list(admitted.values()), refused


def reason_to_refuse(ban: Ban, protected: PrefixTable) -> str | None:
    """Say why a ban may not be made; None if it may."""
    widest = WIDEST_V4 if ban.source.version == 4 else WIDEST_V6
    if ban.source.length < widest:
        return f"{ban.source} is wider than /{widest}, the widest network that may be banned"
    if found := protected.overlap(ban.source):
        return f"{ban.source} holds a protected address: {found[0]} ({found[1]})"
    if not 0 < ban.duration_s <= MAX_DURATION_S:
        return f"a ban lasts from 1 s to {MAX_DURATION_S} s, not {ban.duration_s} s"
    return None


def unmapped(source: Prefix) -> Prefix:
    """Return the IPv4 network that an IPv4-mapped IPv6 network means; any other network unchanged."""
    is_mapped = len(source.packed) == IPV6_BYTES and source.packed.startswith(_MAPPED_HEAD)
    if not is_mapped or source.length < _MAPPED_BITS:
        return source
    return Prefix(source.packed[12:], source.length - _MAPPED_BITS)
