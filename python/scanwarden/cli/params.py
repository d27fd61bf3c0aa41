"""Read options into values of the model, and name what is wrong with one that cannot be read."""

import click

from scanwarden.errors import AddressError
from scanwarden.model.address import Prefix


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


NETWORK = NetworkParam()
DURATION = DurationParam()
