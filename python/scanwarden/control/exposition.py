"""Write figures in the text format of Prometheus, version 0.0.4; every series is named here, and none has labels."""

from collections.abc import Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "scanwarden_"
# Names that end in `_total` only count up; all others go up and down.
HELP = {
    "audit_age_seconds": "Seconds since the openings of this host were last surveyed.",
    "audit_drift": "Openings that are not as [audit] expected says.",
    "audit_learnt_unexpected": "Unexpected openings that scanners have learnt of.",
    "audit_openings": "Ports of this host that something takes connections on.",
    "audit_reachable": "Openings that the firewall does not close to everybody.",
    "bans_dropped_total": "Bans that were not made because too many were asked for.",
    "bans_in_force": "Bans that the firewall has acknowledged and that have not ended.",
    "bans_total": "Bans made.",
    "events_dropped_total": "Records that a slow listener to the stream of events has missed.",
    "firewall_broken": "1 while bans cannot be enforced.",
    "fleet_broken": "1 while the fleet is not told what is seen here.",
    "fleet_waiting_bytes": "Sightings that wait for the fleet's bus.",
    "packets_dropped_total": "Packets lost before they could be looked at.",
    "packets_total": "Packets looked at.",
    "responders_broken": "Responders that do not do what they are asked to.",
    "responders_refused": "Bans in force that a responder cannot or may not make, summed over responders.",
    "responders_waiting": "Changes that responders have not made yet.",
    "scans_total": "Scans found.",
    "start_time_seconds": "When the service was started, in seconds since 1970.",
    "store_degraded": "1 while records are not written.",
    "store_dropped_total": "Records lost because the queue to the database was full.",
    "store_queued": "Records that wait to be written.",
    "store_written_total": "Records written.",
    "tripwire_lifted_total": "Sources that the kernel tripwire had stopped and the detector let go.",
}


def exposition(values: Mapping[str, float]) -> str:
    """Write figures by name, each with its help and type; raise KeyError for one that HELP does not name."""
    lines = []
    for name, value in sorted(values.items()):
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {PREFIX}{name} {HELP[name]}", f"# TYPE {PREFIX}{name} {kind}"]
        lines.append(f"{PREFIX}{name} {float(value):.17g}")
    return "\n".join([*lines, ""])
