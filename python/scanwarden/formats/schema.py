"""Describe the records as JSON Schema and as a reference page, both made from the model.

`python -m scanwarden.formats.schema DIRECTORY` writes `record.schema.json` and `records.md` there.
"""

import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec

from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import Closed, Updated
from scanwarden.model.ports import Ports
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp

SCHEMA_NAME = "record.schema.json"
PAGE_NAME = "records.md"
REF = "#/$defs/{name}"

Schema = dict[str, Any]

OWN_TYPES: dict[type, Schema] = {
    Address: {
        "type": "string",
        "title": "address",
        "description": "IPv4 or IPv6; link-local with its interface, as in `fe80::1%eth0`.",
    },
    Prefix: {"type": "string", "title": "network", "description": "An address and a prefix length, `192.0.2.7/32`."},
    Ports: {
        "type": "string",
        "title": "ranges",
        "pattern": "^([0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*)?$",
        "description": "Numbers and ranges in ascending order, `22,80,1000-1024`.",
    },
    Timestamp: {
        "type": "string",
        "format": "date-time",
        "title": "time",
        "description": "RFC 3339, UTC, nine decimals.",
    },
}
PAGE_HEAD = """\
# Records

<!-- Made from python/scanwarden/model by `python -m scanwarden.formats.schema`; do not edit. -->

`scanwarden replay --format json` and `scanwarden watch --format json` write one JSON object a line, UTF-8. `event`
says which of the records below it is. Keys stay as they are; new ones may be added, so ignore what you do not know.
The machine-readable form of this page is [record.schema.json](record.schema.json).

Times are RFC 3339 in UTC with nine decimals. Ports, protocol numbers and ICMP types are ranges, such as
`22,80,1000-1024`. Evidence is in nats (natural logarithms of likelihood ratios).
"""


def schema() -> Schema:
    """Give the JSON Schema (draft 2020-12) of a record."""
    (union,), definitions = msgspec.json.schema_components([Record], schema_hook=_own_type, ref_template=REF)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "scanwarden record",
        "description": "One line of scanwarden's own format; `event` says which kind.",
        **union,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Give the JSON Schema as it is published."""
    return f"{json.dumps(schema(), indent=2)}\n"


def page() -> str:
    """Give the reference page: a table for each record, then for the parts they share."""
    definitions: dict[str, Schema] = schema()["$defs"]
    records = [kind.__name__ for kind in get_args(Record)]
    parts = [name for name in definitions if name not in records]
    sections = [_section(kind.__name__, definitions[kind.__name__], inspect.getdoc(kind)) for kind in get_args(Record)]
    sections.append("## Parts of records\n")
    sections += [_section(name, definitions[name], definitions[name].get("description")) for name in parts]
    return "\n".join([PAGE_HEAD, *sections]).rstrip() + "\n"


def _own_type(kind: type) -> Schema:
    if kind in OWN_TYPES:
        return OWN_TYPES[kind]
    raise NotImplementedError(f"records hold no {kind.__name__}")


def _section(name: str, definition: Schema, doc: str | None) -> str:
    tag = definition["properties"].get("event", {}).get("enum", [None])[0]
    title = f"## `{tag}`" if tag else f"### {_spoken(name)}"
    about = (doc or "").splitlines()[0]
    if name in (Updated.__name__, Closed.__name__):
        return "\n".join([title, "", about, "", "The keys are those of [`opened`](#opened).", ""])
    rows = [f"| `{key}` | {_type(value)} | {_meaning(key, value)} |" for key, value in definition["properties"].items()]
    return "\n".join([title, "", about, "", "| key | type | meaning |", "|---|---|---|", *rows, ""])


def _type(value: Schema) -> str:
    if "anyOf" in value:
        return " or ".join(_type(choice) for choice in value["anyOf"])
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    if "$ref" in value:
        return _link(value["$ref"].rpartition("/")[2])
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}"
    if value.get("type") == "object":
        return f"object of {_type(value['additionalProperties'])}"
    return str(value.get("title", value.get("type", "any")))


def _link(name: str) -> str:
    spoken = _spoken(name)
    return f"[{spoken}](#{spoken.replace(' ', '-')})"


def _spoken(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _meaning(key: str, value: Schema) -> str:
    if key == "event":
        return "Says which record this is."
    choices = [value, *value.get("anyOf", [])]
    found = next((choice["description"] for choice in choices if "description" in choice), "")
    return found.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write both files into the directory named by the one argument; return the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m scanwarden.formats.schema DIRECTORY\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCHEMA_NAME).write_text(schema_text(), encoding="utf-8")
    (folder / PAGE_NAME).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
