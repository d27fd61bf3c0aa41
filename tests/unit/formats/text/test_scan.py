"""The story of a scan answers who, how, what, what they learnt, why and what was done."""

from typing import Any

import pytest

from scanwarden.formats.text.layout import WIDTH, unpainted
from scanwarden.formats.text.scan import story
from scanwarden.model.detection import Closed
from tests.samples import CLOSED, GROUP, record

HOSTS = [f"10.77.1.{last}" for last in range(1, 60)]


def told(json_object: dict[str, Any] = CLOSED, done: str | None = None, **changes: Any) -> list[str]:  # noqa: ANN401
    closed = record(json_object, event="closed", **changes)
    assert isinstance(closed, Closed)
    return story(closed, done=done, paint=unpainted)


def test_a_vertical_scan_reads_as_a_story() -> None:
    assert told(done="would ban 10.77.1.50 for 10 min: forgeable evidence") == [
        "10.77.1.50 scanned 1,002 ports of 10.77.1.10 in 0.4 s (TCP SYN)",
        "  how       many ports of one host (vertical), in a burst: 1,000 probes, 2,498 a",
        "            second",
        "  touched   tcp 1-1000; udp 53, 161",
        "  learnt    open: tcp 22, 80, 443 (990 closed, 7 silent or refused by a",
        "            firewall)",
        "  source    address not proved, so it may be forged (no handshake completed)",
        "  tool      looks like nmap (90% sure)",
        "  evidence  14.0 nats where 13.8 make a scan, from 1 contact: closed ports",
        "  done      would ban 10.77.1.50 for 10 min: forgeable evidence",
        "  scan      sw-3f2a9c51d07b44e1 · severity 2 of 5 · 2026-01-02 03:04:05 UTC ·",
        "            T1046",
    ]


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        (
            {"pattern": "horizontal", "targets": [{"address": host, "tcp": "80"} for host in HOSTS]},
            "10.77.1.50 swept 59 hosts for tcp 80 in 0.4 s (TCP SYN)",
        ),
        (
            {"pattern": "strobe", "targets": [{"address": host, "tcp": "22,80"} for host in HOSTS]},
            "10.77.1.50 scanned 59 hosts for tcp 22, 80 in 0.4 s (TCP SYN)",
        ),
        (
            {"pattern": "block", "targets": [{"address": host, "tcp": "1-100"} for host in HOSTS]},
            "10.77.1.50 scanned 100 ports of 59 hosts in 0.4 s (TCP SYN)",
        ),
        (
            {"pattern": "horizontal", "techniques": ["arp"], "targets": [{"address": host} for host in HOSTS]},
            "10.77.1.50 swept 59 hosts in 0.4 s (ARP)",
        ),
        (
            {"techniques": ["ip_protocol"], "targets": [{"address": "10.77.1.10", "ip_protocol": "0-255"}]},
            "10.77.1.50 scanned 256 IP protocols of 10.77.1.10 in 0.4 s (IP protocol)",
        ),
        (
            {
                "techniques": ["ip_protocol", "tcp_ack"],
                "targets": [{"address": "10.77.1.10", "tcp": "80", "ip_protocol": "0-255"}],
            },
            "10.77.1.50 scanned 256 IP protocols of 10.77.1.10 in 0.4 s (IP protocol and TCP",
        ),
        (
            {"techniques": ["tcp_syn", "udp"], "targets": [{"address": "10.77.1.10", "udp": "53"}]},
            "10.77.1.50 scanned 1 port of 10.77.1.10 in 0.4 s (TCP SYN and UDP)",
        ),
    ],
)
def test_the_headline_fits_the_shape(changes: dict[str, Any], headline: str) -> None:
    assert told(**changes)[0] == headline


def test_a_group_names_its_members_and_who_is_proved() -> None:
    text = "\n".join(told(GROUP))
    assert "2 addresses (one scanner hiding among forged sources) scanned" in text
    assert "fd77::5 (proved) and fd77::6" in text


def test_a_network_that_was_counted_as_one_is_named() -> None:
    source = {"address": "2001:db8::1", "prefix": "2001:db8::/64", "members": [], "verified": True}
    text = " ".join(" ".join(told(source=source)).split())
    assert "address proved by a completed handshake; counted with its network 2001:db8::/64" in text


def test_a_scan_that_learnt_nothing_says_so() -> None:
    lines = told(learnt_open=[], outcomes={"open": 0, "closed": 5, "filtered": 0, "unknown": 2})
    assert "  learnt    no open port (5 closed, 2 without a clear answer)" in lines


def test_an_open_port_of_many_hosts_is_said_once() -> None:
    everywhere = [{"address": host, "tcp": "80"} for host in HOSTS]
    text = " ".join(" ".join(told(targets=everywhere, learnt_open=everywhere, pattern="horizontal")).split())
    assert "learnt open: tcp 80 on 10.77.1.1, 10.77.1.2, 10.77.1.3, 10.77.1.4 and 55 more (990 closed" in text


def test_later_stages_of_a_scan_are_told_with_the_tool() -> None:
    text = " ".join(" ".join(told(stages=["ports", "version", "os"])).split())
    assert "looks like nmap (90% sure); it also asked for the versions of services and the operating system" in text


def test_hosts_with_different_ports_are_listed_one_by_one() -> None:
    targets = [{"address": host, "tcp": f"80-{80 + index}"} for index, host in enumerate(HOSTS)]
    text = " ".join(" ".join(told(targets=targets, pattern="block")).split())
    assert "10.77.1.1: tcp 80; 10.77.1.2: tcp 80-81; 10.77.1.3: tcp 80-82; 10.77.1.4: tcp 80-83; 55 more" in text


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J\x1b[31m", "a\nforged line", "\u202eexe.pdf", "\x9b2J", "\ud83d\ude08" * 900]
)
def test_text_from_the_network_cannot_leave_its_place(hostile: str) -> None:
    lines = told(
        tool={"name": hostile, "confidence": 0.9},
        sensor=hostile,
        attack=[hostile],
        evidence=CLOSED["evidence"]
        | {"parts": [CLOSED["evidence"]["parts"][0] | {"rule": hostile, "contact": hostile}]},
        done=hostile,
    )
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("forged") for line in lines)


def test_lines_fit_80_columns_whatever_is_told() -> None:
    everywhere = [
        {"address": f"2001:db8:1:2:3:4:5:{host:x}", "tcp": ",".join(map(str, range(1, 200, 2)))} for host in range(99)
    ]
    lines = told(targets=everywhere, learnt_open=everywhere, pattern="block")
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) < 60


def test_what_is_listed_in_short_is_said_to_be() -> None:
    lines = told(targets=[{"address": "10.77.1.10", "tcp": "1-65535", "rounded": True}])
    assert lines[0] == "10.77.1.50 scanned 1,000 ports of 10.77.1.10 in 0.4 s (TCP SYN)"
    assert "  touched   tcp 1-65535; ports left out so far are told when it closes" in lines
