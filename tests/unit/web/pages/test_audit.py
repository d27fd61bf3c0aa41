"""What is open and should not be."""

from pathlib import Path

from scanwarden.audit.baseline import Drift
from scanwarden.audit.desk import AuditView
from scanwarden.audit.learnt import Learnt
from scanwarden.audit.openings import Opening, Survey
from scanwarden.audit.reach import Reach
from tests.unit.cli.stores import kept
from tests.unit.control.test_app import Rehearsed, served
from tests.unit.store.records import START, notice
from tests.unit.web.calling import app_over, call

OPENING = Opening(
    protocol="tcp",
    port=6379,
    address="*",
    versions=(4, 6),
    service="redis",
    port_class="registered",
    user="<root>",
    state="reachable",
    reaches=(Reach(interface="eth0", address="192.0.2.1", port=6379, state="reachable"),) * 2,
)
VIEW = AuditView(
    survey=Survey(time_ns=int(START), interfaces=("eth0",), openings=(OPENING,)),
    drift=(Drift(kind="unexpected", protocol="tcp", port=6379, text="6379/tcp is open to everybody"),),
    learnt=(
        Learnt(protocol="tcp", port=22, count=3, sources=("203.0.113.7",), scans=(), last=START, is_expected=False),
    ),
    sentences=(),
)


class Surveyed(Rehearsed):
    """A service that has looked at its own ports."""

    def audit(self) -> object:
        return VIEW


def test_open_ports_differences_and_what_was_learnt_are_shown(tmp_path: Path) -> None:
    store = kept(
        tmp_path / "scans.db", [notice("audit_drift", text="6379/tcp is new"), notice("flood", text="a flood")]
    )
    with served(Surveyed(), tmp_path):
        page = call(app_over(store, sockets=tmp_path), "GET", "/audit").text
    assert "6379/tcp is open to everybody" in page
    assert "Reached from outside" in page
    assert "&lt;root&gt;" in page
    assert "<td>eth0</td>" in page
    assert "22/tcp" in page
    assert "6379/tcp is new" in page
    assert "a flood" not in page


def test_without_the_service_the_page_says_so(store: Path) -> None:
    assert "The service does not answer." in call(app_over(store), "GET", "/audit").text
