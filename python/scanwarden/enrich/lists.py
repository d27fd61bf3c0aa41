"""Read lists of addresses and networks in the forms that people publish them.

One a line, anything after `#` or `;` left out: an address, `network/length`, `first - last`, DShield's `first last
length`, or such a value as the first field of a line of comma- or tab-separated values (FireHOL, Spamhaus DROP).
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from scanwarden.errors import AddressError, ConfigError
from scanwarden.model.address import Address, Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.printable import printable

MAX_ENTRIES = 1_000_000
MAX_LINE_CHARS = 1000
MAX_RANGE_PARTS = 64  # networks that one `first - last` may fall into
_COMMENT = re.compile(r"[#;].*")
_RANGE = re.compile(r"([0-9a-fA-F.:]+)\s*-\s*([0-9a-fA-F.:]+)")
_DSHIELD = re.compile(r"(\d+\.\d+\.\d+\.\d+)\s+(\d+\.\d+\.\d+\.\d+)\s+(\d+)(?:\s.*)?")


class ReadList(Struct, frozen=True, kw_only=True):
    """A list as it was read."""

    table: PrefixTable
    wrong_lines: int


def read_list(path: Path, *, with_names: bool = False) -> ReadList:
    """Read one list; with names, what follows the network on a line is its label. Raises ConfigError.

    Lines that are no address are counted, not fatal: lists come with headings. Entries beyond a million are an error.
    """
    entries: dict[Prefix, str] = {}
    wrong = 0
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            while lines := list(islice(file, 10_000)):
                for line in lines:
                    found = list(_entries(line[:MAX_LINE_CHARS], path.name, with_names=with_names))
                    wrong += not found and bool(_COMMENT.sub("", line).strip())
                    entries.update(found)
                if len(entries) > MAX_ENTRIES:
                    raise ConfigError(f"{path} holds more than {MAX_ENTRIES:,} entries", remedy="shorten it")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", remedy="see [enrichment]") from error
    if wrong and not entries:
        raise ConfigError(f"{path} holds no address", remedy="write one address or network a line")
    return ReadList(table=PrefixTable(entries), wrong_lines=wrong)


def _entries(line: str, list_name: str, *, with_names: bool) -> Iterator[tuple[Prefix, str]]:
    text = line.strip() if with_names else _COMMENT.sub("", line).strip()
    if not text or text[0] in "#;":
        return
    first, _, rest = re.sub(r"[\t,]", " ", text, count=1).partition(" ")
    label = printable(rest.strip(" ,\t\"'"), max_chars=80) if with_names else list_name
    try:
        if (shield := _DSHIELD.fullmatch(text)) and not with_names:
            yield Prefix.parse(f"{shield[1]}/{shield[3]}"), label
        elif (spread := _RANGE.fullmatch(text)) and not with_names:
            for network in _covering(Address.parse(spread[1]), Address.parse(spread[2])):
                yield network, label
        else:
            yield Prefix.parse(first.strip("\"'")), label or list_name
    except AddressError:
        return


def _covering(first: Address, last: Address) -> list[Prefix]:
    """Give the networks that make up a range; raise AddressError for one that is none, or too ragged."""
    if first.version != last.version or first.packed > last.packed:
        raise AddressError("the range does not go upwards")
    low, high = int.from_bytes(first.packed), int.from_bytes(last.packed)
    found: list[Prefix] = []
    while low <= high:
        free = (low & -low).bit_length() - 1 if low else first.bits
        free = min(free, (high - low + 1).bit_length() - 1)
        found.append(Prefix.around(low.to_bytes(len(first.packed)), first.bits - free))
        low += 1 << free
        if len(found) > MAX_RANGE_PARTS:
            raise AddressError("the range falls into too many networks")
    return found
