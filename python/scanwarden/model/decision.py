"""Name what the policy can answer to a detection: ban its source, tell somebody, or spare it."""

from typing import Annotated

from msgspec import Meta, Struct

from scanwarden.model.address import Prefix


class BanSource(Struct, frozen=True, kw_only=True, tag_field="action", tag="ban"):
    """Refuse a source for a while."""

    source: Prefix
    duration_s: Annotated[int, Meta(gt=0)]
    reason: str
    forgeable: Annotated[bool, Meta(description="The source may be forged: its address is not proved.")]
    spare_established: Annotated[bool, Meta(description="Leave connections that already exist alone.")]


class Notify(Struct, frozen=True, kw_only=True, tag_field="action", tag="notify"):
    """Tell people and programs, and do nothing else."""

    reason: str


class Spare(Struct, frozen=True, kw_only=True, tag_field="action", tag="spare"):
    """Leave the source alone although it scans, because something says it must never be banned."""

    reason: str


Decision = BanSource | Notify | Spare
