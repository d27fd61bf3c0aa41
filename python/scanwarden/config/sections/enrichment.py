"""Declare `[enrichment]`: what is added to a source from files on this host."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanwarden.config.endpoint import WebAddress
from scanwarden.config.options import Section
from scanwarden.config.quantity import Duration
from scanwarden.config.registry import section


@section("enrichment", rank=120)
class EnrichmentSettings(Section, frozen=True, kw_only=True):
    """Add what is known about a source, from files of yours. Nothing is asked of anybody unless you say so."""

    country_file: Annotated[
        Path | None,
        Meta(
            description="Countries of addresses, as an mmdb file (`pip install scanwarden[geo]`).",
            examples=["/usr/share/GeoIP/country.mmdb"],
        ),
    ] = None
    network_file: Annotated[
        Path | None,
        Meta(description="Network operators of addresses, as an mmdb file.", examples=["/usr/share/GeoIP/asn.mmdb"]),
    ] = None
    researchers_file: Annotated[
        Path | None,
        Meta(
            description="Known research scanners, one network and name a line.",
            examples=["/etc/scanwarden/researchers.txt"],
        ),
    ] = None
    threat_lists: Annotated[
        tuple[Path, ...],
        Meta(
            description="Lists of notorious addresses and networks, one a line.",
            examples=[["/var/lib/threats/drop.txt"]],
            max_length=64,
        ),
    ] = ()
    threat_urls: Annotated[
        tuple[WebAddress, ...],
        Meta(
            description="Web addresses that such lists are fetched from, by the courier, at every refresh.",
            examples=[["https://lists.example.net/drop.txt"]],
            max_length=16,
        ),
    ] = ()
    refresh: Annotated[
        Duration,
        Meta(
            description="How often files are looked at for changes, and lists fetched.",
            examples=["1 d"],
            extra={"at_least": Duration.parse("1 min"), "at_most": Duration.parse("30 d")},
        ),
    ] = Duration.parse("1 h")
    reverse_dns: Annotated[
        bool, Meta(description="Ask the resolver for the name of a source. The owner of the source may notice.")
    ] = False
