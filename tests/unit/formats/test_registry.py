"""Every record layout is found by its name, and none lets text from the network forge a line, a field or a cursor."""

import json
import re
from typing import get_args

import pytest

from scanwarden.config.sections.sinks_jsonl import JsonFormatName
from scanwarden.config.sections.sinks_syslog import FormatName
from scanwarden.errors import ConfigError
from scanwarden.formats.registry import layout_names, new_layout
from scanwarden.model.records import Record
from tests.samples import BAN, CLOSED, DECISION, GROUP, NOTICE, OPENED, READY, UNBAN, UPDATED, record
from tests.unit.formats.hostile import ATTACKS, FORGED, records

JSON_LAYOUTS = ("ecs", "eve", "json", "ocsf")
TEXT_LAYOUTS = tuple(name for name in layout_names() if name not in JSON_LAYOUTS)
# What filters and scripts look for in each layout, unanchored as most of them do it, with the address they take.
READERS = {
    "portsentry": r"from host: \S+?/(?P<who>\S+) to",
    "portsentry2": r"Scan from: \[(?P<who>[^\]]*)\]",
    "portsentry-history": r"/(?P<who>\S+) Port: \d+ (?:TCP|UDP) Blocked$",
    "iplog": r"detected .*from (?P<who>\S+)",
    "scanlogd": r"(?P<who>\S+) to \S+ (?:and others, )?ports",
    "psad": r"scan detected \(.*?\): (?P<who>\S+) ->",
    "cef": r" (?<!\\)src=(?P<who>\S+)",
    "dshield": r"^[^\t]*\t[^\t]*\t[^\t]*\t(?P<who>[^\t]*)\t",
}


def test_the_names_are_those_the_settings_know() -> None:
    assert set(layout_names()) == {*JSON_LAYOUTS, *READERS} == set(get_args(JsonFormatName))
    assert {name for name in get_args(FormatName) if name != "text"} <= set(layout_names())


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no record format 'yaml'") as refused:
        new_layout("yaml")
    assert "portsentry2" in str(refused.value.remedy)


@pytest.mark.parametrize("name", layout_names())
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_text_stays_inside_its_line_and_is_visible(name: str, attack: str) -> None:
    layout = new_layout(name)
    lines = [line for one in records(attack) for line in layout.lines(one)]
    assert lines
    assert all(line.isprintable() or line.replace("\t", "").isprintable() for line in lines)
    assert "\t" not in "".join(lines) or name == "dshield"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_reader_takes_an_address_out_of_hostile_text(name: str, attack: str) -> None:
    layout = new_layout(name)
    lines = [line for one in records(attack) for line in layout.lines(one)]
    taken = [match["who"] for line in lines for match in re.finditer(READERS[name], line)]
    assert FORGED not in taken


@pytest.mark.parametrize("name", JSON_LAYOUTS)
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_text_survives_json_as_a_value(name: str, attack: str) -> None:
    layout = new_layout(name)
    opened, *_ = records(attack)
    (line,) = layout.lines(opened)
    document = json.loads(line)
    ours = document.get("scanwarden", document.get("unmapped", {}).get("scanwarden", document))
    assert ours["sensor"] == attack


@pytest.mark.parametrize("name", READERS.keys() - {"portsentry-history"})
def test_the_reader_of_each_layout_finds_the_scanner(name: str) -> None:
    layout = new_layout(name)
    stream: list[Record] = [record(OPENED), record(UPDATED), record(BAN), record(CLOSED)]
    lines = [line for one in stream for line in layout.lines(one)]
    taken = {match["who"] for line in lines for match in re.finditer(READERS[name], line)}
    assert taken == {"10.77.1.50"}


@pytest.mark.parametrize("name", TEXT_LAYOUTS)
def test_an_unproved_member_of_a_group_is_never_accused(name: str) -> None:
    layout = new_layout(name)
    lines = [line for event in ("opened", "closed") for line in layout.lines(record(GROUP | {"event": event}))]
    assert not any("fd77::6" in line for line in lines)


@pytest.mark.parametrize("name", layout_names())
def test_every_kind_of_record_is_written_or_left_out(name: str) -> None:
    layout = new_layout(name)
    for one in (READY, OPENED, UPDATED, CLOSED, GROUP, DECISION, BAN, UNBAN, NOTICE):
        assert all(layout.lines(record(one)))
