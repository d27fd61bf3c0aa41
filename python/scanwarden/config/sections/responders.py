"""Declare `[responders]`: choose what enforces bans."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section

ResponderName = Literal["nftables", "firewalld", "iptables", "hosts_deny", "route", "command", "dry_run"]


@section("responders", rank=40)
class RespondersSettings(Section, frozen=True, kw_only=True):
    """Choose what enforces bans."""

    enabled: Annotated[
        tuple[ResponderName, ...],
        Meta(
            description="The responders that carry out each ban: `nftables`, `firewalld`, `iptables`, "
            "`hosts_deny` (TCP "
            "wrappers), `route` (a blackhole), `command` (a program of yours) and `dry_run` (only says what it "
            "would do). "
            "All but the first and last run in a process of their own, the actor: "
            "`systemctl enable --now scanwarden-actor`. "
            "`nftables` leads if it is there, else the first that enforces anything: a ban is told when it is in "
            "force there. The others follow in their own time, and `scanwarden status` says how each is doing.",
            examples=[["nftables", "hosts_deny"]],
            min_length=1,
            max_length=7,
        ),
    ] = ("nftables",)

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield a responder that is named twice."""
        for name in sorted(set(self.enabled)):
            if self.enabled.count(name) > 1:
                yield "enabled", f'"{name}" is there twice'
