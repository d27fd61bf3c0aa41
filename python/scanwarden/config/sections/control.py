"""Declare `[control]`: the sockets through which the running service is asked and told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanwarden.config.endpoint import MAX_SOCKET_PATH_BYTES
from scanwarden.config.options import Section
from scanwarden.config.registry import section


@section("control", rank=80)
class ControlSettings(Section, frozen=True, kw_only=True):
    """Choose the sockets through which the running service is asked and told; their file modes decide who may."""

    read_socket: Annotated[
        Path, Meta(description="Socket for questions, with mode 0660.", examples=["/run/scanwarden/read.sock"])
    ] = Path("/run/scanwarden/read.sock")
    admin_socket: Annotated[
        Path,
        Meta(description="Socket for changes such as bans, with mode 0600.", examples=["/run/scanwarden/admin.sock"]),
    ] = Path("/run/scanwarden/admin.sock")
    page_socket: Annotated[
        Path,
        Meta(
            description="Socket through which the page bans, lifts bans and allows; it is there only with "
            "[web] enabled. A folder that is closed to others decides who may use it, else its mode, 0660.",
            examples=["/run/scanwarden/page.sock"],
        ),
    ] = Path("/run/scanwarden-page/page.sock")
    group: Annotated[
        str,
        Meta(
            description="Group whose members may ask.",
            examples=["adm"],
            pattern=r"^[a-z_][a-z0-9_-]{0,31}$",
            title="the name of a group",
        ),
    ] = "scanwarden"

    page_group: Annotated[
        str,
        Meta(
            description="Group that the page runs in; its members may use the page's socket.",
            examples=["scanwarden-web"],
            pattern=r"^[a-z_][a-z0-9_-]{0,31}$",
            title="the name of a group",
        ),
    ] = "scanwarden-web"

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield sockets that are one and the same, or too long for the kernel."""
        if self.read_socket == self.admin_socket:
            yield "admin_socket", "is the same as read_socket"
        if self.page_socket in (self.read_socket, self.admin_socket):
            yield "page_socket", "is the same as another socket"
        for name in ("read_socket", "admin_socket", "page_socket"):
            if len(str(getattr(self, name)).encode()) > MAX_SOCKET_PATH_BYTES:
                yield name, f"is longer than {MAX_SOCKET_PATH_BYTES} bytes, the most the kernel takes"
