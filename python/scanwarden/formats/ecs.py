"""Write records in the Elastic Common Schema, version 8.11, for Elasticsearch and whatever else speaks it.

Scans are `event.kind: alert` of `network` and `intrusion_detection`; decisions, bans and notices are events. What ECS
has no field for is under `scanwarden`.
"""

from typing import assert_never

import msgspec

import scanwarden
from scanwarden.formats.base import to_text
from scanwarden.formats.escape import shown_json
from scanwarden.formats.summary import title, touched
from scanwarden.model.address import Address
from scanwarden.model.detection import Closed, Detection, Opened, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Decided, Ready, Record, Unbanned

ECS_VERSION = "8.11.0"
MAX_RELATED = 256
_TRANSPORTS = ("tcp", "udp", "sctp", "icmp")
_ENCODER = msgspec.json.Encoder(enc_hook=to_text)
Fields = dict[str, object]


class Ecs:
    """Write one JSON object for each record."""

    def lines(self, record: Record) -> list[str]:
        """Give the document of a record; a sensor that begins to read is not one."""
        if isinstance(record, Ready):
            return []
        return [shown_json(_ENCODER.encode(_document(record)))]


def _document(record: Opened | Updated | Closed | Decided | Banned | Unbanned | Notice) -> Fields:
    common: Fields = {
        "@timestamp": record.time,
        "ecs": {"version": ECS_VERSION},
        "observer": {"type": "ids", "vendor": "scanwarden", "product": "scanwarden", "version": scanwarden.__version__},
    }
    match record:
        case Opened() | Updated() | Closed():
            return common | _alert(record)
        case Decided():
            return common | _act(record, f"decided-{record.action}", ("info",))
        case Banned():
            return common | _act(record, "banned", ("denied",))
        case Unbanned():
            return common | _act(record, "unbanned", ("allowed",))
        case Notice():
            return common | _notice(record)
        case _:
            assert_never(record)


def _alert(detection: Opened | Updated | Closed) -> Fields:
    fields: Fields = {
        "message": f"{title(detection)} from {detection.source.address or 'a group'}",
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "module": "scanwarden",
            "dataset": "scanwarden.scan",
            "action": f"scan-{detection.__struct_config__.tag}",
            "id": detection.id,
            "severity": detection.severity,
            "start": detection.first_seen,
            "end": detection.last_seen,
            "duration": int(detection.last_seen) - int(detection.first_seen),
        },
        "rule": {"name": title(detection), "category": "port scan"},
        "threat": {"framework": "MITRE ATT&CK", "technique": {"id": detection.attack}},
        "related": {"ip": _related(detection)},
        "scanwarden": detection,
    }
    transports = [kind for kind in _TRANSPORTS if kind in touched(detection)]
    if transports:
        fields["network"] = {"transport": transports[0]}
    if detection.source.address is not None:
        fields["source"] = {"address": detection.source.address, "ip": detection.source.address}
    if len(detection.targets) == 1:
        fields["destination"] = {"address": detection.targets[0].address, "ip": detection.targets[0].address}
    return fields


def _act(record: Decided | Banned | Unbanned, action: str, types: tuple[str, ...]) -> Fields:
    fields: Fields = {
        "message": record.reason,
        "event": {
            "kind": "event",
            "category": ["network", "intrusion_detection"],
            "type": types,
            "module": "scanwarden",
            "dataset": "scanwarden.ban",
            "action": action,
            "id": record.id,
            "reason": record.reason,
        },
        "scanwarden": record,
    }
    if record.source is not None:
        fields["source"] = {"address": record.source.address, "ip": record.source.address}
        fields["related"] = {"ip": [record.source.address]}
    return fields


def _notice(notice: Notice) -> Fields:
    fields: Fields = {
        "message": notice.text,
        "event": {
            "kind": "event",
            "category": ["network"],
            "type": ["info"],
            "module": "scanwarden",
            "dataset": "scanwarden.notice",
            "action": notice.kind,
        },
        "scanwarden": notice,
    }
    if notice.source is not None and notice.source.address is not None:
        fields["source"] = {"address": notice.source.address, "ip": notice.source.address}
    return fields


def _related(detection: Detection) -> list[Address]:
    """List every address of a detection once, at most 256."""
    sources = [detection.source.address] if detection.source.address else [m.address for m in detection.source.members]
    addresses = dict.fromkeys([*sources, *(target.address for target in detection.targets)])
    return list(addresses)[:MAX_RELATED]
