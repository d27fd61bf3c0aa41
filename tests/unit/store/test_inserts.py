"""Records become rows: the latest state of a scan, its history, and what came of it."""

from pathlib import Path

import pytest

from scanwarden.config.sections.store import StoreSettings
from scanwarden.model.address import Prefix
from scanwarden.model.records import Ready, Record
from scanwarden.store import Reader, Store
from scanwarden.store.inserts import MAX_STEPS
from tests.unit.store.records import (
    HOUR_NS,
    START,
    banned,
    decided,
    notice,
    scan_id,
    statement,
    unbanned,
)

END = START.plus(86_400)


def stored(path: Path, *records: Record) -> Reader:
    """Write records to a new store and open it."""
    store = Store(StoreSettings(path=path / "store.db"), now_ns=lambda: int(END))
    for record in records:
        store.add(record)
    assert store.flush(60)
    state = store.state()
    assert (state.is_degraded, state.refused, state.dropped, state.written) == (False, 0, 0, len(records))
    store.close()
    return store.reader()


def ports(reader: Reader) -> dict[str, int]:
    return {one.name: one.count for one in reader.top_ports(int(START), int(END), limit=1000)}


def test_a_scan_keeps_its_latest_state_and_its_history(tmp_path: Path) -> None:
    last = statement(event="closed", at_s=9, seen_s=(0, 9), techniques=("tcp_syn", "udp"), severity=4, probes=99)
    with stored(
        tmp_path,
        statement(at_s=1, seen_s=(0, 1)),
        statement(event="updated", at_s=5, seen_s=(0, 5), severity=3, reason="severity up"),
        decided(at_s=1, action="notify"),
        decided(at_s=5),
        last,
        banned(at_s=5),
    ) as reader:
        found = reader.scan(scan_id(1))
        assert found is not None
        assert found.statement == last
        assert [step.event for step in found.steps] == ["opened", "updated", "closed"]
        assert [step.severity for step in found.steps] == [2, 3, 4]
        assert found.steps[1].reason == "severity up"
        assert [decision.action for decision in found.decisions] == ["notify", "ban"]
        assert [ban.responder for ban in found.bans] == ["nftables"]
        row = found.row
        assert (row.opened_at, row.first_seen, row.last_seen) == (START.plus(1), START, START.plus(9))
        assert (row.is_open, row.severity, row.probes, row.techniques) == (False, 4, 99, ("tcp_syn", "udp"))
        assert (row.source, row.ports, row.tool, row.action) == ("203.0.113.7", "tcp 1-10", "nmap", "ban")
        assert (row.outcomes.closed, row.targets, row.learnt) == (8, 1, 1)
        assert reader.scan("sw-0000000000000099") is None


def test_an_older_statement_does_not_overwrite_a_newer_one(tmp_path: Path) -> None:
    with stored(tmp_path, statement(event="closed", at_s=9), statement(event="updated", at_s=5, severity=5)) as reader:
        found = reader.scan(scan_id(1))
        assert found is not None
        assert (found.row.is_open, found.row.severity) == (False, 2)
        assert len(found.steps) == 2


def test_the_history_of_a_scan_is_bounded(tmp_path: Path) -> None:
    records = [statement(event="updated", at_s=number) for number in range(MAX_STEPS + 20)]
    with stored(tmp_path, *records) as reader:
        found = reader.scan(scan_id(1))
        assert found is not None
        assert len(found.steps) == MAX_STEPS
        assert found.row.last_seen == records[-1].last_seen


def test_a_group_is_found_by_its_members_and_names_what_folded_into_it(tmp_path: Path) -> None:
    with stored(
        tmp_path,
        statement(1, source=None, members=("203.0.113.1", "198.51.100.2"), group="decoys"),
        statement(2, source="203.0.113.1", part_of=scan_id(1)),
    ) as reader:
        group = reader.scan(scan_id(1))
        assert group is not None
        assert (group.row.source, group.row.members, group.row.group) == (None, 2, "decoys")
        assert group.folded == (scan_id(2),)
        assert reader.source(Prefix.parse("198.51.100.2")).scans == 1
        assert reader.source(Prefix.parse("203.0.113.1")).scans == 2
        assert [one.name for one in reader.top_networks(int(START), int(END))] == []


def test_a_ban_ends_when_it_is_lifted_renewed_or_expired(tmp_path: Path) -> None:
    with stored(
        tmp_path,
        banned("203.0.113.1", at_s=0),
        unbanned("203.0.113.1", at_s=60),
        banned("203.0.113.2", at_s=0),
        banned("203.0.113.2", at_s=100, duration_s=3600),
        banned("203.0.113.3", at_s=0),
        banned("203.0.113.3", at_s=0, responder="hosts_deny"),
        banned("2001:db8::/64", at_s=0, duration_s=7200, number=None, forgeable=True),
    ) as reader:
        listed = [(str(ban.source), ban.responder) for ban in reader.bans(int(START.plus(120)))]
        assert sorted(listed) == [
            ("2001:db8::/64", "nftables"),
            ("203.0.113.2/32", "nftables"),
            ("203.0.113.3/32", "hosts_deny"),
            ("203.0.113.3/32", "nftables"),
        ]
        restored = reader.bans_to_restore(int(START.plus(120)))
        assert [str(ban.source) for ban in restored] == ["2001:db8::/64", "203.0.113.2/32", "203.0.113.3/32"]
        assert (restored[0].spare_established, restored[0].id, restored[1].duration_s) == (True, None, 3600)
        assert [str(ban.source) for ban in reader.bans_to_restore(int(START.plus(650)))] == [
            "2001:db8::/64",
            "203.0.113.2/32",
        ]
        assert reader.bans(int(START.plus(7200))) == ()
        lifted, *_ = reader.source(Prefix.parse("203.0.113.1")).bans
        assert (lifted.ended_at, lifted.end_reason) == (START.plus(60), "lifted by root")


