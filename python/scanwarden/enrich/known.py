"""State what is known about an address beside its scans."""

from typing import Annotated

from msgspec import Meta, Struct


class Known(Struct, frozen=True, kw_only=True):
    """What files and, if asked for, the resolver say about an address; what is None is not known."""

    country: Annotated[str | None, Meta(description="ISO 3166 code, from `country_file`.")] = None
    network_number: Annotated[int | None, Meta(description="Autonomous system, from `network_file`.")] = None
    network_name: Annotated[str | None, Meta(description="Who operates it, from `network_file`.")] = None
    researcher: Annotated[str | None, Meta(description="Known research scanner, from `researchers_file`.")] = None
    lists: Annotated[tuple[str, ...], Meta(description="Threat lists that name it, by file name.")] = ()
    name: Annotated[str | None, Meta(description="Reverse DNS, as the owner of the address wrote it.")] = None

    def words(self) -> list[str]:
        """Say what is known in short phrases; none if nothing is."""
        found = []
        if self.name:
            found.append(f"calls itself {self.name}")
        if self.country:
            found.append(f"country {self.country}")
        if self.network_number is not None:
            found.append(f"AS{self.network_number} {self.network_name or ''}".rstrip())
        if self.researcher:
            found.append(f"known research scanner: {self.researcher}")
        if self.lists:
            found.append(f"on {', '.join(self.lists)}")
        return found
