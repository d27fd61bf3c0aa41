"""Every key of a TOML text has its line."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.config.describe import quoted
from scanwarden.config.locate import MAX_DEPTH, lines_of_keys

TEXT = '''\
# a comment = 1
title = "x # y" # [no.table]
[policy]
mode = "observe"
ladder = [
  "10 min", # first
  "1 h",

  "1 d" ]
text = """
[not.a.table]
a = "b" \\"\\"\\" """
raw = \'\'\'
x = 1\'\'\'\'
"quoted key" = {a = 1, b.c = [1, 2]}
[[policy.networks]]
networks = ["10.0.0.0/8"]
[[policy.networks]]
networks = [ [ 1,
 2 ] ]
[policy.networks.inner]
deep = 1979-05-27 07:32:00
[ sinks . "e mail" ]
enabled = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("policy",), 3),
        (("policy", "mode"), 4),
        (("policy", "ladder"), 5),
        (("policy", "ladder", 0), 6),
        (("policy", "ladder", 1), 7),
        (("policy", "ladder", 2), 9),
        (("policy", "text"), 10),
        (("policy", "raw"), 13),
        (("policy", "quoted key"), 15),
        (("policy", "quoted key", "b", "c", 1), 15),
        (("policy", "networks", 0), 16),
        (("policy", "networks", 1), 18),
        (("policy", "networks", 1, "networks", 0, 1), 20),
        (("policy", "networks", 1, "inner", "deep"), 22),
        (("sinks", "e mail", "enabled"), 24),
    ],
)
def test_a_key_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert lines_of_keys(TEXT)[path] == line
    assert lines_of_keys(TEXT.replace("\n", "\r\n"))[path] == line


VALUES = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(str)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[\n" + ",\n".join(written(element) for element in value) + "]"
    return quoted(value) if isinstance(value, str) else str(value)


def paths(table: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    return {path, *(found for key, value in inner for found in paths(value, (*path, key)))}


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_every_key_of_any_document_is_found(document: dict[str, dict[str, object]]) -> None:
    text = ""
    for name, table in document.items():
        text += f"[{quoted(name)}]\n" + "".join(f"{quoted(key)} = {written(value)}\n" for key, value in table.items())
    assert tomllib.loads(text) == document
    assert set(lines_of_keys(text)) | {()} == paths(document)


@given(st.text(alphabet=st.sampled_from("a=[]{}\"'\\#.,\n 1"), max_size=40))
def test_any_text_is_walked_to_an_end(text: str) -> None:
    for line in lines_of_keys(text).values():
        assert 1 <= line <= text.count("\n") + 1


def test_what_is_nested_too_deeply_is_given_up_quietly() -> None:
    text = "a = 1\nb = " + "[" * (MAX_DEPTH + 10) + "]" * (MAX_DEPTH + 10)
    assert lines_of_keys(text)[("a",)] == 1
