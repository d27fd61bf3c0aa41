"""What `fleet status` prints: hosts in trouble first, within eighty columns."""

from scanwarden.cli.fleet import told
from scanwarden.fleet.messages import HostReport
from scanwarden.fleet.overview import HostView, Overview

NOW_NS = 1_760_000_000_000_000_000


def report(host: str, *, applied: int = 0, refused: int = 0) -> HostReport:
    return HostReport(host=host, time_ns=NOW_NS, bans_applied=applied, bans_refused=refused)


def test_hosts_in_trouble_come_first_and_every_line_fits() -> None:
    view = Overview(
        hosts=[
            HostView(host="db1", report=report("db1", applied=2, refused=1), counted=7),
            HostView(host="web1", report=report("web1"), counted=123_456, over_quota=1_000_000),
            HostView(host="web2"),
        ],
        correlators={"bus1-4711": 15},
        free_partitions=1,
        bans=2,
        unsigned=3,
        refused_enrolments=1,
    )
    assert told(view, NOW_NS).splitlines() == [
        "3 hosts, 2 bans",
        "correlators: bus1-4711 (15)",
        "1 of the partitions has no correlator: start `scanwarden correlate`",
        "3 messages signed by nobody who has joined",
        "1 enrolment did not hold",
        "  web1                   123,456 contacts  1,000,000 contacts over its quota",
        "  web2                         0 contacts  silent",
        "  db1                          7 contacts  well: 2 bans, 1 refused",
    ]
    assert max(map(len, told(view, NOW_NS).splitlines())) <= 80


def test_a_fleet_without_anybody_says_so() -> None:
    view = Overview(hosts=[], correlators={}, free_partitions=16, bans=0, unsigned=0, refused_enrolments=0)
    assert told(view, NOW_NS).splitlines()[:2] == ["0 hosts, 0 bans", "correlators: none"]
    assert "16 of the partitions have no correlator" in told(view, NOW_NS)
