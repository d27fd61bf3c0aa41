"""Filters, pages and charts say what a plain walk over the records says."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanwarden.config.sections.store import StoreSettings
from scanwarden.errors import StoreError
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed
from scanwarden.model.time import NS_PER_S
from scanwarden.store import Reader, ScanFilter, Store
from scanwarden.store.keys import neighbourhood
from tests.unit.store.records import HOUR_NS, START, banned, decided, random_scan, scan_id, statement

SCANS = 400
DAYS = 3
END = START.plus(DAYS * 86_400)
# How many scans the speed test stores; the figures in the documentation are of 100,000.
MANY = int(os.environ.get("SCANWARDEN_STORED_SCANS", "5000"))


@pytest.fixture(scope="module")
def records() -> list[Closed]:
    chance = random.Random(3)
    return [random_scan(number, chance, span_s=DAYS * 86_400 - 60) for number in range(SCANS)]


@pytest.fixture(scope="module")
def reader(records: list[Closed], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    store = Store(StoreSettings(path=tmp_path_factory.mktemp("store") / "store.db"), now_ns=lambda: int(END))
    for record in records:
        store.add(record)
    assert store.flush(120)
    store.close()
    with store.reader() as opened:
        yield opened


def touches(record: Closed, port: int, protocol: str | None) -> bool:
    touched = {kind: ports for target in record.targets for kind, ports in target.touched.items()}
    return any(port in ports for kind, ports in touched.items() if protocol in (None, kind))


def is_wanted(record: Closed, wanted: ScanFilter) -> bool:
    """Judge a record by a filter, one condition after the other."""
    address = record.source.address
    assert address is not None
    words = f"{address} {record.source.prefix} {record.tool.name if record.tool else ''} {record.sensor} {record.id}"
    return all(
        (
            wanted.since is None or record.last_seen >= wanted.since,
            wanted.until is None or record.time <= wanted.until,
            wanted.source is None or wanted.source.contains(address),
            not wanted.techniques or set(wanted.techniques) & set(record.techniques),
            wanted.minimum_severity is None or record.severity >= wanted.minimum_severity,
            wanted.port is None or touches(record, wanted.port, wanted.protocol),
            wanted.protocol is None or any(wanted.protocol in target.touched for target in record.targets),
            wanted.text is None or wanted.text.lower() in words.lower(),
            wanted.is_open in (None, False),
        )
    )


FILTERS = [
    ScanFilter(),
    ScanFilter(since=START.plus(86_400)),
    ScanFilter(until=START.plus(86_400)),
    ScanFilter(since=START.plus(86_400), until=START.plus(90_000)),
    ScanFilter(source=Prefix.parse("203.0.0.0/16")),
    ScanFilter(source=Prefix.parse("0.0.0.0/0")),
    ScanFilter(source=Prefix.parse("2001:db8::/32")),
    ScanFilter(techniques=("udp", "tcp_fin")),
    ScanFilter(minimum_severity=4),
    ScanFilter(port=22),
    ScanFilter(port=500),
    ScanFilter(port=53, protocol="udp"),
    ScanFilter(port=53, protocol="tcp"),
    ScanFilter(protocol="udp"),
    ScanFilter(protocol="sctp"),
    ScanFilter(text="NMAP"),
    ScanFilter(text="203.0"),
    ScanFilter(text="%"),
    ScanFilter(text="eth_"),
    ScanFilter(is_open=True),
    ScanFilter(is_open=False, minimum_severity=3, port=80, techniques=("tcp_syn",), text="masscan"),
]


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_a_filter_finds_what_a_walk_over_all_scans_finds(
    reader: Reader, records: list[Closed], wanted: ScanFilter
) -> None:
    expected = sorted((one for one in records if is_wanted(one, wanted)), key=lambda one: -one.time)
    found = reader.scans(wanted, limit=SCANS + 1)
    assert [row.id for row in found.scans] == [one.id for one in expected]
    assert found.next is None
    assert reader.count(wanted) == len(expected)


@pytest.mark.parametrize("limit", [1, 7, 399, 400, 401])
def test_pages_join_to_the_whole_list(reader: Reader, limit: int) -> None:
    whole = [row.id for row in reader.scans(limit=1000).scans]
    joined: list[str] = []
    after = None
    while True:
        page = reader.scans(after=after, limit=limit)
        assert 0 < len(page.scans) <= limit
        joined += [row.id for row in page.scans]
        after = page.next
        if after is None:
            break
    assert joined == whole


def test_a_new_scan_does_not_move_the_pages_behind_the_first(tmp_path: Path) -> None:
    store = Store(StoreSettings(path=tmp_path / "store.db"), now_ns=lambda: int(END))
    for number in range(6):
        store.add(statement(number, at_s=number))
    assert store.flush(60)
    with store.reader() as reader:
        first = reader.scans(limit=3)
        store.add(statement(7, at_s=100))
        store.add(statement(0, "closed", at_s=101))
        assert store.flush(60)
        assert [row.id for row in reader.scans(after=first.next, limit=3).scans] == [scan_id(2), scan_id(1), scan_id(0)]
        assert reader.scans(limit=1).scans[0].id == scan_id(7)
    store.close()


@pytest.mark.parametrize("after", ["", "1", "1.", "x.1", "1.-1", "1.99999999999999999999", "1.2.3", "१.1"])
def test_a_made_up_mark_of_a_page_is_refused(reader: Reader, after: str) -> None:
    with pytest.raises(StoreError, match="mark of the next page"):
        reader.scans(after=after)


def test_the_overview_adds_up(reader: Reader, records: list[Closed]) -> None:
    overview = reader.overview(int(START), int(END))
    assert (overview.scans, overview.open_scans) == (SCANS, 0)
    assert overview.sources == len({str(one.source.address) for one in records})
    assert overview.probes == sum(one.probes for one in records)
    assert sum(bucket.scans for bucket in overview.timeline) == SCANS
    for severity in range(1, 6):
        counted = sum(bucket.by_severity[severity - 1] for bucket in overview.timeline)
        assert counted == sum(one.severity == severity for one in records)
    techniques = Counter(name for one in records for name in one.techniques)
    assert {one.name: one.count for one in overview.techniques_top} == dict(techniques.most_common(10)) | {
        one.name: one.count
        for one in overview.techniques_top
        if one.count == techniques[one.name]  # type: ignore[index]
    }
    networks = Counter(str(neighbourhood(one.source.address)) for one in records if one.source.address)
    assert [one.count for one in overview.networks_top] == [number for _, number in networks.most_common(10)]


def test_the_most_active_sources_come_first(tmp_path: Path) -> None:
    store = Store(StoreSettings(path=tmp_path / "store.db"), now_ns=lambda: int(START))
    for number, (source, probes) in enumerate([("192.0.2.1", 5), ("192.0.2.2", 9), ("192.0.2.1", 5), ("192.0.2.3", 7)]):
        store.add(statement(number, "closed", at_s=number, source=source, probes=probes))
    store.add(statement(9, source=None, members=("192.0.2.9",), group="decoys", probes=1))
    assert store.flush(60)
    with store.reader() as reader:
        ranked = [(one.name, one.count, one.probes) for one in reader.top_sources(int(START) - HOUR_NS, int(END))]
        assert ranked == [("192.0.2.1", 2, 10), ("192.0.2.2", 1, 9), ("192.0.2.3", 1, 7)]
        overview = reader.overview(int(START) - HOUR_NS, int(END))
        assert (overview.scans, overview.sources, overview.probes, overview.open_scans) == (5, 3, 27, 1)
        assert reader.overview(int(START) - HOUR_NS, int(START) + HOUR_NS).sources_top == overview.sources_top
    store.close()


def test_ports_by_hours_and_by_days_agree_with_a_walk(reader: Reader, records: list[Closed]) -> None:
    def walked(since: int, until: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        for one in records:
            if since <= one.time < until:
                for kind, ports in one.targets[0].touched.items():
                    counted.update([f"{kind}/{port}" for port in ports] if len(ports) <= 100 else [f"{kind}/*"])
        return counted

    midnight = (int(START) // (24 * HOUR_NS) + 1) * 24 * HOUR_NS
    long = {one.name: one.count for one in reader.top_ports(midnight - 24 * HOUR_NS, int(END), limit=1000)}
    for name in ("tcp/22", "tcp/443", "tcp/*", "udp/53"):
        assert long[name] == walked(0, 2**63)[name]
    day = {one.name: one.count for one in reader.top_ports(midnight, midnight + 24 * HOUR_NS - 1, limit=1000)}
    assert day["tcp/23"] == walked(midnight, midnight + 24 * HOUR_NS)["tcp/23"]


def test_the_heat_map_spreads_the_top_ports_over_time(reader: Reader) -> None:
    heat = reader.port_heat(int(START), int(END), span_s=6 * 3600, ports=5)
    assert heat.span_s == 6 * 3600
    assert len(heat.starts_at) == DAYS * 4
    assert len(heat.ports) == 5
    top = {one.name: one.count for one in reader.top_ports(int(START), int(END) - 1, limit=5)}
    assert {name: sum(row) for name, row in zip(heat.ports, heat.counts, strict=True)} == top


def test_a_timeline_is_bounded_however_short_its_spans(reader: Reader) -> None:
    buckets = reader.timeline(int(START), int(END), span_s=1)
    assert len(buckets) <= 2000
    assert sum(bucket.scans for bucket in buckets) == SCANS
    assert reader.timeline(int(END), int(START), span_s=60) == ()


def test_a_source_is_told_with_everything_in_its_network(reader: Reader, records: list[Closed]) -> None:
    network = Prefix.parse("203.0.0.0/16")
    inside = [one for one in records if one.source.address and network.contains(one.source.address)]
    summary = reader.source(network)
    assert (summary.scans, summary.probes) == (len(inside), sum(one.probes for one in inside))
    assert summary.first_seen == min(one.first_seen for one in inside)
    assert summary.last_seen == max(one.last_seen for one in inside)
    assert set(summary.techniques) == {name for one in inside for name in one.techniques}
    assert summary.highest_severity == max(one.severity for one in inside)
    unknown = reader.source(Prefix.parse("192.0.2.99"))
    assert (unknown.scans, unknown.first_seen, unknown.latest, unknown.bans) == (0, None, (), ())


def test_an_address_of_a_wider_source_is_found(tmp_path: Path) -> None:
    store = Store(StoreSettings(path=tmp_path / "store.db"), now_ns=lambda: int(END))
    store.add(statement(1, source="2001:db8::7", prefix="2001:db8::/64"))
    store.add(banned("2001:db8::/64"))
    assert store.flush(60)
    with store.reader() as reader:
        for asked, found in (("2001:db8::99", 1), ("2001:db8::/32", 1), ("2001:db8:0:1::1", 0)):
            summary = reader.source(Prefix.parse(asked))
            assert (summary.scans, len(summary.bans)) == (found, found)
    store.close()


def test_questions_about_many_scans_are_answered_fast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(1)
    month = START.plus(31 * 86_400)
    store = Store(StoreSettings(path=tmp_path / "store.db", queue=2 * MANY + 10), now_ns=lambda: int(month))
    for number in range(MANY):
        store.add(random_scan(number, chance))
        if number % 10 == 0:
            store.add(decided(number, at_s=number))
    assert store.flush(600)
    store.close()
    with store.reader() as reader:
        questions: dict[str, Callable[[], object]] = {
            "scans": reader.scans,
            "scans of a rare port": lambda: reader.scans(ScanFilter(port=60001)),
            "scans with a text": lambda: reader.scans(ScanFilter(text="nowhere")),
            "scans of a network": lambda: reader.scans(ScanFilter(source=Prefix.parse("203.0.0.0/16"))),
            "overview of a month": lambda: reader.overview(int(START), int(month)),
            "overview of a day": lambda: reader.overview(int(month) - 24 * HOUR_NS, int(month)),
            "ports over a month": lambda: reader.port_heat(int(START), int(month), span_s=86_400),
            "a source": lambda: reader.source(Prefix.parse("203.0.0.0/16")),
        }
        assert reader.count() == MANY
        assert reader.overview(int(START), int(month)).scans == MANY
        lines = [f"{MANY} stored scans, {store.state().file_bytes / MANY:.0f} bytes each"]
        for name, ask in questions.items():
            began = time.perf_counter_ns()
            ask()
            lines.append(f"  {name:24}{(time.perf_counter_ns() - began) / (NS_PER_S / 1000):8.1f} ms")
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201  (times are printed, not asserted)
