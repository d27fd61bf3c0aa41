"""Describe a notice: something worth telling that is neither a scan nor a ban."""

from typing import Annotated

from msgspec import Meta, Struct, field

from scanwarden.model.detection import Count, Source, Target
from scanwarden.model.time import Timestamp


class Notice(Struct, frozen=True, kw_only=True, tag_field="event", tag="notice"):
    """State something an administrator wants to know, such as a flood or a sensor that lost packets."""

    id: Annotated[str | None, Meta(description="Names the notice, or the scan it is about; null if neither.")] = None
    time: Timestamp
    kind: Annotated[str, Meta(description="One word for filters: `flood`, `ban_failed`, `drops` …")]
    source: Source | None = None
    targets: tuple[Target, ...] = ()
    text: Annotated[str, Meta(description="One sentence for people.")]
    counts: dict[str, Count] = field(default_factory=dict)
    sensor: str
