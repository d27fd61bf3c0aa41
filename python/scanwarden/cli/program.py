"""Find the command that was meant, run it, and say what went wrong in two lines at most."""

import difflib
import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from scanwarden.errors import ScanwardenError
from scanwarden.model.printable import printable

EXIT_FAILED = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells say it

# Imported only when used, so that `scanwarden version` does not wait for what `watch` needs.
COMMANDS = {
    "abuse": "write a report for the network that a scan came from",
    "allow": "never ban a network until the next reload",
    "audit": "say which ports of this host are open, whose, and to whom",
    "ban": "ban a source now",
    "bans": "list the bans in force",
    "config": "check, show, compare or begin the configuration",
    "connections": "show who is connected here, and who has only begun to",
    "correlate": "find scans in what the hosts of a fleet report",
    "doctor": "say what this host lacks, what gets in the way, and what to do",
    "explain": "explain why something was called a scan",
    "fleet": "see and refuse together with other hosts",
    "hunt": "find scans in archives of captures, logs and flows",
    "migrate": "turn the settings of another tool into ours",
    "policy": "say what would happen to a source, and which line decides",
    "reload": "have the service read its configuration again",
    "replay": "find scans in captures and logs",
    "report": "write a report about a period as HTML, Markdown and pictures",
    "rescue": "lift every ban, with or without the service",
    "run": "run the service",
    "scans": "list the scans that are stored",
    "show": "show all that is known of one scan",
    "sources": "show all that is known of one source, over time",
    "status": "say how the service is doing",
    "test": "send yourself a small scan and say whether detection and ban work",
    "top": "show live who scans, what and how fast",
    "unban": "lift the ban of a source",
    "version": "print the version",
    "web": "serve the page that shows scans and bans",
    "watch": "watch network interfaces, say who scans, and ban them if asked to",
}


class Program(click.Group):
    """The top of the command line: it loads commands by name and turns every failure into two lines."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Give the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        """Import the command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"scanwarden.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 every module of a command names it so
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name those that look alike."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(_no_such_command(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,  # noqa: ANN401 click's signature
    ) -> Any:  # noqa: ANN401 click's signature
        """Run the command and exit with its status; never show a traceback for what we know can fail."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        sys.exit(self._status(args, prog_name, complete_var, extra))

    def _status(
        self, args: Sequence[str] | None, prog_name: str | None, complete_var: str | None, extra: dict[str, Any]
    ) -> int:
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else "scanwarden"
            return complain(error.format_message(), f"see {path} --help")
        except click.ClickException as error:
            return complain(error.format_message())
        except ScanwardenError as error:
            return complain(error.message, error.remedy)
        except (click.Abort, KeyboardInterrupt):
            return EXIT_INTERRUPTED
        return status if isinstance(status, int) else 0


def complain(message: str, remedy: str | None = None) -> int:
    """Say on standard error what failed and what to do; return the exit status of a failure."""
    sys.stderr.write(f"scanwarden: error: {printable(message, max_chars=1000)}\n")
    if remedy:
        sys.stderr.write(f"  {printable(remedy, max_chars=1000)}\n")
    return EXIT_FAILED


def _no_such_command(name: str) -> str:
    near = difflib.get_close_matches(name, COMMANDS, n=2, cutoff=0.65)
    hint = f", did you mean {' or '.join(near)}?" if near else ""
    return f"there is no command {name!r}{hint}"


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """See port scans against this host, or in a capture, and ban the scanner."""
