"""Declare `[abuse]`: who complains to the networks that scans come from."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.endpoint import MailAddress
from scanwarden.config.options import Section
from scanwarden.config.registry import section


@section("abuse", rank=125)
class AbuseSettings(Section, frozen=True, kw_only=True):
    """Say who you are in the reports that `scanwarden abuse` writes; nothing is sent by itself."""

    organisation: Annotated[
        str, Meta(description="Who complains.", examples=["Example Hosting Ltd"], max_length=200)
    ] = ""
    contact: Annotated[MailAddress | None, Meta(description="Where answers go to.", examples=["abuse@example.net"])] = (
        None
    )
