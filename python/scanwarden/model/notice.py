"""Describe a notice: something worth telling that is neither a scan nor a ban."""

from typing import Annotated

from msgspec import Meta, Struct, field

from scanwarden.model.detection import Count, Source, Target
from scanwarden.model.time import Timestamp


class Notice(Struct, frozen=True, kw_only=True, tag_field="event", tag="notice"):
    """State something an administrator wants to know, such as a flood or a sensor that lost packets."""

    id: Annotated[str | None, Meta(description="Names the notice, or the scan it is about; null if neither.")] = None
    time: Annotated[Timestamp, Meta(description="When it was noticed.")]
    kind: Annotated[str, Meta(description="One word for filters: `flood`, `ban_failed`, `drops` …")]
    source: Annotated[Source | None, Meta(description="Who it is about, if anyone.")] = None
    targets: Annotated[tuple[Target, ...], Meta(description="What it is about, host by host.")] = ()
    text: Annotated[str, Meta(description="One sentence for people.")]
    counts: Annotated[dict[str, Count], Meta(description="Numbers behind the sentence, by name.")] = field(
        default_factory=dict
    )
    sensor: Annotated[str, Meta(description="What noticed it.")]
