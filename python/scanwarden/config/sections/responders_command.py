"""Declare `[responders.command]`: bans by a program of yours, started without a shell, as an unprivileged user."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import Duration
from scanwarden.config.registry import section


@section("responders.command", rank=46)
class CommandSettings(Section, frozen=True, kw_only=True):
    """Bans by a program of yours, started without a shell, as an unprivileged user.

    In the arguments `{source}`, `{duration_s}`, `{reason}` and `{scan}` stand for the ban; each stays one argument.
    """

    ban: Annotated[
        tuple[str, ...],
        Meta(
            description="Program and arguments that ban a source; it may be run again for one that is banned, "
            "with what is left.",
            examples=[["/usr/local/sbin/ban", "{source}", "{duration_s}"]],
            max_length=64,
        ),
    ] = ()
    unban: Annotated[
        tuple[str, ...],
        Meta(
            description="Program and arguments that lift the ban; it must succeed when there is none.",
            examples=[["/usr/local/sbin/unban", "{source}"]],
            max_length=64,
        ),
    ] = ()
    user: Annotated[
        str,
        Meta(
            description="User that the program runs as.",
            examples=["scanwarden-actor"],
            pattern=r"^[a-z_][a-z0-9_-]{0,31}$",
            title="the name of a user",
        ),
    ] = "nobody"
    time_limit: Annotated[
        Duration,
        Meta(
            description="Time after which the program is ended and the ban counts as failed.",
            examples=["2 s"],
            extra={"at_least": Duration.parse("100 ms"), "at_most": Duration.parse("5 min")},
        ),
    ] = Duration.parse("10 s")
    at_once: Annotated[int, Meta(description="Most programs that run at the same time.", examples=[1], ge=1, le=64)] = 4

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield programs that are no absolute path, and a ban that nothing can lift."""
        for name, command in (("ban", self.ban), ("unban", self.unban)):
            if command and not command[0].startswith("/"):
                yield name, f"the program {command[0]!a} must be an absolute path"
        if self.ban and not self.unban:
            yield "unban", "is missing: every ban must be lifted again"
