"""Bans to test responders with."""

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import Timestamp


def ban_of(source: str, *, duration_s: int = 600, forgeable: bool = False) -> Ban:
    """Return a ban of one network; a forgeable one spares established connections."""
    return Ban(
        id=None,
        source=Prefix.parse(source),
        starts_at=Timestamp(0),
        duration_s=duration_s,
        reason="test",
        forgeable=forgeable,
        spare_established=forgeable,
    )
