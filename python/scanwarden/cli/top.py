"""Show live who scans, what and how fast; ban or allow at a key."""

import sys
from pathlib import Path

import click

from scanwarden.cli.options import Format, admin_socket_option, format_option, read_socket
from scanwarden.cli.replies import print_json
from scanwarden.cli.top_keys import Keyboard
from scanwarden.cli.top_model import Top, take_snapshot
from scanwarden.cli.top_view import page
from scanwarden.control.client import ControlClient

EVERY_S = 1.0
ONE_PAGE_LINES = 200  # where there is no screen to fit


@click.command("top")
@click.option("--once", is_flag=True, help="Show one page and end; so it does where this is no terminal.")
@click.option(
    "--every",
    "every_s",
    metavar="SECONDS",
    type=click.FloatRange(0.2, 60),
    default=EVERY_S,
    show_default=True,
    help="How often to look.",
)
@read_socket
@admin_socket_option("Where the service is told to ban, unban and allow.")
@format_option
def command(*, once: bool, every_s: float, socket: Path, admin_socket: Path, fmt: Format) -> int:
    """Show live who scans, what and how fast.

    Keys: up and down choose a source, b bans it for ten minutes, u lifts its ban, a allows it until the next reload, q
    ends. Exit status: 0, or 2 if the service does not answer.
    """
    read = ControlClient(socket)
    first = take_snapshot(read)
    if fmt == "json":
        print_json(first)
        return 0
    top = Top(read, ControlClient(admin_socket))
    top.add(first)
    if once or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _print_once(top)
    return _run(top, every_s)


def _print_once(top: Top) -> int:
    from rich.console import Console  # noqa: PLC0415 - takes a tenth of a second that other commands need not wait

    console = Console(highlight=False)
    console.print(page(top, height=ONE_PAGE_LINES))
    return 0


def _run(top: Top, every_s: float) -> int:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.live import Live  # noqa: PLC0415

    console = Console(highlight=False)
    with Keyboard(sys.stdin) as keyboard, Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while not top.is_over:
                live.update(page(top, height=console.height), refresh=True)
                if key := keyboard.wait(every_s):
                    top.press(key)
                else:
                    top.look()
        except KeyboardInterrupt:
            return 0
    return 0
