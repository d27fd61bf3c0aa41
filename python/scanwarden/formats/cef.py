"""Write records in the Common Event Format, revision 25, which most security event managers read.

`CEF:0|scanwarden|scanwarden|VERSION|EVENT|NAME|SEVERITY|EXTENSION`. Keys are those of the format's dictionary: an IPv4
source is `src`, an IPv6 one `c6a2`; times are milliseconds since 1970.
"""

import scanwarden
from scanwarden.formats.escape import cef_header, cef_value, word
from scanwarden.formats.summary import title, touched
from scanwarden.model.address import Address
from scanwarden.model.detection import Closed, Detection, Opened, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Decided, Record, Unbanned

_NOTICE_SEVERITY = 3
_BAN_SEVERITY = 5
Extension = dict[str, str]


class Cef:
    """Write one line for each scan that opens, changes or closes, each decision, ban, unban and notice."""

    def lines(self, record: Record) -> list[str]:
        """Give the line of a record; none when a sensor begins to read."""
        match record:
            case Opened() | Updated() | Closed():
                event = f"scan-{record.__struct_config__.tag}"
                return [_line(event, title(record), record.severity * 2, _scan(record))]
            case Decided():
                act = f"{'would ' if record.would else ''}{record.action}"
                return [_line(f"decision-{record.action}", "Decision", _BAN_SEVERITY, _act(record, act))]
            case Banned():
                return [_line("ban", "Source banned", _BAN_SEVERITY, _act(record, "ban"))]
            case Unbanned():
                return [_line("unban", "Ban ended", _NOTICE_SEVERITY, _act(record, "unban"))]
            case Notice():
                return [_line(f"notice-{word(record.kind)}", "Notice", _NOTICE_SEVERITY, _notice(record))]
            case _:
                return []


def _line(event: str, name: str, severity: int, extension: Extension) -> str:
    header = "|".join(map(cef_header, ("scanwarden", "scanwarden", scanwarden.__version__, event, name)))
    pairs = " ".join(f"{key}={cef_value(value)}" for key, value in extension.items())
    return f"CEF:0|{header}|{severity}|{pairs}"


def _scan(detection: Detection) -> Extension:
    extension = {
        "rt": _milliseconds(detection.time),
        "start": _milliseconds(detection.first_seen),
        "end": _milliseconds(detection.last_seen),
        "externalId": detection.id,
        "cnt": str(detection.probes),
        "cat": " ".join(detection.attack),
    }
    if detection.source.address is not None:
        extension |= _address("src", "c6a2", "Source IPv6 Address", detection.source.address)
    if detection.targets:
        extension |= _address("dst", "c6a3", "Destination IPv6 Address", detection.targets[0].address)
    numbers = touched(detection)
    kinds = [kind for kind in ("tcp", "udp", "icmp") if kind in numbers]
    if kinds:
        extension["proto"] = kinds[0].upper()
    extension |= _custom(1, "Ports", "; ".join(f"{kind} {ports}" for kind, ports in numbers.items()))
    extension |= _custom(2, "Techniques", " ".join(detection.techniques))
    extension |= _custom(3, "Pattern", f"{detection.pattern} {detection.pace}")
    extension |= _custom(4, "Source", "verified" if detection.source.verified else "may be forged")
    extension |= _custom(6, "Sensor", detection.sensor)
    if detection.group is not None:
        extension |= _custom(5, "Group", f"{detection.group} of {len(detection.source.members)}")
    return extension


def _act(record: Decided | Banned | Unbanned, act: str) -> Extension:
    extension = {"rt": _milliseconds(record.time), "act": act, "reason": record.reason}
    if record.id is not None:
        extension["externalId"] = record.id
    if record.source is not None:
        extension |= _address("src", "c6a2", "Source IPv6 Address", record.source.address)
        extension |= _custom(1, "Network", str(record.source))
    if record.duration_s is not None:
        extension |= {"cn1Label": "Duration in seconds", "cn1": str(record.duration_s)}
    return extension


def _notice(notice: Notice) -> Extension:
    extension = {"rt": _milliseconds(notice.time), "msg": notice.text}
    if notice.id is not None:
        extension["externalId"] = notice.id
    if notice.source is not None and notice.source.address is not None:
        extension |= _address("src", "c6a2", "Source IPv6 Address", notice.source.address)
    return extension


def _address(key: str, key_v6: str, label: str, address: Address) -> Extension:
    if address.version == 4:
        return {key: str(address)}
    return {f"{key_v6}Label": label, key_v6: str(address)}


def _custom(number: int, label: str, text: str) -> Extension:
    return {f"cs{number}Label": label, f"cs{number}": text} if text else {}


def _milliseconds(time: int) -> str:
    return str(time // 1_000_000)
