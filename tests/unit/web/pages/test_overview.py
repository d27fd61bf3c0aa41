"""Is anyone scanning me, at one glance."""

from pathlib import Path

import msgspec
import pytest
from starlette.types import ASGIApp

from scanwarden.control.views import FleetHealth, ResponderHealth, Status
from scanwarden.language import LANGUAGES
from tests.unit.cli.stores import kept
from tests.unit.control.test_app import Rehearsed, served
from tests.unit.store.records import START, scan_id, statement
from tests.unit.web.calling import app_over, call
from tests.unit.web.conftest import NOW_NS


def test_the_answer_names_scans_sources_and_bans(app: ASGIApp) -> None:
    page = call(app, "GET", "/").text
    assert "No scan is going on. 1 scan from 1 source in the last 24 hours. 1 source is banned." in page
    assert f'data-id="{scan_id(1)}"' in page
    assert "The service does not answer." in page


def test_a_scan_that_goes_on_is_an_alarm(tmp_path: Path) -> None:
    app = app_over(kept(tmp_path / "scans.db", [statement(1)]), now_ns=NOW_NS)
    page = call(app, "GET", "/").text
    assert '<p class="answer alarm" id="answer">Yes: 1 scan is going on.' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quiet_host_is_told_so(tmp_path: Path, language: str) -> None:
    app = app_over(kept(tmp_path / "scans.db", []), now_ns=int(START))
    page = call(app, "GET", "/?period=7d", headers={"accept-language": language}).text
    assert '<p class="answer calm"' in page
    assert f'<html lang="{language}">' in page


def test_the_health_of_a_running_service_is_shown(store: Path, tmp_path: Path) -> None:
    with served(Rehearsed(), tmp_path):
        page = call(app_over(store, sockets=tmp_path, now_ns=NOW_NS), "GET", "/").text
    assert "enforcing bans" in page
    assert "eth0 · 1 packet · 0 lost" in page


class Several(Rehearsed):
    """A service with two responders, one of which fails, in a fleet that does not hear it if that has `trouble`."""

    def __init__(self, trouble: str | None = None) -> None:
        super().__init__()
        self.trouble = trouble

    async def status(self) -> Status:
        holding = (
            ResponderHealth(name="nftables", bans_in_force=1),
            ResponderHealth(name="route", bans_in_force=2, refused=3, waiting=4, trouble="<ip> failed"),
        )
        fleet = FleetHealth(host="web1", contacts_told=1, bans_followed=2, trouble=self.trouble)
        return msgspec.structs.replace(await super().status(), responders=holding, fleet=fleet)


def told(store: Path, folder: Path, service: Rehearsed) -> str:
    with served(service, folder):
        return call(app_over(store, sockets=folder, now_ns=NOW_NS), "GET", "/").text


def test_the_health_of_each_responder_is_shown(store: Path, tmp_path: Path) -> None:
    page = told(store, tmp_path, Several())
    assert '<li class="good"><b>Responder</b> <span>nftables · 1 ban</span></li>' in page
    assert (
        '<li class="bad"><b>Responder</b> <span>route · 2 bans · 3 refused · 4 waiting'
        ' · <span lang="en">&lt;ip&gt; failed</span></span></li>'
    ) in page


def test_a_responder_that_is_the_firewall_itself_is_not_told_twice(store: Path, tmp_path: Path) -> None:
    class Alone(Rehearsed):
        async def status(self) -> Status:
            alone = (ResponderHealth(name="nftables", bans_in_force=1),)
            return msgspec.structs.replace(await super().status(), responders=alone)

    page = told(store, tmp_path, Alone())
    assert "<b>Firewall</b>" in page
    assert "<b>Responder</b>" not in page
    assert "<b>Fleet</b>" not in page


def test_whether_the_fleet_hears_this_host_is_shown(store: Path, tmp_path: Path) -> None:
    heard = '<li class="good"><b>Fleet</b> <span>heard as web1 · 1 contact told · 2 bans followed</span></li>'
    assert heard in told(store, tmp_path, Several())
    page = told(store, tmp_path, Several(trouble="the bus is away"))
    assert '<li class="bad"><b>Fleet</b> <span>The fleet is not told what is seen here. ' in page
    assert '<span lang="en">the bus is away</span>' in page


@pytest.mark.parametrize("period", ["24h", "7d", "30d", "90d", "", "nonsense", "9" * 99])
def test_every_period_is_answered(app: ASGIApp, period: str) -> None:
    assert call(app, "GET", f"/?period={period}").status == 200


def test_a_store_that_is_away_is_a_page_not_a_crash(tmp_path: Path) -> None:
    answer = call(app_over(tmp_path / "missing.db"), "GET", "/")
    assert answer.status == 503
    assert "there is no store at" in answer.text
