"""Write records in the Open Cybersecurity Schema Framework 1.3: a scan is a Detection Finding, class 2004.

Keys and numbers are those of schema.ocsf.io: category 2 (findings), activities 1 create, 2 update, 3 close.
"""

import msgspec

import scanwarden
from scanwarden.formats.base import to_text
from scanwarden.formats.escape import shown_json
from scanwarden.formats.summary import title
from scanwarden.model.detection import Closed, Detection, Opened, Updated
from scanwarden.model.records import Record

OCSF_VERSION = "1.3.0"
CLASS_UID = 2004
MAX_EVIDENCES = 64
ATTACK_VERSION = "15.1"
_ACTIVITIES: dict[type[Detection], tuple[int, str, int, str]] = {
    Opened: (1, "Create", 1, "New"),
    Updated: (2, "Update", 2, "In Progress"),
    Closed: (3, "Close", 4, "Resolved"),
}
_SEVERITIES = {1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical"}
_TECHNIQUES = {
    "T1046": ("Network Service Discovery", "TA0007", "Discovery"),
    "T1595.001": ("Scanning IP Blocks", "TA0043", "Reconnaissance"),
    "T1595.002": ("Vulnerability Scanning", "TA0043", "Reconnaissance"),
}
_ENCODER = msgspec.json.Encoder(enc_hook=to_text)
Fields = dict[str, object]


class Ocsf:
    """Write one JSON object for each statement about a scan."""

    def lines(self, record: Record) -> list[str]:
        """Give the finding of a scan that opens, changes or closes."""
        if not isinstance(record, Opened | Updated | Closed):
            return []
        return [shown_json(_ENCODER.encode(_finding(record)))]


def _finding(detection: Opened | Updated | Closed) -> Fields:
    activity, activity_name, status, status_name = _ACTIVITIES[type(detection)]
    who = detection.source.address or f"{len(detection.source.members)} addresses"
    return {
        "class_uid": CLASS_UID,
        "class_name": "Detection Finding",
        "category_uid": 2,
        "category_name": "Findings",
        "activity_id": activity,
        "activity_name": activity_name,
        "type_uid": CLASS_UID * 100 + activity,
        "type_name": f"Detection Finding: {activity_name}",
        "severity_id": detection.severity,
        "severity": _SEVERITIES[detection.severity],
        "status_id": status,
        "status": status_name,
        "time": _milliseconds(detection.time),
        "start_time": _milliseconds(detection.first_seen),
        "end_time": _milliseconds(detection.last_seen),
        "message": f"{title(detection)} from {who}",
        "metadata": {
            "version": OCSF_VERSION,
            "uid": f"{detection.id}-{int(detection.time)}",
            "product": {"name": "scanwarden", "vendor_name": "scanwarden", "version": scanwarden.__version__},
        },
        "finding_info": {
            "uid": detection.id,
            "title": title(detection),
            "types": detection.techniques,
            "first_seen_time": _milliseconds(detection.first_seen),
            "last_seen_time": _milliseconds(detection.last_seen),
            "attacks": [_attack(technique) for technique in detection.attack],
        },
        "evidences": _evidences(detection),
        "observables": [
            {"name": "evidences[].src_endpoint.ip", "type_id": 2, "type": "IP Address", "value": address}
            for address in _sources(detection)
        ],
        "unmapped": {"scanwarden": detection},
    }


def _sources(detection: Detection) -> list[object]:
    if detection.source.address is not None:
        return [detection.source.address]
    return [member.address for member in detection.source.members[:MAX_EVIDENCES]]


def _evidences(detection: Detection) -> list[Fields]:
    """Pair a single source with each target, or the members of a group with the first one; at most 64."""
    sources = _sources(detection)
    targets = [target.address for target in detection.targets[:MAX_EVIDENCES]]
    pairs = [(source, target) for source in sources for target in (targets if len(sources) == 1 else targets[:1])]
    return [{"src_endpoint": {"ip": source}, "dst_endpoint": {"ip": target}} for source, target in pairs]


def _attack(uid: str) -> Fields:
    if uid not in _TECHNIQUES:
        return {"version": ATTACK_VERSION, "technique": {"uid": uid}}
    name, tactic_uid, tactic = _TECHNIQUES[uid]
    return {
        "version": ATTACK_VERSION,
        "technique": {"uid": uid, "name": name},
        "tactic": {"uid": tactic_uid, "name": tactic},
    }


def _milliseconds(time: int) -> int:
    return time // 1_000_000
