"""Write records as Suricata's EVE JSON: a scan is an event of type `alert`, for whatever already reads eve.json.

Keys are those of Suricata's documentation ("EVE JSON Format"). Our whole record is under `scanwarden`, where readers of
EVE ignore it. Generator id 7226 keeps our signature numbers apart from rules, which have 1.
"""

import msgspec

from scanwarden.formats.base import to_text
from scanwarden.formats.escape import shown_json
from scanwarden.formats.summary import TECHNIQUE_TITLES, main_technique, title, touched
from scanwarden.model.detection import Closed, Detection, Opened, Updated
from scanwarden.model.records import Record

GENERATOR_ID = 7226
_SIGNATURES = {technique: number for number, technique in enumerate(TECHNIQUE_TITLES, start=1)}
# Suricata counts the other way round: 1 is worst, 3 hardly matters.
_SEVERITIES = {1: 3, 2: 3, 3: 2, 4: 1, 5: 1}
_ENCODER = msgspec.json.Encoder(enc_hook=to_text)


class Eve:
    """Write one JSON object for each statement about a scan."""

    def lines(self, record: Record) -> list[str]:
        """Give the alert of a scan that opens, changes or closes."""
        if not isinstance(record, Opened | Updated | Closed):
            return []
        return [shown_json(_ENCODER.encode(_event(record)))]


def _event(detection: Opened | Updated | Closed) -> dict[str, object]:
    addresses: dict[str, object] = {
        "src_ip": detection.source.address,
        "dest_ip": detection.targets[0].address if detection.targets else None,
        "dest_port": _only_port(detection),
        "proto": _protocol(detection),
    }
    return {
        # Suricata writes microseconds and the zone without a colon.
        "timestamp": f"{str(detection.time)[:26]}+0000",
        "event_type": "alert",
        **{key: value for key, value in addresses.items() if value is not None},
        "alert": {
            "action": "allowed",
            "gid": GENERATOR_ID,
            "signature_id": _SIGNATURES[main_technique(detection)],
            "rev": 1,
            "signature": f"scanwarden {title(detection)}",
            "category": "Detection of a Network Scan",  # of Suricata's classification.config
            "severity": _SEVERITIES[detection.severity],
            "metadata": {"mitre_technique_id": detection.attack},
        },
        "scanwarden": detection,
    }


def _only_port(detection: Detection) -> int | None:
    """Give the port if exactly one was touched."""
    ((kind, ports), *more) = touched(detection).items() or [("", ())]
    return next(iter(ports)) if not more and len(ports) == 1 and kind in ("tcp", "udp", "sctp") else None


def _protocol(detection: Detection) -> str | None:
    kinds = [kind.upper() for kind in ("tcp", "udp", "sctp", "icmp") if kind in touched(detection)]
    return kinds[0] if kinds else None
