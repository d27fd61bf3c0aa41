"""Read options into values of the model, and name what is wrong with one that cannot be read."""

import re

import click

from scanwarden.errors import AddressError
from scanwarden.model.address import Prefix
from scanwarden.model.log_prefix import PrefixMeaning


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
NETWORK = NetworkParam()
DURATION = DurationParam()
