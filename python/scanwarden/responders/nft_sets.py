"""Write to nft which networks sets are to hold."""

from collections.abc import Iterable

from scanwarden.model.address import Prefix


def renewed_sets(table: str, name: str, networks: Iterable[Prefix]) -> str:
    """Return one transaction by which the sets NAME_v4 and NAME_v6 of a table hold exactly these disjoint networks."""
    by_version: dict[int, list[str]] = {4: [], 6: []}
    for network in networks:
        by_version[network.version].append(str(network))
    lines = []
    for version, names in by_version.items():
        lines.append(f"flush set {table} {name}_v{version}")
        if names:
            lines.append(f"add element {table} {name}_v{version} {{ {', '.join(names)} }}")
    return "\n".join(lines) + "\n"
