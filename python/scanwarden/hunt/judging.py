"""Put together what the parts of an archive gave: merge sums over sources, fold groups, order by time."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from scanwarden._core import _native
from scanwarden.extras import optional
from scanwarden.formats import native
from scanwarden.hunt.detecting import SENSOR
from scanwarden.hunt.errors import HuntError
from scanwarden.model.address import Address
from scanwarden.model.detection import Closed, Detection, Evidence, GroupKind, Member, Outcomes, Source, Target
from scanwarden.model.ports import Ports
from scanwarden.model.time import NS_PER_S

DEFAULT_THRESHOLD_NATS = 13.815_511  # ln(1e6), the detector's own
FEWEST_DECOYS = 3
DECOY_WINDOW_NS = 60 * NS_PER_S  # decoys are sent between the probes of the real source
FEWEST_DISTRIBUTED = 8
DISTRIBUTED_WINDOW_NS = 600 * NS_PER_S
DISTINCT_SHARE = 0.9
MOST_MEMBERS = 256
MOST_TARGETS = 256


def judge(files: Sequence[Path], *, threshold_nats: float | None) -> list[Closed]:
    """Read findings and give every scan of the archive, the first to begin first."""
    judge = _native.WideJudge()
    single: list[Closed] = []
    pq = optional("pyarrow.parquet", extra="hunt")
    for path in files:
        table = pq.read_table(path, columns=["record", "sum"], partitioning=None)
        for total in table["sum"].drop_null():
            judge.add(total.as_py())
        single += (_closed(record.as_py().encode()) for record in table["record"].drop_null())
    wide = [_closed(record) for record in judge.records(threshold_nats or DEFAULT_THRESHOLD_NATS, SENSOR)]
    return sorted([*fold_groups(single), *wide], key=lambda one: (one.first_seen, one.id))


def fold_groups(scans: Iterable[Closed]) -> list[Closed]:
    """Put scans that belong together into groups; the members' own scans stay in the list, as parts of the group.

    *decoys*: sources that touched the same ports of the same hosts within a minute, because a scanner hides among
    forged ones (nmap -D); at most one is real, and none is convicted. *distributed*: sources that shared out the ports
    of the same hosts, hardly one twice.
    """
    apart: list[Closed] = []
    rest: list[Closed] = []
    for cluster in _alike(scans, _touched, DECOY_WINDOW_NS):
        is_group = len(cluster) >= FEWEST_DECOYS and min(one.outcomes.contacts for one in cluster) >= FEWEST_DECOYS
        if is_group:
            apart += _folded(cluster, "decoys")
        else:
            rest += cluster
    for cluster in _alike(rest, _aimed_at, DISTRIBUTED_WINDOW_NS):
        is_group = len(cluster) >= FEWEST_DISTRIBUTED and _is_shared_out(cluster)
        apart += _folded(cluster, "distributed") if is_group else cluster
    return apart


def _alike(scans: Iterable[Closed], name: Callable[[Closed], bytes], window_ns: int) -> Iterator[list[Closed]]:
    """Yield clusters of unproved sources with one name that began and ended within a time of each other."""
    named: dict[bytes, list[Closed]] = defaultdict(list)
    for scan in scans:
        if scan.source.verified:
            yield [scan]
        else:
            named[name(scan)].append(scan)
    for candidates in named.values():
        yield from _within(sorted(candidates, key=lambda one: (one.first_seen, one.id)), window_ns)


def _aimed_at(scan: Detection) -> bytes:
    """Name the hosts a scan touched and how."""
    what = [[str(one.address) for one in scan.targets], scan.techniques]
    return hashlib.blake2b(msgspec.json.encode(what), digest_size=16).digest()


def _is_shared_out(cluster: Sequence[Closed]) -> bool:
    """Say whether sources of the same hosts hardly touched a port twice (Gates, NDSS 2009: little overlap)."""
    touched = [_ports(scan) for scan in cluster]
    return len(set().union(*touched)) >= DISTINCT_SHARE * sum(map(len, touched))


def _ports(scan: Detection) -> set[tuple[str, str, int]]:
    return {
        (str(target.address), kind, port)
        for target in scan.targets
        for kind, ports in target.touched.items()
        for port in ports
    }


def _touched(scan: Detection) -> bytes:
    """Name what a scan touched and how: the same for every decoy."""
    what = [(str(one.address), {kind: str(ports) for kind, ports in one.touched.items()}) for one in scan.targets]
    return hashlib.blake2b(msgspec.json.encode([what, scan.techniques]), digest_size=16).digest()


def _within(scans: Sequence[Closed], window_ns: int) -> list[list[Closed]]:
    clusters: list[list[Closed]] = []
    for scan in scans:
        last = clusters[-1][0] if clusters else None
        is_near = last is not None and (
            scan.first_seen - last.first_seen <= window_ns and abs(scan.last_seen - last.last_seen) <= window_ns
        )
        if is_near:
            clusters[-1].append(scan)
        else:
            clusters.append([scan])
    return clusters


def _folded(cluster: Sequence[Closed], kind: GroupKind) -> list[Closed]:
    first = cluster[0]
    members = tuple(
        Member(address=scan.source.address, verified=False) for scan in cluster if scan.source.address is not None
    )
    name = "\0".join(scan.id for scan in cluster)
    group = msgspec.structs.replace(
        first,
        id=f"sw-{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}",
        time=max(scan.time for scan in cluster),
        last_seen=max(scan.last_seen for scan in cluster),
        source=Source(address=None, prefix=None, members=members[:MOST_MEMBERS], verified=False),
        group=kind,
        targets=_targets(cluster),
        outcomes=Outcomes(
            open=sum(scan.outcomes.open for scan in cluster),
            closed=sum(scan.outcomes.closed for scan in cluster),
            filtered=sum(scan.outcomes.filtered for scan in cluster),
            unknown=sum(scan.outcomes.unknown for scan in cluster),
        ),
        probes=sum(scan.probes for scan in cluster),
        packets=sum(scan.packets for scan in cluster),
        evidence=Evidence(
            nats=round(sum(scan.evidence.nats for scan in cluster), 2),
            threshold=first.evidence.threshold,
            parts=first.evidence.parts,
            parts_left_out=sum(scan.evidence.parts_left_out for scan in cluster),
        ),
    )
    return [group, *(msgspec.structs.replace(scan, part_of=group.id) for scan in cluster)]


def _targets(cluster: Sequence[Closed]) -> tuple[Target, ...]:
    """Unite what the members touched, host by host."""
    found: dict[Address, dict[str, list[Ports]]] = defaultdict(lambda: defaultdict(list))
    for scan in cluster:
        for target in scan.targets:
            for kind, ports in target.touched.items():
                found[target.address][kind].append(ports)
    united = (
        Target.of(address, {kind: Ports.united(many) for kind, many in kinds.items()})
        for address, kinds in sorted(found.items())
    )
    return tuple(islice(united, MOST_TARGETS))


def _closed(record: bytes) -> Closed:
    scan = native.decode(record)
    if not isinstance(scan, Closed):
        raise HuntError(f"a finding is a {type(scan).__name__}, not a closed scan", remedy="name another --output")
    return scan
