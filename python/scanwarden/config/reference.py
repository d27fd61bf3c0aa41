"""Make the reference page of the configuration from the declarations, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import inspect

from scanwarden.config.describe import toml, words
from scanwarden.config.options import Option, bare, options_of
from scanwarden.config.registry import declarations
from scanwarden.config.schema import first_paragraph

INTRODUCTION = """\
# Configuration

<!-- Made from the declarations in python/scanwarden/config/sections by `make docs`; do not edit. -->

`scanwarden run` reads `/etc/scanwarden/scanwarden.toml` and then every `*.toml` in `/etc/scanwarden/conf.d`, in the
order of their names. Tables are merged; any other value of a later file replaces that of an earlier one. Last come
environment variables: `SCANWARDEN_POLICY__MODE=enforce` sets `mode` in `[policy]`; lists may be written with commas.

`scanwarden config check` names everything that is wrong at once, with file and line; `config show` prints what is in
force and where it was set; `config diff` what differs from the defaults; `config init` writes a commented file to begin
with. For editors there is a [JSON Schema](scanwarden.schema.json).

Lengths of time have a unit (`"90 s"`, `"10 min"`, `"24 h"`, `"1 h 30 min"`, `"7 d"`; also ms, us, ns, w), and so have
amounts of memory (`"32 MiB"`; KiB, MiB and GiB count in 1,024, kB, MB and GB in 1,000). Passwords and tokens stand in
files of their own, which only their owner may read; an option names the file.
"""


def reference_page() -> str:
    """Give the whole page."""
    parts = [INTRODUCTION]
    for declaration in declarations():
        parts.append(f"\n## [{declaration.table}]\n\n{first_paragraph(declaration.settings)}\n")
        parts.extend(_options(options_of(declaration.settings), ""))
    return "".join(parts)


def _options(options: tuple[Option, ...], prefix: str) -> Iterator[str]:
    if not options:
        return
    yield "\n| option | is | default |\n|---|---|---|\n"
    for option in options:
        yield f"| `{prefix}{option.name}` | {_meaning(option)} | {_default(option)} |\n"
    for option in options:
        if (inner := inner_table(option)) is not None:
            yield f"\nEach table under `{prefix}{option.name}` has:\n"
            yield from _options(options_of(inner), "")


def inner_table(option: Option) -> type | None:
    """Give the struct of an option that is a list or a mapping of tables."""
    kind = option.kind
    if isinstance(kind, inspect.VarTupleType):
        kind = bare(kind.item_type)[0]
    elif isinstance(kind, inspect.DictType):
        kind = bare(kind.value_type)[0]
    return kind.cls if isinstance(kind, inspect.StructType) else None


def _meaning(option: Option) -> str:
    kind = kind_sentence(option)
    example = f" Example: `{toml(option.examples[0])}`." if option.examples else ""
    return _cell(f"{option.description} {kind}{example}")


def kind_sentence(option: Option) -> str:
    """Say in a sentence what may be written for an option."""
    text = words(option.kind, option.limits, has_example=not option.examples)
    return f"{text[:1].upper()}{text[1:]}."


def _default(option: Option) -> str:
    if option.is_required:
        return "must be given"
    return "none" if option.default is None else f"`{_cell(toml(option.default))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
