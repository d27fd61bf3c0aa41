"""Hold the commands that close a port, each with the one that takes it back."""

import shlex

from msgspec import Struct


class Step(Struct, frozen=True, kw_only=True):
    """One command as an argument list, and what undoes it."""

    do: tuple[str, ...]
    undo: tuple[str, ...]

    @property
    def text(self) -> str:
        """Write the command as one types it into a shell."""
        return shlex.join(self.do)


class Advice(Struct, frozen=True, kw_only=True):
    """How to close one port.

    `steps` act at once; `lasting` are lines that keep it closed over a restart; `notes` say what else would do.
    """

    port: int
    protocol: str
    firewall: str
    steps: tuple[Step, ...]
    lasting: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be closed: the port as the outside sees it, and on which interfaces.

    `is_published`: the packets go on to a container or another host, so rules about this host's own ports do not see
    them. `versions` are the IP versions it is reached by.
    """

    port: int
    protocol: str
    interfaces: tuple[str, ...]
    versions: tuple[int, ...] = (4, 6)
    is_published: bool = False
    has_docker: bool = False
    program: str = "iptables"
