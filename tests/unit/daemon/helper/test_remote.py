"""Bans asked for over a real socket: many at a time, and those that the helper refuses by themselves."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanwarden.daemon.helper.helper import Helper
from scanwarden.daemon.helper.line import HelperLine
from scanwarden.daemon.helper.messages import MAX_BATCH
from scanwarden.daemon.helper.remote import RemoteResponder
from scanwarden.daemon.helper.server import serve
from scanwarden.daemon.protection import NetworkChanges
from scanwarden.errors import BanError
from scanwarden.model.address import Address, Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.dry_run import DryRunResponder
from scanwarden.responders.nftables_tripwire import NftablesTripwire
from scanwarden.responders.route import RouteResponder
from tests.unit.responders.samples import ban_of

GATEWAY = "192.0.2.1"
SEVERAL_BATCHES = 3 * MAX_BATCH + 100


def source_of(number: int) -> str:
    return str(Address((0x0B00_0000 + number).to_bytes(4, "big")))


@contextmanager
def serving(helper: Helper, folder: Path) -> Iterator[HelperLine]:
    """Serve a helper from a thread; give a line to it."""
    path = folder / "helper.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    listener.listen()
    is_over = threading.Event()

    def run() -> None:
        with NetworkChanges() as changes:
            serve(listener, helper, uids=(_own_uid(),), changes=changes, goes_on=lambda: not is_over.is_set())

    thread = threading.Thread(target=run)
    thread.start()
    line = HelperLine(path)
    try:
        yield line
    finally:
        is_over.set()
        line.close()
        thread.join()
        listener.close()


def _own_uid() -> int:
    return Path("/proc/self").stat().st_uid


@pytest.fixture
def firewall() -> DryRunResponder:
    return DryRunResponder()


@pytest.fixture
def remote(firewall: DryRunResponder, tmp_path: Path) -> Iterator[RemoteResponder]:
    protected = PrefixTable({Prefix.parse(GATEWAY): "gateway"})
    helper = Helper(firewall, NftablesTripwire(), find=lambda: protected)
    helper.start()
    with serving(helper, tmp_path) as line:
        yield RemoteResponder(line, max_bans=10_000)


def test_more_bans_than_a_batch_holds_are_all_made(remote: RemoteResponder, firewall: DryRunResponder) -> None:
    bans = [ban_of(source_of(number)) for number in range(SEVERAL_BATCHES)]
    receipt = remote.ban(bans)
    assert list(receipt.in_force) == bans
    assert firewall.active_count == remote.active_count == SEVERAL_BATCHES
    assert firewall.is_in_force(Prefix.parse(source_of(SEVERAL_BATCHES - 1)))


def test_whom_the_helper_protects_is_refused_alone(remote: RemoteResponder, firewall: DryRunResponder) -> None:
    sources = [source_of(number) for number in range(SEVERAL_BATCHES)]
    sources[MAX_BATCH + 7] = GATEWAY
    receipt = remote.ban([ban_of(source) for source in sources])
    assert [(str(one.ban.source), one.reason) for one in receipt.refused] == [
        ("192.0.2.1/32", "192.0.2.1/32: the helper protects it")
    ]
    assert len(receipt.in_force) == firewall.active_count == remote.active_count == SEVERAL_BATCHES - 1
    assert not firewall.is_in_force(Prefix.parse(GATEWAY))


def test_a_ban_that_is_refused_as_the_only_one_is_no_error(remote: RemoteResponder) -> None:
    receipt = remote.ban([ban_of(GATEWAY)])
    assert (receipt.in_force, len(receipt.refused)) == ((), 1)


def test_a_tool_that_may_object_is_asked_first(tmp_path: Path) -> None:
    helper = Helper(RouteResponder(), None, find=PrefixTable)
    with serving(helper, tmp_path) as line:
        remote = RemoteResponder(line, max_bans=10, asks_first=True)
        (refusal,) = remote.ban([ban_of("198.51.100.7", forgeable=True)]).refused
    assert refusal.reason == "the firewall cannot make such a ban"


def test_a_helper_that_is_away_fails_every_ban(tmp_path: Path) -> None:
    remote = RemoteResponder(HelperLine(tmp_path / "nobody", connect_for_s=0.0), max_bans=10)
    with pytest.raises(BanError, match="does not answer"):
        remote.ban([ban_of("198.51.100.7")])
    assert remote.active_count == 0
