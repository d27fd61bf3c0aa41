"""What the detector sees is spooled for the fleet, and losing it is said once."""

import asyncio
from pathlib import Path

from scanwarden._core import _native
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.daemon.sightings import SightingsTap
from scanwarden.store.sightings import SPOOL, SightingsSpool, read_segment

NOW_NS = 1_760_000_000_000_000_000
ROW_BYTES = 54


def touch(core: _native.Detector, port: int) -> None:
    core.observe_trapped(
        time_ns=NOW_NS,
        source="203.0.113.5",
        target="192.0.2.1",
        protocol="tcp",
        port=port,
        weight_nats=7.0,
        is_verified=False,
    )


def test_contacts_reach_the_spool_once(tmp_path: Path) -> None:
    core = _native.Detector(b'{"sightings": 100}')
    tap = SightingsTap(core, FleetSettings(folder=tmp_path), on_trouble=lambda *_: None)
    touch(core, 23)
    asyncio.run(tap.look())
    asyncio.run(tap.look())
    (segment,) = SightingsSpool(tmp_path / SPOOL, max_bytes=1 << 20).segments()
    assert [len(piece.rows) for piece in read_segment(segment)] == [ROW_BYTES]


def test_without_a_fleet_nothing_is_kept(tmp_path: Path) -> None:
    core = _native.Detector(b"{}")
    touch(core, 23)
    asyncio.run(SightingsTap(core, FleetSettings(folder=tmp_path), on_trouble=lambda *_: None).look())
    assert not (tmp_path / SPOOL).exists()


def test_a_spool_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / SPOOL).write_text("a file is in the way")
    told: list[str] = []
    core = _native.Detector(b'{"sightings": 100}')
    tap = SightingsTap(core, FleetSettings(folder=tmp_path), on_trouble=lambda kind, _: told.append(kind))
    for port in (23, 24):
        touch(core, port)
        asyncio.run(tap.look())
    assert told == ["sightings_lost"]
