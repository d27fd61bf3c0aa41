"""The threat model names what shows each of its claims, and that exists."""

import ast
import re
from functools import cache

import pytest

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "THREAT_MODEL.md").read_text()
ROWS = [line for line in PAGE.partition("## Threats\n")[2].partition("\n## ")[0].splitlines() if line.startswith("| ")][
    1:
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
# What any tool in this place is attacked by, as words that a row must begin with.
MUST_COVER = (
    *("spoofing", "decoys", "log injection", "command injection", "state exhaustion", "collision", "parser bugs"),
    *("lock-out", "NAT collateral", "container bypass", "reload races", "clock steps", "symlinks"),
    *("control socket abuse", "dashboard attacks"),
)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((REPOSITORY / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_each_threat_names_tests_that_exist(row: str) -> None:
    named = NAMED.findall(row)
    assert named
    for path, name in named:
        assert name in names_in(path), f"{path} has no {name}"


@pytest.mark.parametrize("threat", MUST_COVER)
def test_no_threat_is_left_out(threat: str) -> None:
    assert any(row.startswith(f"| {threat}") for row in ROWS)
