"""An abuse report is one that the format's own library takes, and it accuses nobody who may be innocent."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import xarf

from scanwarden.errors import ReportError
from scanwarden.formats.xarf import Reporter, report
from scanwarden.model.address import Address
from scanwarden.model.detection import Closed
from tests.replaying import replayed
from tests.samples import OPENED, record

GOLDEN = Path(__file__).parents[2] / "golden"
REPORTER = Reporter(organisation="Example Hosting", contact="abuse@hosting.example.net")
PART: dict[str, Any] = {
    "rule": "closed_port",
    "contact": "tcp/23 at 10.77.1.10",
    "outcome": "closed",
    "nats": 3.5,
    "time": "2026-01-02T03:04:05.100000000Z",
    "source_port": 40123,
}


def statement(parts: list[dict[str, Any]], **changes: object) -> Closed:
    evidence = {"nats": 14.0, "threshold": 13.8, "parts": parts, "parts_left_out": 0}
    found = record(OPENED | {"event": "closed", "evidence": evidence} | changes)
    assert isinstance(found, Closed)
    return found


def written(found: Closed, source: str = "10.77.1.50") -> Any:  # noqa: ANN401 any JSON value
    return json.loads(report(found, Address.parse(source), REPORTER))


def probes_of(one: Any) -> list[str]:  # noqa: ANN401 any JSON value
    (evidence,) = one["evidence"]
    return base64.b64decode(evidence["payload"]).decode().splitlines()


@pytest.mark.parametrize("case", ["syn-nmap", "connect-nmap", "udp-nmap", "syn-v6-nmap", "sctp-init-nmap"])
def test_the_library_of_the_format_takes_it(case: str) -> None:
    (found,) = [one for one in replayed(GOLDEN / case / "input.pcap") if isinstance(one, Closed)]
    assert found.source.address is not None
    text = report(found, found.source.address, REPORTER)
    judged = xarf.parse(text, strict=False)
    assert judged.errors == []
    assert isinstance(judged.report, xarf.PortScanReport)
    assert judged.report.source_identifier == str(found.source.address)
    assert judged.report.source_port == json.loads(text)["source_port"]


def test_the_port_and_the_time_are_of_one_probe_that_was_answered_at_once() -> None:
    late = PART | {"contact": "tcp/22 at 10.77.1.10", "outcome": "filtered", "source_port": 40122}
    one = written(statement([late, PART]))
    assert (one["timestamp"], one["source_port"]) == (PART["time"], 40123)
    assert (one["protocol"], one["destination_ip"], one["destination_port"]) == ("tcp", "10.77.1.10", 23)


def test_the_probes_are_listed_with_their_source_ports() -> None:
    heading, *probes = probes_of(written(statement([PART, PART | {"contact": "udp/53 at 10.77.1.10"}])))
    assert heading == "time,source,source_port,protocol,destination,destination_port,outcome"
    assert probes == [
        f"{PART['time']},10.77.1.50,40123,tcp,10.77.1.10,23,closed",
        f"{PART['time']},10.77.1.50,40123,udp,10.77.1.10,53,closed",
    ]


@pytest.mark.parametrize(("verified", "words"), [(True, "is not forged"), (False, "may be forged")])
def test_it_says_whether_the_address_is_proved(verified: bool, words: str) -> None:
    source = OPENED["source"] | {"verified": verified}
    assert words in written(statement([PART], source=source))["description"]


def test_the_same_report_has_the_same_number() -> None:
    one, again = (written(statement([PART]))["report_id"] for _ in range(2))
    assert one == again


def test_who_complains_is_named() -> None:
    one = written(statement([PART]))
    assert one["reporter"] == {
        "org": "Example Hosting",
        "contact": "abuse@hosting.example.net",
        "domain": "hosting.example.net",
    }
    assert one["sender"] == one["reporter"]


def test_only_what_a_member_did_itself_is_told_of_it() -> None:
    members = [{"address": f"10.77.1.{n}", "verified": n == 6} for n in (5, 6)]
    source = {"address": None, "prefix": None, "members": members, "verified": True}
    parts = [PART | {"source": f"10.77.1.{n}", "source_port": 40000 + n} for n in (5, 6)]
    found = statement(parts, source=source, group="decoys")
    one = written(found, "10.77.1.6")
    assert one["source_port"] == 40006
    assert len(probes_of(one)) == 2
    with pytest.raises(ReportError, match=r"10\.77\.1\.5 is not proved"):
        written(found, "10.77.1.5")


@pytest.mark.parametrize(
    "part", [PART | {"contact": "icmp type 8 at 10.77.1.10"}, {key: PART[key] for key in PART if key != "source_port"}]
)
def test_a_scan_without_source_ports_cannot_be_reported(part: dict[str, Any]) -> None:
    with pytest.raises(ReportError, match="shows the port it came from"):
        written(statement([part]))


def test_a_stranger_cannot_be_reported() -> None:
    with pytest.raises(ReportError, match="is not proved to be a source"):
        written(statement([PART]), "192.0.2.99")
