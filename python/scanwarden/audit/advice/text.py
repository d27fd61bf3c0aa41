"""Write advice for people, in 80 columns; commands are never broken, so that they can be copied."""

import textwrap
from collections.abc import Iterator

from scanwarden.audit.advice.steps import Advice
from scanwarden.model.printable import printable

WIDTH = 80


def advice_lines(advice: Advice) -> Iterator[str]:
    """Give the lines of one piece of advice."""
    yield f"To close {advice.port}/{advice.protocol} with {advice.firewall}:"
    yield ""
    for step in advice.steps:
        yield f"    {printable(step.text)}"
    if advice.lasting:
        yield ""
        yield "and to keep it closed over a restart:"
        yield ""
        for line in advice.lasting:
            yield f"    {printable(line)}"
    if advice.notes:
        yield ""
    for note in advice.notes:
        yield from textwrap.wrap(printable(note), WIDTH, break_long_words=False, break_on_hyphens=False)
