"""Write manual pages and shell completions from the commands themselves: `python -m scanwarden.cli.manual DIRECTORY`.

They are made when a package is built, and never kept beside the code, so they cannot lag behind it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from scanwarden import __version__
from scanwarden.cli.program import main
from scanwarden.config import DEFAULT_FILE

PROGRAM = "scanwarden"
COMPLETIONS = {
    "bash": f"bash-completion/completions/{PROGRAM}",
    "zsh": f"zsh/site-functions/_{PROGRAM}",
    "fish": f"fish/vendor_completions.d/{PROGRAM}.fish",
}
STATUSES = (
    ("0", "All is well; replay found no scan."),
    ("1", "replay found a scan; a question found nothing; status: something is wrong."),
    ("2", "It failed, and standard error says why and what to do."),
    ("130", "It was interrupted."),
)
FILES = (
    (str(DEFAULT_FILE), "The configuration; conf.d beside it is read too."),
    ("/var/lib/scanwarden/scanwarden.db", "The store of scans, decisions and bans."),
    ("/run/scanwarden", "The sockets of the running service."),
)


def pages() -> dict[str, str]:
    """Map the path of each page and completion, relative to `share`, to its text."""
    written = {f"man/man1/{PROGRAM}.1": _program_page()}
    for name, command in _commands(main):
        written[f"man/man1/{PROGRAM}-{name}.1"] = _command_page(name, command)
    return written | {path: completion(shell) for shell, path in COMPLETIONS.items()}


def completion(shell: str) -> str:
    """Give the script that completes our commands in `bash`, `zsh` or `fish`."""
    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"no completion for {shell}")
    return kind(main, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source()


def write(share: Path) -> None:
    """Write every page below a `share` directory."""
    for name, text in pages().items():
        path = share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=PROGRAM)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield name, command


def _program_page() -> str:
    lines = _head(PROGRAM, main.help or "", "[-h] COMMAND [ARGUMENT...]")
    lines += [".SH COMMANDS"]
    for name, command in _commands(main):
        lines += _tagged(f"{PROGRAM}-{name}(1)", command.get_short_help_str(limit=200))
    lines += [".SH EXIT STATUS", *(line for row in STATUSES for line in _tagged(*row))]
    lines += [".SH FILES", *(line for row in FILES for line in _tagged(*row))]
    return _joined(lines)


def _command_page(name: str, command: click.Command) -> str:
    lines = _head(f"{PROGRAM}-{name}", command.help or "", _synopsis(command), called=f"{PROGRAM} {name}")
    lines += _options(command)
    if isinstance(command, click.Group):
        lines += [".SH COMMANDS"]
        for inner_name, inner in _commands(command):
            lines += [f".SS {_roff(f'{inner_name} {_synopsis(inner)}')}", *_paragraphs(inner.help or "")]
            lines += _options(inner, heading=None)
    return _joined([*lines, ".SH SEE ALSO", f".BR {PROGRAM} (1)"])


def _head(title: str, text: str, synopsis: str, *, called: str | None = None) -> list[str]:
    first = text.strip().split("\n\n", maxsplit=1)[0]
    sentence = re.split(r"(?<=\.)\s", " ".join(first.split()), maxsplit=1)[0].rstrip(".")
    return [
        f'.TH {title.upper()} 1 "" "{PROGRAM} {__version__}"',
        ".SH NAME",
        f"{_roff(title)} \\- {_roff(sentence)}",
        ".SH SYNOPSIS",
        f".B {_roff(called or title)}",
        _roff(synopsis),
        ".SH DESCRIPTION",
        *_paragraphs(text),
    ]


def _synopsis(command: click.Command) -> str:
    context = click.Context(command, info_name=command.name)
    return " ".join(command.collect_usage_pieces(context))


def _options(command: click.Command, *, heading: str | None = ".SH OPTIONS") -> list[str]:
    context = click.Context(command, info_name=command.name)
    lines = [] if heading is None else [heading]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            lines += _tagged(*record)
    return lines


def _paragraphs(text: str) -> list[str]:
    return [
        line
        for paragraph in text.replace("\b", "").split("\n\n")
        if paragraph.strip()
        for line in (".PP", _roff(" ".join(paragraph.split())))
    ]


def _tagged(tag: str, text: str) -> list[str]:
    return [".TP", f".B {_roff(tag)}", _roff(text)]


def _roff(text: str) -> str:
    """Escape what roff would take for its own: backslashes, hyphens, and dots and quotes that begin a line."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
