"""Send a small scan between two namespaces and say whether detection and ban work on this host."""

import os

import click
from msgspec import Struct

from scanwarden.cli.asking import write_json, write_lines
from scanwarden.cli.options import Format, format_option
from scanwarden.cli.terminal import painter
from scanwarden.errors import ScanwardenError
from scanwarden.formats.text.layout import Paint
from scanwarden.lab.selftest import Step, run_selftest

EXIT_BROKEN = 1


class Verdict(Struct, frozen=True, kw_only=True):
    """What the test came to."""

    works: bool
    steps: tuple[Step, ...]


@click.command("test")
@format_option
def command(*, fmt: Format) -> int:
    """Send yourself a small scan and say whether detection and ban work here. Needs root.

    The scan stays inside two network namespaces made for it and removed afterwards; nothing of this host's network or
    firewall is touched, and the running service does not see it. Exit status: 0 if all works, 1 if not, 2 if it could
    not be tried.
    """
    if os.geteuid() != 0:
        raise ScanwardenError("the test makes network namespaces and needs root", remedy="run it with sudo")
    paint = painter()
    steps: list[Step] = []

    def took(step: Step) -> None:
        steps.append(step)
        if fmt == "text":
            write_lines([line_of(step, paint)])

    run_selftest(took)
    works = all(step.works for step in steps)
    if fmt == "json":
        write_json(Verdict(works=works, steps=tuple(steps)))
    else:
        write_lines(_end(works, paint))
    return 0 if works else EXIT_BROKEN


def line_of(step: Step, paint: Paint) -> str:
    """Write one step as a line."""
    mark = paint("ok    ", "good") if step.works else paint("FAILED", "alarm")
    return f"{mark}  {step.text}"


def _end(works: bool, paint: Paint) -> list[str]:
    if works:
        return ["", paint("Detection and ban work on this host.", "good")]
    return ["", paint("Something does not work here; `scanwarden doctor` says what this host lacks.", "alarm")]
