"""The service says of its fleet what the agent says, and that nobody says anything."""

from pathlib import Path

import pytest

from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.control.views import FleetHealth
from scanwarden.daemon.fleet_health import SILENT_AFTER_S, fleet_health
from scanwarden.model.time import Timestamp
from scanwarden.store.agent_state import FILE_NAME, AgentState, keep_agent_state
from scanwarden.store.sightings import SPOOL

NOW = Timestamp.parse("2026-01-02T03:04:05Z")


@pytest.fixture
def settings(tmp_path: Path) -> FleetSettings:
    (tmp_path / SPOOL).mkdir()
    return FleetSettings(enabled=True, folder=tmp_path)


def asked(settings: FleetSettings, now: Timestamp = NOW) -> FleetHealth:
    health = fleet_health(settings, now=now)
    assert health is not None
    return health


def test_without_a_fleet_there_is_nothing_to_say() -> None:
    assert fleet_health(FleetSettings(), now=NOW) is None


def test_the_agents_word_is_told(settings: FleetSettings) -> None:
    state = AgentState(time_ns=int(NOW), host="web1", told_ns=int(NOW), waiting_bytes=9, last_ban="192.0.2.7/32 banned")
    keep_agent_state(state, settings.folder / SPOOL)
    health = asked(settings, NOW.plus(SILENT_AFTER_S))
    assert health == FleetHealth(host="web1", told_at=NOW, waiting_bytes=9, last_ban="192.0.2.7/32 banned")
    assert (health.trouble, health.last_ban_at) == (None, None)


def test_what_troubles_the_agent_is_told(settings: FleetSettings) -> None:
    keep_agent_state(AgentState(time_ns=int(NOW), host="web1", trouble="the bus is away"), settings.folder / SPOOL)
    assert asked(settings).trouble == "the bus is away"


def test_an_agent_that_fell_silent_is_not_believed_to_go_on(settings: FleetSettings) -> None:
    keep_agent_state(AgentState(time_ns=int(NOW), host="web1"), settings.folder / SPOOL)
    trouble = asked(settings, NOW.plus(SILENT_AFTER_S + 1)).trouble
    assert trouble == "its agent is silent since 2026-01-02T03:04:05Z: does scanwarden-fleet run?"


def test_an_agent_that_was_never_heard_is_trouble(settings: FleetSettings) -> None:
    assert "never heard" in (asked(settings).trouble or "")


def test_a_damaged_word_is_trouble_and_no_traceback(settings: FleetSettings) -> None:
    (settings.folder / SPOOL / FILE_NAME).write_bytes(b"{")
    assert "is not what an agent writes" in (asked(settings).trouble or "")
