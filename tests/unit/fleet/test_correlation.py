"""A correlator believes who signed, counts each host once, and bans only what enough hosts report."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scanwarden.fleet.correlation import Correlation, CorrelationSettings
from scanwarden.fleet.messages import FleetBan, sign
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.store.sightings import PARTITIONS
from tests.fleethosts import Host, pings, rows, tampered

NOW_NS = 1_760_000_000_000_000_000
SECOND_NS = 1_000_000_000
SCANNER = "203.0.113.5"
FORGED = int(os.environ.get("SCANWARDEN_FLEET_FORGED", "100000"))


class Fleet:
    """Some hosts and the correlations of all partitions, without a bus."""

    def __init__(self, folder: Path, hosts: int, settings: CorrelationSettings | None = None) -> None:
        self.settings = settings or CorrelationSettings()
        self.hosts = [Host(f"host{number}", folder) for number in range(hosts)]
        self.verifiers = {host.name: host.verifier for host in self.hosts}
        self.parts = [Correlation(part, self.settings) for part in range(PARTITIONS)]
        self.bans: list[FleetBan] = []

    def take(self, messages: list[tuple[int, bytes]], now_ns: int) -> None:
        for partition, payload in messages:
            self.bans += self.parts[partition].observe(payload, now_ns, self.verifiers).bans

    def see(self, host: int, *probes: tuple[str, str, int], now_ns: int = NOW_NS) -> None:
        self.take(self.hosts[host].messages(rows(probes, now_ns=now_ns), now_ns=now_ns), now_ns)

    def sweep(self, hosts: int, source: str = SCANNER) -> None:
        for number in range(hosts):
            self.see(number, (source, f"192.0.2.{number}", 22), now_ns=NOW_NS + number * SECOND_NS)

    @property
    def banned(self) -> set[str]:
        return {str(ban.source.address) for ban in self.bans}

    def tally(self, host: str, field: str) -> int:
        found = (part.hosts().get(host) for part in self.parts)
        return sum(getattr(tally, field) for tally in found if tally is not None)


def one_message(host: Host, source: str = SCANNER) -> tuple[int, bytes]:
    (message,) = host.messages(rows([(source, "192.0.2.1", 22)], now_ns=NOW_NS), now_ns=NOW_NS)
    return message


def test_a_sweep_of_one_probe_a_host_is_banned_by_the_fourth(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 20)
    fleet.sweep(3)
    assert fleet.banned == set()
    fleet.sweep(20)
    assert [(ban.hosts, str(ban.source)) for ban in fleet.bans] == [(4, "203.0.113.5/32")]


def test_a_ping_in_front_of_each_probe_hides_nothing(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 4)
    for number in range(4):
        for packed in (pings([SCANNER], now_ns=NOW_NS), rows([(SCANNER, f"192.0.2.{number}", 22)], now_ns=NOW_NS)):
            fleet.take(fleet.hosts[number].messages(packed, now_ns=NOW_NS), NOW_NS)
    assert fleet.banned == {SCANNER}


def test_pings_alone_ban_nobody_however_many_hosts_tell(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 60)
    for host in fleet.hosts:
        fleet.take(host.messages(pings([SCANNER], now_ns=NOW_NS), now_ns=NOW_NS), NOW_NS)
    assert fleet.tally("host59", "counted") == 1
    assert fleet.banned == set()


def test_a_quorum_above_that_waits_for_more_hosts(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 20, CorrelationSettings(quorum=8))
    fleet.sweep(7)
    assert fleet.banned == set()
    fleet.sweep(20)
    assert fleet.banned == {SCANNER}
    assert min(ban.hosts for ban in fleet.bans) >= 8


def test_two_hosts_convict_nobody_whatever_they_say(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 3)
    fleet.see(0, *[(SCANNER, f"192.0.2.{number}", port) for number in range(10) for port in range(50)])
    fleet.see(1, *[(SCANNER, "192.0.2.99", port) for port in range(50)])
    assert fleet.banned == set()


@pytest.mark.parametrize("change", [tampered, lambda payload: payload[:-3], lambda _: b"", lambda _: b"\xc1\xc1"])
def test_what_is_not_signed_by_a_host_is_counted_and_no_more(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    fleet = Fleet(tmp_path, 1)
    partition, payload = one_message(fleet.hosts[0])
    fleet.take([(partition, change(payload))], NOW_NS)
    assert fleet.parts[partition].unsigned == 1
    assert fleet.tally("host0", "counted") == 0


def test_who_has_not_joined_or_speaks_for_another_is_not_heard(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 4)
    for host in (Host("stranger", tmp_path), Host("host1", tmp_path / "other")):
        fleet.take([one_message(host)], NOW_NS)
    assert sum(part.unsigned for part in fleet.parts) == 2


def test_a_ban_does_not_serve_as_sightings(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    ban = FleetBan(source=Prefix.parse(SCANNER), scan="sw-0", decided_ns=1, expires_ns=2, hosts=3)
    fleet.take([(0, sign(ban, fleet.hosts[0].key))], NOW_NS)
    assert fleet.parts[0].unsigned == 1


def test_a_message_counts_once_and_not_after_a_day(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    message = one_message(fleet.hosts[0])
    fleet.take([message, message], NOW_NS)
    assert (fleet.tally("host0", "counted"), fleet.tally("host0", "replayed")) == (1, 1)
    fleet.take([one_message(fleet.hosts[0], "203.0.113.6")], NOW_NS + 25 * 3600 * SECOND_NS)
    assert (fleet.tally("host0", "counted"), fleet.tally("host0", "refused")) == (1, 1)


def test_a_message_is_refused_in_another_partition(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    partition, payload = one_message(fleet.hosts[0])
    fleet.take([((partition + 1) % PARTITIONS, payload)], NOW_NS)
    assert fleet.tally("host0", "counted") == 0


def test_a_hostile_host_is_held_to_its_quota_and_bans_nobody(tmp_path: Path) -> None:
    quota = 6000
    fleet = Fleet(tmp_path, 20, CorrelationSettings(quota_per_minute=quota))
    protected = [f"192.0.2.{number}" for number in range(1, 21)]
    victims = [*protected, *(f"198.18.{n // 250}.{n % 250}" for n in range(2000))]
    for begin in range(0, FORGED, 10_000):
        probes = [(victims[n % len(victims)], f"203.0.113.{n % 250}", n % 60_000) for n in range(begin, begin + 10_000)]
        fleet.take(fleet.hosts[0].messages(rows(probes, now_ns=NOW_NS), now_ns=NOW_NS), NOW_NS)
    heard = sum(fleet.tally("host0", field) for field in ("counted", "refused"))
    assert heard <= quota
    assert fleet.tally("host0", "over_quota") >= FORGED - quota
    assert fleet.banned == set()
    fleet.sweep(20)  # the others are heard as before
    assert fleet.banned == {SCANNER}


def test_what_the_correlator_allows_is_not_banned(tmp_path: Path) -> None:
    allowed = PrefixTable({Prefix.parse("203.0.113.0/24"): "allowed"})
    fleet = Fleet(tmp_path, 20, CorrelationSettings(allowlist=allowed))
    fleet.sweep(20)
    assert fleet.banned == set()


def test_the_same_messages_give_the_same_again(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 20)
    told: list[tuple[int, bytes, int]] = []
    for number, host in enumerate(fleet.hosts):
        now_ns = NOW_NS + number * SECOND_NS
        probes = [(SCANNER, f"192.0.2.{number}", 22), (f"198.18.0.{number}", "192.0.2.1", 80)]
        told += [(*message, now_ns) for message in host.messages(rows(probes, now_ns=now_ns), now_ns=now_ns)]

    def outcomes() -> list[object]:
        parts = [Correlation(part, fleet.settings) for part in range(PARTITIONS)]
        return [parts[part].observe(payload, now_ns, fleet.verifiers) for part, payload, now_ns in told]

    assert outcomes() == outcomes()
