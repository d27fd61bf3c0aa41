"""Read overrides from environment variables: `SCANWARDEN_POLICY__MODE=enforce` sets `policy.mode`.

Two underscores separate the steps of the path. A variable without them is not ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from msgspec import inspect

PREFIX = "SCANWARDEN_"
SEPARATOR = "__"
MAX_VALUE_CHARS = 10_000


class EnvironmentText(str):
    """A value from an environment variable: text whose kind only the option knows."""

    __slots__ = ()


def overrides(environment: Mapping[str, str]) -> dict[tuple[str, ...], tuple[str, EnvironmentText]]:
    """Map the path of each overridden option to its variable and text, in the order of the variables' names."""
    found = {}
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and SEPARATOR in variable.removeprefix(PREFIX):
            path = tuple(variable.removeprefix(PREFIX).lower().split(SEPARATOR))
            found[path] = (variable, EnvironmentText(environment[variable][:MAX_VALUE_CHARS]))
    return found


def read_text(text: str, kind: inspect.Type) -> object:
    """Give the TOML value that a text stands for where an option of this kind is wanted.

    Texts need no quotes; lists are written as in TOML or with commas between the elements.
    """
    match kind:
        case inspect.VarTupleType() if not text.lstrip().startswith("["):
            return [EnvironmentText(part.strip()) for part in text.split(",") if part.strip()]
        case inspect.BoolType() | inspect.IntType() | inspect.FloatType() | inspect.VarTupleType():
            return _literal(text)
        case inspect.StructType() | inspect.DictType():
            return _literal(text)
        case _:
            return str(text)


def _literal(text: str) -> object:
    """Read a TOML value; give the text itself if it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return str(text)
