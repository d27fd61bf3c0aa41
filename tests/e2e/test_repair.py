"""What others do to the firewall is repaired at once, and `status` never claims a ban that is not in force.

The full counts are `make soak`, which sets SCANWARDEN_FLUSHES and SCANWARDEN_RELOADS.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from scanwarden import hostcmd
from scanwarden.daemon.helper.line import HelperLine
from scanwarden.daemon.helper.remote import RemoteResponder
from scanwarden.daemon.service.opening import Places
from scanwarden.lab import Lab
from scanwarden.model.notice import Notice
from tests.e2e.responders.firewalld_server import firewalld
from tests.e2e.service_host import LIVENESS_S, ServiceHost, serving
from tests.programs import need_programs
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel

FLUSHES = int(os.environ.get("SCANWARDEN_FLUSHES", "5"))
RELOADS = int(os.environ.get("SCANWARDEN_RELOADS", "1"))
BANNED = ("198.51.100.7", "2001:db8::7")
UNOWNED = "[responders.nftables]\nowned = false"


def unrepaired_s(service: ServiceHost) -> float:
    """Wait until every ban is in the kernel again, asking only the kernel, and return how long it took."""
    return service.wait(lambda: all(map(service.in_kernel, BANNED)))


def test_foreign_flushes_are_repaired_without_anybody_asking(lab: Lab) -> None:
    took_s = []
    with serving(lab, more=UNOWNED) as service:
        service.ban(*BANNED)
        for _ in range(FLUSHES):
            service.nft("flush", "ruleset")
            took_s.append(unrepaired_s(service))
        assert [one for one in service.records(Notice) if one.kind == "firewall_repaired"]
    print(f"{FLUSHES} flushes of a table that cannot be owned: repaired in {max(took_s):.2f} s at most")  # noqa: T201


@pytest.mark.parametrize(
    "damage", ["flush ruleset", "delete table inet scanwarden", "flush chain inet scanwarden prerouting"]
)
def test_status_claims_only_what_is_in_force(lab: Lab, damage: str) -> None:
    with serving(lab, more=UNOWNED) as service:
        service.ban(*BANNED)
        for _ in range(FLUSHES):
            service.nft(*damage.split())
            claimed = service.client.status().bans_in_force, service.banned()
            assert claimed in ((len(BANNED), set(BANNED)), (0, set()))
            if claimed[0]:
                assert all(map(service.in_kernel, BANNED))
                assert "drop" in service.nft("list", "chain", "inet", "scanwarden", "prerouting")


def test_flushes_never_reach_a_table_that_is_owned(lab: Lab) -> None:
    with serving(lab) as service:
        service.ban(*BANNED)
        if "flags owner" not in service.nft("list", "table", "inet", "scanwarden"):
            pytest.skip(f"Linux {os.uname().release} has no owned, persistent tables")
        for _ in range(FLUSHES):
            service.nft("flush", "ruleset")
            assert all(map(service.in_kernel, BANNED))
        assert service.banned() == set(BANNED)


def test_reloads_of_firewalld_leave_every_ban_in_force(lab: Lab) -> None:
    need_programs("firewalld", "firewall-cmd", "dbus-daemon")
    folder = Path(tempfile.mkdtemp(prefix="sw-firewalld-"))  # the path of a bus must be short
    took_s = []
    try:
        with firewalld(lab.guarded, folder) as launch, serving(lab, more=UNOWNED) as service:
            service.ban(*BANNED)
            for _ in range(RELOADS):
                hostcmd.run(["firewall-cmd", "--reload"], launch=launch, limit_s=120)
                took_s.append(unrepaired_s(service))
                assert service.banned() == set(BANNED)
    finally:
        shutil.rmtree(folder)
    print(f"{RELOADS} firewalld reloads: every ban in force {max(took_s):.2f} s after at most")  # noqa: T201


def test_rescue_is_heard_by_a_helper_that_lost_its_service(lab: Lab) -> None:
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        host = ServiceHost(lab, folder, policy='mode = "enforce"', more="", files=())
        admin = folder / "run/admin.sock"
        scanwarden = [sys.executable, "-m", "scanwarden"]
        with lab.guarded.start([*scanwarden, "run", "--part", "helper", "--config", str(host.file)]):
            line = HelperLine(Places.beside(admin).helper, connect_for_s=LIVENESS_S)
            responder = RemoteResponder(line, max_bans=10)
            responder.prepare()
            assert len(responder.ban([ban_of(BANNED[0])]).in_force) == 1
            assert host.in_kernel(BANNED[0])
            line.close()
            rescued = lab.guarded.run([*scanwarden, "rescue", "--admin-socket", str(admin)], limit_s=LIVENESS_S)
            assert "helper" in rescued.text
            assert not host.in_kernel(BANNED[0])
        lab.guarded.run(["nft", "flush", "ruleset"])
