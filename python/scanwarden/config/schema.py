"""Make the JSON Schema of the configuration from the declarations, for editors that check TOML."""

from __future__ import annotations

from typing import Any

from msgspec import inspect, json

from scanwarden.config.describe import json_value
from scanwarden.config.leaves import leaf_of
from scanwarden.config.options import Option, bare, options_of
from scanwarden.config.registry import Node, tree

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_PLAIN: dict[type[inspect.Type], str] = {
    inspect.BoolType: "boolean",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
}
_TEXT_LIMITS = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
_LIST_LIMITS = {"min_length": "minItems", "max_length": "maxItems"}


def schema_page() -> str:
    """Give the schema as indented JSON."""
    schema = {"$schema": DIALECT, "title": "scanwarden.toml", **_node(tree())}
    return json.format(json.encode(schema), indent=2).decode() + "\n"


def _node(node: Node) -> dict[str, Any]:
    table: dict[str, Any] = {"type": "object", "properties": {}}
    if node.declaration:
        table = _table(node.declaration.settings)
    table["properties"].update({name: _node(child) for name, child in node.children.items()})
    return {**table, "additionalProperties": False}


def _table(section: type) -> dict[str, Any]:
    options = options_of(section)
    table: dict[str, Any] = {"type": "object", "description": first_paragraph(section), "properties": {}}
    table["properties"] = {option.name: _option(option) for option in options}
    if required := [option.name for option in options if option.is_required]:
        table["required"] = required
    return {**table, "additionalProperties": False}


def _option(option: Option) -> dict[str, Any]:
    schema = {**_kind(option.kind), "description": option.description}
    if not option.is_required and option.default is not None:
        schema["default"] = json_value(option.default)
    if option.examples:
        schema["examples"] = list(option.examples)
    return schema


def _kind(kind: inspect.Type) -> dict[str, Any]:
    kind, _ = bare(kind)
    if leaf := leaf_of(kind):
        return {"type": "string", "title": leaf.words}
    match kind:
        case inspect.BoolType() | inspect.IntType() | inspect.FloatType():
            return {"type": _PLAIN[type(kind)], **_limits(kind, _BOUNDS)}
        case inspect.LiteralType():
            return {"enum": list(kind.values)}
        case inspect.VarTupleType():
            return {"type": "array", "items": _kind(kind.item_type), **_limits(kind, _LIST_LIMITS)}
        case inspect.DictType():
            return {"type": "object", "additionalProperties": _kind(kind.value_type)}
        case inspect.StructType():
            return _table(kind.cls)
        case _:
            return {"type": "string", **_limits(kind, _TEXT_LIMITS)}


def _limits(kind: inspect.Type, names: dict[str, str]) -> dict[str, Any]:
    found = {theirs: getattr(kind, ours, None) for ours, theirs in names.items()}
    return {name: limit for name, limit in found.items() if limit is not None}


def first_paragraph(section: type) -> str:
    """Give the introduction of a section, the first paragraph of its docstring, on one line."""
    return " ".join((section.__doc__ or "").strip().split("\n\n")[0].split())
