"""Say how this host takes part in its fleet, by what its agent writes down."""

from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.control.views import FleetHealth
from scanwarden.errors import StoreError
from scanwarden.model.time import Timestamp
from scanwarden.store.agent_state import last_agent_state
from scanwarden.store.sightings import SPOOL

SILENT_AFTER_S = 15.0  # an agent writes every two seconds


def fleet_health(settings: FleetSettings, *, now: Timestamp) -> FleetHealth | None:
    """Read what the agent last said; None unless the configuration enables the fleet.

    What keeps the fleet from being told is in `trouble`, also that no agent runs or that its word cannot be read.
    """
    if not settings.enabled:
        return None
    try:
        state = last_agent_state(settings.folder / SPOOL)
    except StoreError as error:
        return FleetHealth(trouble=error.message)
    if state is None:
        return FleetHealth(trouble="its agent was never heard: is scanwarden-fleet enabled?")
    trouble = state.trouble
    if now.seconds_since(state.time_ns) > SILENT_AFTER_S:
        trouble = f"its agent is silent since {_second(Timestamp(state.time_ns))}: does scanwarden-fleet run?"
    return FleetHealth(
        host=state.host,
        trouble=trouble,
        told_at=_time(state.told_ns),
        contacts_told=state.contacts_told,
        waiting_bytes=state.waiting_bytes,
        segments_lost=state.segments_lost,
        bans_followed=state.bans_followed,
        bans_refused=state.bans_refused,
        bans_waiting=state.bans_waiting,
        last_ban=state.last_ban,
        last_ban_at=_time(state.last_ban_ns),
    )


def _time(time_ns: int) -> Timestamp | None:
    return Timestamp(time_ns) if time_ns else None


def _second(time: Timestamp) -> str:
    return f"{str(time)[:19]}Z"
