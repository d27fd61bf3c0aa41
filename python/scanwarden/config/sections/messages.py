"""Declare what every sink that writes to people has in common."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import Duration

Severity = Annotated[int, Meta(ge=1, le=5)]
HourMinute = Annotated[
    str,
    Meta(
        title='a span of the day such as "22:00-06:00"',
        pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d$",
    ),
]


class Messages(Section, frozen=True, kw_only=True):
    """Options that every sink for people has."""

    enabled: Annotated[bool, Meta(description="Send messages this way.")] = False
    minimum_severity: Annotated[
        Severity, Meta(description="Severity from which a scan is told, from 1 to 5.", examples=[3])
    ] = 2
    digest: Annotated[
        Duration,
        Meta(
            description="Time for which scans are collected into one message after the first. 0 s: one message "
            "for each scan.",
            examples=["1 h"],
            extra={"at_least": Duration.parse("0 s"), "at_most": Duration.parse("7 d")},
        ),
    ] = Duration.parse("10 min")
    quiet_hours: Annotated[
        tuple[HourMinute, ...],
        Meta(
            description="Local times of day at which only severity 5 is told; the rest follows afterwards.",
            examples=[["22:00-06:00"]],
            max_length=8,
        ),
    ] = ()


class WordedMessages(Messages, frozen=True, kw_only=True):
    """Options of sinks whose text may be worded anew."""

    template: Annotated[
        Path | None,
        Meta(
            description="A Jinja2 template for the text; it is given `host`, `title`, `text` and `scans`.",
            examples=["/etc/scanwarden/mail.txt.j2"],
        ),
    ] = None
