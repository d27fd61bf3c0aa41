"""Write an abuse report about one source of a scan in the eXtended Abuse Reporting Format, XARF 4.2 (xarf.org).

Class `connection`, type `port_scan`. A network that shares one address among customers finds the one that is meant only
by the source port and its time, so the format demands a port of every address, and a scan that has none cannot be
reported. Nothing is told of the reporter's hosts but what the reported source touched.
"""

import base64
import csv
import hashlib
import io
import uuid
from collections.abc import Iterator

import msgspec

from scanwarden.errors import ReportError
from scanwarden.formats.base import to_text
from scanwarden.formats.escape import shown_json
from scanwarden.formats.summary import accused, title
from scanwarden.model.address import Address
from scanwarden.model.detection import Detection, EvidencePart

XARF_VERSION = "4.2.0"
PROTOCOLS = ("tcp", "udp", "sctp")
MAX_DESCRIPTION_CHARS = 1000
_COLUMNS = ("time", "source", "source_port", "protocol", "destination", "destination_port", "outcome")
_ENCODER = msgspec.json.Encoder(enc_hook=to_text)
Fields = dict[str, object]
Probe = tuple[EvidencePart, tuple[str, int, str]]  # a contact, and the kind of port, number and target it touched


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """Who complains: a name, and the mail address that answers go to."""

    organisation: str
    contact: str

    @property
    def fields(self) -> Fields:
        """Give the contact as the format writes it; its domain is that of the mail address."""
        return {"org": self.organisation, "contact": self.contact, "domain": self.contact.rpartition("@")[2]}


def report(detection: Detection, source: Address, reporter: Reporter) -> str:
    """Write the report about `source` as one JSON object.

    Raises ReportError where the source may not be accused, or where the scan shows no port that it came from. The same
    scan gives the same `report_id` for the same source, so that what is sent twice is recognised.
    """
    if source not in accused(detection):
        raise ReportError(
            f"{source} is not proved to be a source of {detection.id}",
            remedy="only members that completed a handshake can be reported: the others may have been forged",
        )
    probes = list(_probes(detection, source))
    if not probes:
        raise ReportError(
            f"no probe of {detection.id} by {source} shows the port it came from",
            remedy="the format needs one: pings, neighbour requests and logs without ports cannot be reported in it",
        )
    return shown_json(_ENCODER.encode(_fields(detection, source, reporter, probes)))


def _probes(detection: Detection, source: Address) -> Iterator[Probe]:
    """Give the contacts of this source that show the port they came from, oldest first."""
    for part in detection.evidence.parts:
        is_its_own = (part.source or detection.source.address) == source
        if is_its_own and part.source_port and (place := part.place) and place[0] in PROTOCOLS:
            yield part, place


def _fields(detection: Detection, source: Address, reporter: Reporter, probes: list[Probe]) -> Fields:
    # An answer is seen at once; that none came is known only some seconds later.
    shown, (protocol, port, target) = next(
        (probe for probe in probes if probe[0].outcome in ("closed", "open")), probes[0]
    )
    return {
        "xarf_version": XARF_VERSION,
        "report_id": _report_id(detection, source),
        "timestamp": shown.time,
        "source_identifier": source,
        "source_port": shown.source_port,
        "category": "connection",
        "type": "port_scan",
        "evidence_source": "ids_detection",
        "first_seen": detection.first_seen,
        "last_seen": detection.last_seen,
        "description": _description(detection, source)[:MAX_DESCRIPTION_CHARS],
        "evidence": [_evidence(source, probes)],
        "protocol": protocol,
        "destination_ip": target,
        **({"destination_port": port} if port else {}),
        "reporter": reporter.fields,
        "sender": reporter.fields,
    }


def _description(detection: Detection, source: Address) -> str:
    is_proved = detection.source.verified or any(
        member.verified for member in detection.source.members if member.address == source
    )
    proof = (
        "The source completed a handshake, so its address is not forged."
        if is_proved
        else "The source completed no handshake, so its address may be forged."
    )
    tool = f" It looks like {detection.tool.name}." if detection.tool else ""
    times = f"{detection.first_seen} and {detection.last_seen}"
    return f"{title(detection)}: {detection.probes} probes between {times}.{tool} {proof}"


def _evidence(source: Address, probes: list[Probe]) -> Fields:
    """Give the probes as a table, oldest first."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    table.writerow(_COLUMNS)
    for part, (protocol, port, target) in probes:
        table.writerow((part.time, source, part.source_port, protocol, target, port, part.outcome))
    payload = text.getvalue().encode()
    return {
        "content_type": "text/csv",
        "description": "The probes that were weighed, with the source port of each; times are UTC.",
        "payload": base64.b64encode(payload).decode(),
        "hash": f"sha256:{hashlib.sha256(payload).hexdigest()}",
        "size": len(payload),
    }


def _report_id(detection: Detection, source: Address) -> str:
    """Derive an identifier in the form of a random one (RFC 9562, 5.4)."""
    digest = hashlib.sha256(f"{detection.id} {detection.first_seen} {source}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
