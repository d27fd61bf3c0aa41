"""Know the names by which this page may be called; a foreign name means that DNS was turned against the browser."""

from collections.abc import Iterable

from scanwarden.config.endpoint import Listen

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
MAX_CHARS = 300
_DEFAULT_PORTS = ("80", "443")


class Hosts:
    """The names and addresses that a Host header may bear."""

    def __init__(self, listen: Listen, names: Iterable[str]) -> None:
        """Take where the page listens, and the names that were configured, with or without a port."""
        self._any_port = {name.lower() for name in names}
        self._with_port: set[str] = set()
        self._any_address = listen.address is not None and not any(listen.address.packed)
        if listen.address is None:
            self._any_port.add("localhost")
            return
        own = str(listen).rpartition(":")[0]
        for name in (own, *(LOCAL_NAMES if listen.is_local or self._any_address else ())):
            self._with_port.add(f"{name}:{listen.port}")
            if str(listen.port) in _DEFAULT_PORTS:
                self._with_port.add(name)

    def accept(self, host: str, reached: tuple[str, int | None] | None) -> bool:
        """Say whether a Host header names us; `reached` is the address and port that the connection came in on.

        Where we listen on every address, that address itself is right too: a name is what DNS can turn, an address not.
        """
        if not host or len(host) > MAX_CHARS:
            return False
        named = host.lower()
        bare = named if named.endswith("]") else named.rpartition(":")[0] or named
        if named in self._with_port or named in self._any_port or bare in self._any_port:
            return True
        if not (self._any_address and reached):
            return False
        address = f"[{reached[0]}]" if ":" in reached[0] else reached[0]
        return named == f"{address}:{reached[1]}"
