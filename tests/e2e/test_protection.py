"""The protected set, computed on a real network."""

from pathlib import Path

import pytest

from scanwarden.daemon.protection import NetworkChanges, compute
from scanwarden.lab import Lab
from scanwarden.policy.exempt import ProtectedSet
from tests.e2e.responders.guard import GATEWAY, GUARDED, SCANNER

pytestmark = pytest.mark.kernel


def test_own_addresses_gateways_and_links_are_found(lab: Lab, tmp_path: Path) -> None:
    protection = lab.guarded.visit(lambda: compute(tmp_path))
    assert protection.gaps == ()
    assert set(protection.gateways) == {GATEWAY, "fd77:1::1"}
    assert {"fd77:1::/64", "10.77.1.0/24"} <= {str(network) for network in protection.on_link}
    protected = ProtectedSet(protection.labels)
    own = {str(prefix.address) for prefix in protection.own_addresses}
    assert {GUARDED, "fd77:1::10", "127.0.0.1", "::1"} <= own
    assert protected.reason(protection.own_addresses[0])


def test_a_mere_connection_to_ssh_protects_nobody(lab: Lab, tmp_path: Path) -> None:
    with lab.scanner.connect(GUARDED, 22):
        protection = lab.guarded.visit(lambda: compute(tmp_path))
    assert SCANNER not in {str(prefix.address) for prefix in protection.labels}


def test_a_change_of_the_network_is_noticed_and_found(lab: Lab, tmp_path: Path) -> None:
    with lab.guarded.visit(NetworkChanges) as changes:
        assert not changes.take()
        lab.guarded.ip("route", "add", "198.51.100.0/24", "via", "10.77.1.60")
        assert changes.take()
        assert not changes.take()
        protection = lab.guarded.visit(lambda: compute(tmp_path))
        assert "10.77.1.60" in protection.gateways
        lab.guarded.ip("route", "del", "198.51.100.0/24")
        assert changes.take()
    assert "10.77.1.60" not in lab.guarded.visit(lambda: compute(tmp_path)).gateways
