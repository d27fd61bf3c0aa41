"""Find record layouts by name: ours and those of plug-ins, all from the entry points `scanwarden.formats`."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from scanwarden.errors import ConfigError
from scanwarden.formats.contract import Layout

GROUP = "scanwarden.formats"


def layout_names() -> tuple[str, ...]:
    """Give the names of all layouts in alphabetical order; imports none of them."""
    return tuple(sorted(_entry_points()))


def new_layout(name: str) -> Layout:
    """Make a layout for one stream of records; raise ConfigError if there is none of that name, or it is broken."""
    entry = _entry_points().get(name)
    if entry is None:
        raise ConfigError(f"there is no record format {name!r}", remedy=f"the formats are {', '.join(layout_names())}")
    try:
        make: Callable[[], Layout] = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"the record format {name!r} cannot be loaded: {error}") from error
    return make()


@cache
def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
