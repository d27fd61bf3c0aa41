"""Declare `[logs]`: which firewall and log-in lines are read, and `[connections]`: which connections are logged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports

Verdict = Annotated[str, Meta(title="a word without blanks", pattern=r"^[^\s\x00-\x1f\x7f]{1,32}$")]


@section("logs", rank=50)
class LogsSettings(Section, frozen=True, kw_only=True):
    """Read what the firewall and the log-in services already write."""

    files: Annotated[
        tuple[Path, ...],
        Meta(
            description="Log files to follow, through rotation. Only lines of the kernel and of sshd and PAM are "
            "believed.",
            examples=[["/var/log/messages", "/var/log/secure"]],
            max_length=64,
        ),
    ] = ()
    journal: Annotated[bool, Meta(description="Follow the systemd journal.", examples=[True])] = False
    nflog_groups: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=65535)], ...],
        Meta(
            description="NFLOG groups that firewall rules send packets to; the surest way, as no text is in between.",
            examples=[[5]],
            max_length=16,
        ),
    ] = ()
    refusing: Annotated[
        tuple[Verdict, ...],
        Meta(
            description="Further words in log prefixes that mean a packet was refused, beside DROP, REJECT, "
            "BLOCK, DENY.",
            examples=[["VERWORFEN"]],
            max_length=64,
        ),
    ] = ()
    time_zone: Annotated[
        str,
        Meta(
            description="Time zone of lines that name none, as in /usr/share/zoneinfo. Empty: that of this host.",
            examples=["Europe/Vienna"],
            pattern=r"^(?:[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*)?$",
            title="the name of a time zone",
            max_length=64,
        ),
    ] = ""


class ConnectionRule(Section, frozen=True, kw_only=True):
    """Some connection attempts; every option given must match."""

    protocol: Annotated[Literal["tcp", "udp", "icmp"] | None, Meta(description="Only this protocol.")] = None
    source: Annotated[Prefix | None, Meta(description="Only from this network.", examples=["192.168.0.0/24"])] = None
    target: Annotated[Prefix | None, Meta(description="Only to this network.", examples=["192.0.2.7"])] = None
    source_ports: Annotated[Ports | None, Meta(description="Only from these ports.", examples=["53,123"])] = None
    target_ports: Annotated[Ports | None, Meta(description="Only to these ports.", examples=["80,443"])] = None
    icmp_types: Annotated[Ports | None, Meta(description="Only these ICMP types.", examples=["8"])] = None
    source_outside: Annotated[
        Prefix | None, Meta(description="Only from outside this network.", examples=["10.0.0.0/8"])
    ] = None
    target_outside: Annotated[
        Prefix | None, Meta(description="Only to outside this network.", examples=["192.0.2.0/24"])
    ] = None

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield a rule without any condition, and conditions that never hold together."""
        if not any(getattr(self, name) for name in self.__struct_fields__):
            yield "protocol", "the rule has no condition; to write nothing, set enabled = false"
        if (self.source_ports or self.target_ports) and self.protocol == "icmp":
            yield "protocol", "ICMP has no ports"
        if self.icmp_types and self.protocol not in (None, "icmp"):
            yield "icmp_types", f"{self.protocol} has no ICMP types"


@section("connections", rank=55)
class ConnectionsSettings(Section, frozen=True, kw_only=True):
    """Write one line for every new inbound connection attempt, as iplog does."""

    enabled: Annotated[bool, Meta(description="Write the connection log.", examples=[True])] = False
    file: Annotated[Path, Meta(description="The file it goes to.")] = Path("/var/log/scanwarden/connections.log")
    per_second: Annotated[
        int, Meta(description="Most lines a second; what is left out is counted.", examples=[1000], ge=1, le=100_000)
    ] = 100
    ignore: Annotated[
        tuple[ConnectionRule, ...],
        Meta(description="What is not written down, as `[[connections.ignore]]` tables.", max_length=256),
    ] = ()
    always: Annotated[
        tuple[ConnectionRule, ...],
        Meta(
            description="What is written down although a rule of `ignore` holds, as `[[connections.always]]` tables.",
            max_length=256,
        ),
    ] = ()
