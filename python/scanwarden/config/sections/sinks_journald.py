"""Declare `[sinks.journald]`: write to the systemd journal, with every part of a scan as a field."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section


@section("sinks.journald", rank=91)
class JournaldSettings(Section, frozen=True, kw_only=True):
    """Write to the systemd journal, with every part of a scan as a field."""

    enabled: Annotated[bool, Meta(description="Write to the journal.")] = False
