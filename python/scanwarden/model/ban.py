"""Describe a ban: a source that is refused until a time."""

from typing import Annotated

from msgspec import Meta, Struct

from scanwarden.model.address import Prefix
from scanwarden.model.detection import ScanId
from scanwarden.model.time import Timestamp


class Ban(Struct, frozen=True, kw_only=True, gc=False):
    """A source we refuse to talk to until `expires_at`; every ban expires."""

    id: Annotated[ScanId | None, Meta(description="The scan that earned the ban; null if a person asked for it.")]
    source: Prefix
    starts_at: Timestamp
    duration_s: Annotated[int, Meta(gt=0)]
    reason: str
    forgeable: bool
    spare_established: bool

    @property
    def expires_at(self) -> Timestamp:
        """Give the time from which the source is welcome again."""
        return self.starts_at.plus(self.duration_s)
