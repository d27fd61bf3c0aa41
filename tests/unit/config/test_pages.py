"""The pages that are made from the declarations are up to date and say what the parser does."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scanwarden.config import Settings
from scanwarden.config.example import example_page
from scanwarden.config.layers import parse
from scanwarden.config.options import options_of
from scanwarden.config.pages import pages, write
from scanwarden.config.reference import reference_page
from scanwarden.config.registry import declarations
from scanwarden.config.schema import schema_page
from scanwarden.config.settings import from_layers

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("name", list(pages()))
def test_a_page_is_up_to_date(name: str) -> None:
    assert (REPOSITORY / name).read_text() == pages()[name], "run `python -m scanwarden.config.pages`"


def test_writing_the_pages_writes_each_to_its_place(tmp_path: Path) -> None:
    write(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")} == set(pages())


def test_the_example_sets_nothing() -> None:
    layer = parse(example_page().encode(), "example", [])
    assert layer is not None
    settings = from_layers([layer], [])
    for one in declarations():
        assert settings.of(one.settings) == Settings.defaults().of(one.settings)
        assert all(settings.origin(one.table, option.name) is None for option in options_of(one.settings))


def test_the_example_without_comment_signs_sets_every_default() -> None:
    layer = parse(example_page(is_active=True).encode(), "example", [])
    assert layer is not None
    settings = from_layers([layer], [])
    assert all(settings.of(one.settings) == Settings.defaults().of(one.settings) for one in declarations())
    assert str(settings.origin("policy", "mode")).startswith("example:")


def test_every_example_option_can_be_switched_on_by_removing_its_comment_sign() -> None:
    keys = {line.split(" = ")[0] for line in example_page().splitlines() if re.match(r"# [a-z_0-9]+ = ", line)}
    assert keys >= {f"# {option.name}" for one in declarations() for option in options_of(one.settings)} - {
        "# networks",
        "# sensors",
        "# ignore",
        "# always",
    }


def test_the_reference_names_every_option() -> None:
    for one in declarations():
        section = reference_page().split(f"\n## [{one.table}]\n")[1].split("\n## [")[0]
        assert all(f"`{option.name}`" in section for option in options_of(one.settings))


def matches(schema: dict[str, Any], value: object) -> bool:
    """Judge a value by the few keywords of JSON Schema that tell kinds apart."""
    if "enum" in schema:
        return value in schema["enum"]
    kinds: dict[str, tuple[type, ...]] = {
        "object": (dict,),
        "array": (list,),
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
    }
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return all(key in known and matches(known[key], inner) for key, inner in value.items())
    return all(matches(schema["items"], element) for element in value) if isinstance(value, list) else True


def test_the_schema_accepts_the_defaults_and_refuses_unknown_tables() -> None:
    schema = json.loads(schema_page())
    assert matches(schema, tomllib.loads(example_page(is_active=True)))
    assert not matches(schema, {"polcy": {}})
    assert not matches(schema, {"policy": {"mode": "enforced"}})
    assert schema["properties"]["sinks"]["properties"]["email"]["additionalProperties"] is False
