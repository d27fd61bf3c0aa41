"""Say of each changed setting that a reload does not put into effect what does, and how."""

from collections.abc import Iterator

from scanwarden.config import Settings
from scanwarden.config.registry import declarations
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.configured import may_enforce
from scanwarden.sensors.traps import wanted_ports

# Who reads a table at its start alone; everything that is not here the brain and the sensor take over at a reload.
# By the table or the first part of its name; each of these names is that of a systemd unit too.
_READ_BY = {
    "store": "scanwarden",
    "control": "scanwarden",
    "responders": "scanwarden",
    "web": "scanwarden-web",
    "metrics": "scanwarden-exporter",
    "sinks": "scanwarden-courier",
    "enrichment": "scanwarden-courier and scanwarden-web",
    "connections": "scanwarden-outpost",
    "fleet": "scanwarden-sensor and scanwarden-fleet",
}
_ONE_BY_ONE = {("audit", "every"): "scanwarden-audit", ("web", "enabled"): "scanwarden and scanwarden-web"}


def pending(old: Settings, fresh: Settings) -> tuple[str, ...]:
    """Return a sentence for each changed setting that takes effect only when something is started anew."""
    return tuple(_sentences(old, fresh))


def _sentences(old: Settings, fresh: Settings) -> Iterator[str]:
    for one in declarations():
        before, after = old.of(one.settings), fresh.of(one.settings)
        for name in after.__struct_fields__:
            if getattr(before, name) != getattr(after, name) and (unit := _unit(one.table, name)):
                yield f"[{one.table}] {name} takes effect at the next start of {unit}"
    if may_enforce(old.of(PolicySettings)) != may_enforce(fresh.of(PolicySettings)):
        yield "[policy] mode: whether anybody may be banned at all is settled at the start of scanwarden"
    if wanted_ports(old.of(TrapsSettings)) != wanted_ports(fresh.of(TrapsSettings)):
        yield "[traps]: traps that accept connections change at the next start of scanwarden-outpost"


def _unit(table: str, name: str) -> str:
    """Name the unit that reads a setting at its start only; empty if a reload puts it into effect."""
    return _ONE_BY_ONE.get((table, name)) or _READ_BY.get(table.partition(".")[0], "")
