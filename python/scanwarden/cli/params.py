"""Read options into values of the model, and name what is wrong with one that cannot be read."""

import contextlib
import re
import time
from typing import get_args

import click

from scanwarden.errors import AddressError
from scanwarden.model.address import Prefix
from scanwarden.model.log_prefix import PrefixMeaning
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.views import Protocol

MAX_PORT = 65_535


class NetworkParam(click.ParamType[Prefix]):
    """A network or one address."""

    name = "NET"

    def convert(self, value: str | Prefix, param: click.Parameter | None, ctx: click.Context | None) -> Prefix:
        """Read the network; fail naming the option and what to write."""
        if isinstance(value, Prefix):
            return value
        try:
            return Prefix.parse(value)
        except AddressError as error:
            self.fail(str(error), param, ctx)


class DurationParam(click.ParamType[int]):
    """A duration such as `10m`, in whole seconds."""

    name = "TIME"
    UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}  # noqa: RUF012 a constant

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the duration; fail naming the option and what to write."""
        if isinstance(value, int):
            return value
        number = value.rstrip("smindh")
        unit = value[len(number) :] or "s"
        if not (number.isascii() and number.isdigit() and len(number) < 10 and unit in self.UNITS and int(number)):
            self.fail(f"{value!r} is not a duration; write it like 90s, 10m, 1h or 7d", param, ctx)
        return int(number) * self.UNITS[unit]


class UtcOffsetParam(click.ParamType[int]):
    """An offset from UTC such as `+02:00`, in seconds east of it."""

    name = "OFFSET"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the offset; fail naming the option and what to write."""
        if isinstance(value, int):
            return value
        match = _UTC_OFFSET.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is not an offset from UTC; write it like +02:00 or -05:30", param, ctx)
        sign, hours, minutes = match.groups()
        return (-1 if sign == "-" else 1) * (int(hours) * 3600 + int(minutes or 0) * 60)


class PrefixMeaningParam(click.ParamType[tuple[str, PrefixMeaning]]):
    """A log prefix and what it means, such as `MYDROP=refused`."""

    name = "PREFIX=MEANING"

    def convert(
        self, value: str | tuple[str, PrefixMeaning], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, PrefixMeaning]:
        """Read prefix and meaning; fail naming the option and what to write."""
        if isinstance(value, tuple):
            return value
        prefix, _, word = value.rpartition("=")
        meaning = _MEANINGS.get(word)
        if meaning is None or not prefix.strip():
            self.fail(f"{value!r} has no meaning; write PREFIX=refused, PREFIX=allowed or PREFIX=ignore", param, ctx)
        return prefix, meaning


# The widest offsets in use are -12:00 and +14:00 (tz database).
_UTC_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):?([0-5][0-9])?")

_MEANINGS: dict[str, PrefixMeaning] = {"refused": "refused", "allowed": "allowed", "ignore": "ignore"}

UTC_OFFSET = UtcOffsetParam()
PREFIX_MEANING = PrefixMeaningParam()


class MomentParam(click.ParamType[Timestamp]):
    """A moment: so long ago (`24h`), a day (`2026-01-02`, its first second in UTC) or RFC 3339."""

    name = "WHEN"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> Timestamp:
        """Read the moment; fail naming the option and what to write."""
        if isinstance(value, int):
            return Timestamp(value)
        read = _absolute(value)
        if read is not None:
            return read
        if not value[:1].isdigit() or "-" in value or ":" in value:
            self.fail(f"{value!r} is no moment; write it like 24h, 2026-01-02 or 2026-01-02T03:04:05Z", param, ctx)
        return Timestamp(max(time.time_ns() - DURATION.convert(value, param, ctx) * NS_PER_S, 0))


class PortParam(click.ParamType[tuple[Protocol | None, int]]):
    """A port, of any protocol or of one: `22`, `udp/53`."""

    name = "PORT"

    def convert(
        self, value: str | tuple[Protocol | None, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Protocol | None, int]:
        """Read the port; fail naming the option and what to write."""
        if isinstance(value, tuple):
            return value
        head, slash, tail = value.rpartition("/")
        protocol = next((known for known in get_args(Protocol) if known == head), None)
        is_number = tail.isascii() and tail.isdigit() and len(tail) <= 5 and int(tail) <= MAX_PORT
        if not is_number or bool(slash) != (protocol is not None):
            self.fail(f"{value!r} is no port; write it like 22, tcp/22 or udp/53", param, ctx)
        return protocol, int(tail)


NETWORK = NetworkParam()
DURATION = DurationParam()
MOMENT = MomentParam()
PORT = PortParam()


def _absolute(text: str) -> Timestamp | None:
    for written in (text, f"{text}T00:00:00Z"):
        with contextlib.suppress(ValueError):
            return Timestamp.parse(written)
    return None


utc_offset_option = click.option(
    "--utc-offset",
    metavar="OFFSET",
    type=UTC_OFFSET,
    default="+00:00",
    show_default=True,
    help="Offset from UTC of log lines that name no time zone.",
)
verdict_option = click.option(
    "--verdict",
    "verdicts",
    metavar="PREFIX=MEANING",
    type=PREFIX_MEANING,
    multiple=True,
    help="What a prefix of firewall lines means: refused, allowed or ignore; may be given often.",
)
threshold_option = click.option(
    "--threshold",
    metavar="NATS",
    type=click.FloatRange(min=0.1, max=1000),
    help="Evidence at which a scan is reported; 13.8 is a one in a million chance.",
)
