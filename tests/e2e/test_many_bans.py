"""Many bans are put in quickly, one more costs little, and `status` answers at once.

The full count is `make soak`, which sets SCANWARDEN_BANS.
"""

import os
import time
from pathlib import Path
from statistics import median

import pytest

from scanwarden.config.sections.store import StoreSettings
from scanwarden.lab import Lab
from scanwarden.model.address import Address, Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned
from scanwarden.model.time import Timestamp
from scanwarden.responders.nftables import NftablesResponder
from scanwarden.store import Store
from tests.e2e.responders.guard import Guard, wait_until
from tests.e2e.service_host import serving
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel

BANS = int(os.environ.get("SCANWARDEN_BANS", "10000"))
ONE_MORE = 20
ASKED = 40
ASKED_EVERY_S = 0.1  # longer than the sensor needs to be told of the bans


def source_of(number: int) -> str:
    return str(Address((0x0B00_0000 + number).to_bytes(4, "big")))


def test_many_bans_are_loaded_and_one_more_is_added(lab: Lab) -> None:
    guard = Guard(NftablesResponder(max_bans=BANS + ONE_MORE), lab.guarded)
    guard.prepare()
    try:
        batch = [ban_of(source_of(number)) for number in range(BANS)]
        began_s = time.monotonic()
        assert len(guard.ban(batch).in_force) == BANS
        loaded_s = time.monotonic() - began_s
        added_s = []
        for number in range(ONE_MORE):
            began_s = time.monotonic()
            assert len(guard.ban([ban_of(source_of(BANS + number))]).in_force) == 1
            added_s.append(time.monotonic() - began_s)
        assert guard.active_count == BANS + ONE_MORE
        assert all(guard.is_in_force(source_of(number)) for number in (0, BANS // 2, BANS + ONE_MORE - 1))
    finally:
        guard.cleanup()
    print(  # noqa: T201 figures for whoever runs this
        f"{BANS:,} bans loaded in {loaded_s:.2f} s, "
        f"one more in {median(added_s) * 1000:.1f} ms, {max(added_s) * 1000:.1f} ms at most"
    )


def written_down(database: Path) -> None:
    """Write the bans of an earlier run into its database."""
    now = Timestamp(time.time_ns())
    store = Store(StoreSettings(path=database))
    for number in range(BANS):
        store.add(
            Banned(
                id=None,
                time=now,
                source=Prefix.parse(f"{source_of(number)}/32"),
                duration_s=86_400,
                expires_at=now.plus(86_400),
                reason="an earlier run",
                responder="nftables",
                forgeable=False,
            )
        )
        if number % 1000 == 0:
            assert wait_until(lambda: store.state().queued < 1000)
    store.close()


def test_status_answers_at_once_however_many_are_banned(lab: Lab) -> None:
    with serving(lab, earlier=written_down) as service:
        service.wait(lambda: service.client.status().bans_in_force == BANS)
        took_s = []
        for _ in range(ASKED):
            began_s = time.monotonic()
            status = service.client.status()
            took_s.append(time.monotonic() - began_s)
            assert status.bans_in_force == BANS
            assert not [gap for gap in status.gaps if "sensor" in gap], "it is told of the bans, and stays"
            time.sleep(ASKED_EVERY_S)
        added_s = []
        for number in range(ONE_MORE):
            began_s = time.monotonic()
            service.ban(f"198.51.100.{100 + number}")
            added_s.append(time.monotonic() - began_s)
        assert service.client.status().bans_in_force == BANS + ONE_MORE
        assert service.in_kernel("198.51.100.100")
        assert service.in_kernel(source_of(BANS - 1))
        (restored,) = [notice for notice in service.records(Notice) if notice.kind == "bans_restored"]
        assert restored.counts["bans"] == BANS
    print(  # noqa: T201 figures for whoever runs this
        f"with {BANS:,} bans: a start puts them in force in {restored.counts['took_ms'] / 1000:.1f} s, "
        f"status in {max(took_s) * 1000:.0f} ms at most, "
        f"one more by hand and on the disk in {median(added_s) * 1000:.1f} ms, {max(added_s) * 1000:.1f} ms at most"
    )
