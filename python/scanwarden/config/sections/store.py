"""Declare `[store]`: where scans, decisions and bans are kept, and for how long."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import ByteSize, Duration
from scanwarden.config.registry import section


@section("store", rank=70)
class StoreSettings(Section, frozen=True, kw_only=True):
    """Choose where scans, decisions and bans are kept. A full or broken disk never stops detection or bans."""

    path: Annotated[Path, Meta(description="The database file.", examples=["/srv/scanwarden/scanwarden.db"])] = Path(
        "/var/lib/scanwarden/scanwarden.db"
    )
    retention: Annotated[
        Duration,
        Meta(
            description="How long scans and everything about them are kept.",
            examples=["365 d"],
            extra={"at_least": Duration.parse("1 h"), "at_most": Duration.parse("3650 d")},
        ),
    ] = Duration.parse("90 d")
    max_size: Annotated[
        ByteSize,
        Meta(
            description="Size that the file may reach; then the oldest scans are removed before their time.",
            examples=["2 GiB"],
            extra={"at_least": ByteSize.parse("8 MiB"), "at_most": ByteSize.parse("1024 GiB")},
        ),
    ] = ByteSize.parse("512 MiB")
    queue: Annotated[
        int,
        Meta(
            description="Records that wait in memory while the disk is slow or away; then the oldest are dropped "
            "and counted.",
            examples=[50_000],
            ge=100,
            le=1_000_000,
        ),
    ] = 10_000