def test_standings_count_what_ended_by_itself_on_proved_evidence(tmp_path: Path) -> None:
    first, second = "203.0.113.7", "203.0.113.8"
    records: list[Record] = [
        banned(first, at_s=0),
        banned(first, at_s=0, responder="hosts_deny"),
        banned(first, at_s=1000),
        banned(second, at_s=0),
        unbanned(second, at_s=60),
        banned("203.0.113.9", forgeable=True),
    ]
    with stored(tmp_path, *records) as reader:
        assert reader.standings(int(START), limit=10) == ((Prefix.parse(first), 2, START.plus(1600)),)
        assert reader.standings(int(START.plus(2000)), limit=10) == ()


def test_the_place_on_the_ladder_counts_proved_bans_of_the_source_once_each(tmp_path: Path) -> None:
    source = Prefix.parse("203.0.113.7")
    with stored(
        tmp_path,
        banned(at_s=0),
        banned(at_s=0, responder="hosts_deny"),
        banned(at_s=700),
        banned(at_s=1400, forgeable=True),
        banned("203.0.113.8", at_s=0),
    ) as reader:
        assert reader.earlier_bans(source, int(START)) == 2
        assert reader.earlier_bans(source, int(START.plus(1))) == 1


def test_notices_are_listed_newest_first_and_by_kind(tmp_path: Path) -> None:
    with stored(tmp_path, notice("flood", at_s=1), notice("drops", at_s=2), notice("flood", at_s=3)) as reader:
        assert [one.time for one in reader.notices()] == [START.plus(3), START.plus(2), START.plus(1)]
        assert [one.kind for one in reader.notices(kind="drops")] == ["drops"]
        assert len(reader.notices(since=int(START.plus(2)))) == 2


def test_a_port_counts_once_for_every_source(tmp_path: Path) -> None:
    with stored(
        tmp_path,
        statement(1, at_s=0, tcp="22,23"),
        statement(1, "updated", at_s=5, tcp="22-24"),
        statement(1, "closed", at_s=9, tcp="22-24", udp="53"),
        statement(2, at_s=20, source="198.51.100.1", tcp="22"),
    ) as reader:
        assert ports(reader) == {"tcp/22": 2, "tcp/23": 1, "tcp/24": 1, "udp/53": 1}


def test_a_second_scan_of_the_same_source_in_the_same_hour_adds_only_new_ports(tmp_path: Path) -> None:
    with stored(
        tmp_path, statement(1, "closed", at_s=0, tcp="22,23"), statement(2, "closed", at_s=1000, tcp="23,24")
    ) as reader:
        assert ports(reader) == {"tcp/22": 1, "tcp/23": 1, "tcp/24": 1}


def test_a_wide_scan_counts_as_one_that_sought_everything(tmp_path: Path) -> None:
    with stored(
        tmp_path,
        statement(1, at_s=0, tcp="1-3"),
        statement(1, "updated", at_s=1, tcp="1-1000"),
        statement(1, "closed", at_s=2, tcp="1-2000"),
        statement(2, source="198.51.100.1", tcp="1-65535"),
    ) as reader:
        assert ports(reader) == {"tcp/1": 1, "tcp/2": 1, "tcp/3": 1, "tcp/*": 2}


def test_a_flood_of_ports_is_counted_within_the_cap(tmp_path: Path) -> None:
    records = [
        statement(
            number, source=f"198.51.{number // 250}.{number % 250 + 1}", tcp=f"{number * 90 + 1}-{number * 90 + 90}"
        )
        for number in range(30)
    ]
    with stored(tmp_path, *records) as reader:
        found = ports(reader)
        assert len(found) <= 1024
        assert len(found) > 900
        assert "" not in found


def test_techniques_count_when_a_scan_first_uses_them(tmp_path: Path) -> None:
    with stored(
        tmp_path,
        statement(1, techniques=("tcp_syn",)),
        statement(1, "updated", at_s=5, techniques=("tcp_syn", "udp")),
        statement(2, source="198.51.100.1", techniques=("udp",)),
    ) as reader:
        found = {one.name: one.count for one in reader.top_techniques(int(START), int(START) + HOUR_NS)}
        assert found == {"udp": 2, "tcp_syn": 1}


@pytest.mark.parametrize("text", ["x" * 5000, "\0null", "'; DROP TABLE scans; --"])
def test_odd_text_from_the_network_is_stored_and_found(tmp_path: Path, text: str) -> None:
    with stored(tmp_path, statement(tool="x" + text), notice(text=text)) as reader:
        row = reader.scans().scans[0]
        assert row.tool is not None
        assert row.tool.startswith("x")
        assert len(row.tool) <= 1000
        assert len(reader.notices()) == 1


def test_a_record_that_cannot_be_written_is_counted_and_holds_up_nothing(tmp_path: Path) -> None:
    store = Store(StoreSettings(path=tmp_path / "store.db"), now_ns=lambda: int(END))
    for record in (statement(1), notice(text="lone \ud800"), statement(2), statement(3, probes=2**70)):
        store.add(record)
    assert store.flush(60)
    assert (store.state().written, store.state().refused, store.state().is_degraded) == (3, 1, False)
    store.close()
    with store.reader() as reader:
        assert reader.count() == 3


def test_a_record_that_only_says_ready_leaves_no_trace(tmp_path: Path) -> None:
    with stored(tmp_path, Ready(time=START, sensor="capture:eth0", home=(), mode="observe")) as reader:
        assert reader.count() == 0
