"""Ask mmdb files, as MaxMind, DB-IP and IPinfo give them away, for country and network of an address."""

from pathlib import Path
from typing import Any

from scanwarden.errors import ConfigError
from scanwarden.model.address import Address
from scanwarden.model.printable import printable


class MmdbFile:
    """One open file; its contents are untrusted."""

    def __init__(self, path: Path) -> None:
        """Open a file; raise ConfigError if it is none, or maxminddb is not installed."""
        try:
            import maxminddb  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ConfigError(
                f"{path} needs maxminddb to be read", remedy="install it: pip install 'scanwarden[geo]'"
            ) from error
        try:
            self._reader = maxminddb.open_database(str(path))
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise ConfigError(f"{path} is no mmdb file: {printable(str(error))}", remedy="see [enrichment]") from error
        self._broken = (ValueError, maxminddb.InvalidDatabaseError)

    def find(self, address: Address) -> dict[str, Any]:
        """Give what the file says of an address; nothing if it does not know it, or is damaged there."""
        try:
            found = self._reader.get(str(address).partition("%")[0])
        except self._broken:
            return {}
        return found if isinstance(found, dict) else {}


def country_of(found: dict[str, Any]) -> str | None:
    """Take the ISO 3166 code out of an answer."""
    for key in ("country", "registered_country"):
        part = found.get(key)
        code = part.get("iso_code") if isinstance(part, dict) else part
        if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha():
            return code.upper()
    code = found.get("country_code")
    return code.upper() if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha() else None


def network_of(found: dict[str, Any]) -> tuple[int | None, str | None]:
    """Take the number and the name of an autonomous system out of an answer."""
    number = found.get("autonomous_system_number", found.get("asn"))
    if isinstance(number, str) and number.upper().startswith("AS") and number[2:].isdecimal():
        number = int(number[2:])
    name = found.get("autonomous_system_organization", found.get("as_name", found.get("name")))
    return (
        number if isinstance(number, int) and 0 < number < 1 << 32 else None,
        printable(name, max_chars=80) if isinstance(name, str) else None,
    )
