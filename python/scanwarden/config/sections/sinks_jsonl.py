"""Declare `[sinks.jsonl]`: write records to a file, one a line."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import ByteSize
from scanwarden.config.registry import section

JsonFormatName = Literal[
    "json",
    "eve",
    "ecs",
    "ocsf",
    "portsentry",
    "portsentry-history",
    "portsentry2",
    "iplog",
    "scanlogd",
    "psad",
    "cef",
    "dshield",
]


@section("sinks.jsonl", rank=92)
class JsonlSettings(Section, frozen=True, kw_only=True):
    """Write records to a file, one a line."""

    enabled: Annotated[bool, Meta(description="Write the file.")] = False
    file: Annotated[Path, Meta(description="The file.")] = Path("/var/log/scanwarden/scans.jsonl")
    format: Annotated[JsonFormatName, Meta(description="Format of a line.", examples=["eve"])] = "json"
    rotate_at: Annotated[
        ByteSize,
        Meta(
            description="Size at which a new file is begun.",
            examples=["10 MiB"],
            extra={"at_least": ByteSize.parse("64 KiB"), "at_most": ByteSize.parse("64 GiB")},
        ),
    ] = ByteSize.parse("64 MiB")
    keep: Annotated[int, Meta(description="Old files that are kept.", examples=[30], ge=0, le=1000)] = 5
