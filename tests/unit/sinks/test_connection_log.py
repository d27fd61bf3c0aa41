"""One line for each attempt that no rule leaves out, in iplog's words, at a bounded rate, through rotation."""

from pathlib import Path
from typing import Any

import pytest

from scanwarden.config.sections.logs import ConnectionRule, ConnectionsSettings
from scanwarden.model.address import Address, Prefix
from scanwarden.model.attempt import Attempt
from scanwarden.model.ports import Ports
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.sinks.connection_log import ConnectionLog, is_ignored, line_of


def attempt(protocol: str = "tcp", source: str = "192.0.2.7", *, at_s: int = 0, **fields: Any) -> Attempt:  # noqa: ANN401
    defaults: dict[str, Any] = {"source_port": 40000, "target_port": 80} if protocol != "icmp" else {"icmp_type": 8}
    made: Any = {"protocol": protocol, "source": Address.parse(source), "target": Address.parse("198.51.100.1")}
    return Attempt(time=Timestamp(at_s * NS_PER_S), **made, **(defaults | fields))


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (attempt(target_port=22), "TCP: to ssh from 192.0.2.7:40000 at 198.51.100.1"),
        (attempt(target_port=49999), "TCP: to 49999 from 192.0.2.7:40000 at 198.51.100.1"),
        (
            attempt("udp", target_port=53, payload_bytes=31),
            "UDP: to domain from 192.0.2.7:40000 (31 data bytes) at 198.51.100.1",
        ),
        (attempt("icmp", payload_bytes=56), "ICMP: echo from 192.0.2.7 (56 bytes) at 198.51.100.1"),
        (attempt("icmp", icmp_type=77), "ICMP: type 77 from 192.0.2.7 (0 bytes) at 198.51.100.1"),
        (attempt(source="2001:db8::7"), "TCP: to http from [2001:db8::7]:40000 at 198.51.100.1"),
    ],
)
def test_an_attempt_has_the_words_of_iplog(made: Attempt, line: str) -> None:
    assert line_of(made) == f"1970-01-01T00:00:00Z {line}\n"


@pytest.mark.parametrize(
    ("rule", "ignored"),
    [
        (ConnectionRule(protocol="tcp"), True),
        (ConnectionRule(protocol="udp"), False),
        (ConnectionRule(target_ports=Ports([80, 443])), True),
        (ConnectionRule(target_ports=Ports([443])), False),
        (ConnectionRule(source_ports=Ports([40000])), True),
        (ConnectionRule(source=Prefix.parse("192.0.2.0/24")), True),
        (ConnectionRule(source=Prefix.parse("192.0.2.0/24"), protocol="udp"), False),
        (ConnectionRule(target=Prefix.parse("192.0.2.0/24")), False),
        (ConnectionRule(source_outside=Prefix.parse("10.0.0.0/8")), True),
        (ConnectionRule(source_outside=Prefix.parse("192.0.2.0/24")), False),
        (ConnectionRule(target_outside=Prefix.parse("198.51.100.0/24")), False),
        (ConnectionRule(icmp_types=Ports([8])), False),
    ],
)
def test_a_rule_holds_if_all_its_conditions_do(rule: ConnectionRule, ignored: bool) -> None:
    assert is_ignored(attempt(), ConnectionsSettings(ignore=(rule,))) is ignored


def test_the_rules_of_the_guides_hold() -> None:
    web = ConnectionRule(protocol="tcp", target_ports=Ports([80]))
    pings = ConnectionRule(protocol="icmp", source=Prefix.parse("192.168.0.0/24"))
    settings = ConnectionsSettings(ignore=(web, pings))
    assert is_ignored(attempt(target_port=80), settings)
    assert not is_ignored(attempt(target_port=81), settings)
    assert is_ignored(attempt("icmp", "192.168.0.9"), settings)
    assert not is_ignored(attempt("icmp", "192.168.1.9"), settings)


def test_what_is_always_written_is_not_ignored() -> None:
    settings = ConnectionsSettings(
        ignore=(ConnectionRule(protocol="tcp"),), always=(ConnectionRule(target_ports=Ports([80])),)
    )
    assert not is_ignored(attempt(), settings)
    assert is_ignored(attempt(target_port=81), settings)


def test_more_than_the_rate_is_counted_in_a_line(tmp_path: Path) -> None:
    log = ConnectionLog(ConnectionsSettings(file=tmp_path / "log", per_second=2))
    for at_s in (1, 1, 1, 1, 2, 3, 3, 3):
        log.take(attempt(at_s=at_s))
    log.close()
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.split(" ", 1)[1][:5] for line in lines] == [
        "TCP: ",
        "TCP: ",
        "2 mor",
        "TCP: ",
        "TCP: ",
        "TCP: ",
        "1 mor",
    ]
    assert log.counters == {"written": 5, "ignored": 0, "too_many": 3, "failed": 0}


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path, *, is_replaced: bool) -> None:
    path = tmp_path / "log"
    log = ConnectionLog(ConnectionsSettings(file=path))
    log.take(attempt(at_s=1))
    path.rename(tmp_path / "log.1")
    if is_replaced:
        path.touch()
    log.take(attempt(at_s=2))
    log.close()
    assert [(tmp_path / name).read_text().count("\n") for name in ("log.1", "log")] == [1, 1]


def test_a_file_that_cannot_be_written_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    log = ConnectionLog(ConnectionsSettings(file=tmp_path / "missing" / "log"))
    log.take(attempt())
    log.close()
    assert log.counters["failed"] == 1
    assert log.last_error is not None
    assert "No such file or directory" in log.last_error


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    log = ConnectionLog(ConnectionsSettings(file=tmp_path / "log"))
    log.take(attempt())
    log.close()
    assert log.counters["failed"] == 1
    assert not (tmp_path / "elsewhere").exists()
