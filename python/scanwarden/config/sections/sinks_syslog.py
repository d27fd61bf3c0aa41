"""Declare `[sinks.syslog]`: write one syslog line for each scan that opens, changes or closes."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.endpoint import SyslogTarget
from scanwarden.config.options import Section
from scanwarden.config.registry import section

FormatName = Literal["text", "portsentry", "portsentry2", "iplog", "scanlogd", "psad", "cef"]


@section("sinks.syslog", rank=90)
class SyslogSettings(Section, frozen=True, kw_only=True):
    """Write one syslog line for each scan that opens, changes or closes."""

    enabled: Annotated[bool, Meta(description="Write to syslog.")] = False
    target: Annotated[
        SyslogTarget,
        Meta(
            description="The receiver: `unix:/dev/log`, or a server over udp, tcp or tls.",
            examples=["tls://logs.example.net:6514"],
        ),
    ] = SyslogTarget.parse("unix:/dev/log")
    layout: Annotated[
        Literal["rfc3164", "rfc5424"], Meta(description="Layout of the line around our text.", examples=["rfc3164"])
    ] = "rfc5424"
    format: Annotated[FormatName, Meta(description="Format of our text.", examples=["portsentry"])] = "text"
    facility: Annotated[
        Literal[
            "auth", "authpriv", "daemon", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"
        ],
        Meta(description="Facility that the line is sent to.", examples=["authpriv"]),
    ] = "daemon"
    ca_file: Annotated[
        Path | None,
        Meta(
            description="Certificates that a tls server must be signed by. Without it: those the system trusts.",
            examples=["/etc/ssl/logs.pem"],
        ),
    ] = None
