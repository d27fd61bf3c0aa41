"""Detections to decide about."""

import json

from scanwarden.formats import native
from scanwarden.model.address import Address
from scanwarden.model.detection import Detection
from scanwarden.model.time import NS_PER_S, Timestamp
from tests.samples import OPENED

START = Timestamp.parse("2026-01-02T03:04:05Z")
SCAN, OTHER_SCAN = "sw-0000000000000001", "sw-0000000000000002"


def after(seconds: float) -> Timestamp:
    """Return the time so many seconds after START."""
    return Timestamp(START + round(seconds * NS_PER_S))


def detection(
    address: str = "203.0.113.9",
    *,
    prefix: str | None = None,
    verified: bool = False,
    acquainted: bool = False,
    nats: float = 14.0,
    **changed: object,
) -> Detection:
    """Return a detection of one source."""
    length = "64" if ":" in address else "32"
    source = {
        "address": address,
        "prefix": prefix or (f"{address}/{length}" if length == "32" else f"{network_of(address)}/64"),
        "members": [],
        "verified": verified,
        "acquainted": acquainted,
    }
    evidence = {"nats": nats, "threshold": 13.8, "parts": [], "parts_left_out": 0}
    return _decoded({"id": SCAN, "time": str(START), "source": source, "evidence": evidence} | changed)


def group(
    *members: str, kind: str = "decoys", verified: bool = False, acquainted: str = "", **changed: object
) -> Detection:
    """Return a detection of a group, one of whose members may be acquainted."""
    listed = [{"address": one, "verified": verified, "acquainted": one == acquainted} for one in members]
    source = {"address": None, "prefix": None, "members": listed, "verified": False}
    evidence = {"nats": 60.0, "threshold": 13.8, "parts": [], "parts_left_out": 0}
    return _decoded({"id": SCAN, "time": str(START), "source": source, "evidence": evidence, "group": kind} | changed)


def network_of(address: str) -> str:
    """Return the first address of the /64 around an IPv6 address."""
    return str(Address.parse(address).prefix(64).address)


def _decoded(changed: dict[str, object]) -> Detection:
    record = native.decode(json.dumps(OPENED | changed).encode())
    assert isinstance(record, Detection)
    return record
