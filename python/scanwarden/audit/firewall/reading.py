"""Read the rules in force, without ever listing the elements of a set that no rule asks for."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from scanwarden import hostcmd
from scanwarden.audit.firewall import iptables_save, nft_json
from scanwarden.audit.firewall.rules import Ruleset, Table
from scanwarden.hostcmd import CommandNotFoundError, HostCommandError

Json = Any
Run = Callable[[Sequence[str]], str]
MAX_SETS = 256
MAX_OUTPUT_BYTES = 32 << 20
LIMIT_S = 10.0
# Our own bans, and what only counts or logs: no answer to the question whom the rules let in.
OWN_TABLES = frozenset(("inet scanwarden", "inet scanwarden_connections", "inet scanwarden_tripwire"))
_NAMED_SET = re.compile(r'"@([A-Za-z0-9_./\\-]{1,128})"')


def run_here(argv: Sequence[str]) -> str:
    """Run a command that lists rules; raises HostCommandError, also if it had too much to say."""
    done = hostcmd.run(argv, limit_s=LIMIT_S, max_output_bytes=MAX_OUTPUT_BYTES)
    if done.is_truncated:
        raise HostCommandError(f"{argv[0]} listed more than {MAX_OUTPUT_BYTES >> 20} MiB", program=argv[0])
    return done.text


def read_ruleset(run: Run = run_here, *, proc_net: Path = Path("/proc/net")) -> Ruleset:
    """Read nftables and both kinds of iptables; what cannot be read is a gap, never an empty rule set.

    `run` runs a command in the network namespace that is asked about, `proc_net` is its /proc/net.
    """
    gaps: list[str] = []
    tables = _nftables(run, gaps)
    tables += _legacy(run, proc_net, gaps)
    return Ruleset(tuple(tables), tuple(gaps))


def _nftables(run: Run, gaps: list[str]) -> list[Table]:
    try:
        text = run(["nft", "-j", "-t", "list", "ruleset"])
        listed = json.loads(text or "{}").get("nftables", [])
    except CommandNotFoundError:
        return _without_nft(run, gaps)
    except (HostCommandError, ValueError) as error:
        gaps.append(f"the nftables rules cannot be read: {error}")
        return []
    rules = [entry["rule"] for entry in listed if "rule" in entry]
    extended = {
        f"{rule['family']} {rule['table']}"
        for rule in rules
        if rule["family"] in ("ip", "ip6") and nft_json.has_extensions(rule)
    }
    tables = nft_json.tables_of(listed, _sets(run, rules), left_out=OWN_TABLES | frozenset(extended))
    for version, program in ((4, "iptables-nft-save"), (6, "ip6tables-nft-save")):
        family = "ip" if version == 4 else "ip6"
        if any(one.startswith(f"{family} ") for one in extended):
            read = _saved(run, program, version, gaps)
            tables += [table for table in read if f"{family} {table.name}" in extended]
    return tables


def _without_nft(run: Run, gaps: list[str]) -> list[Table]:
    """Read what iptables knows of nftables, on a host that has only its tools."""
    try:
        return [
            *iptables_save.tables_of(run(["iptables-nft-save"]), version=4, origin="iptables", ipsets={}),
            *iptables_save.tables_of(run(["ip6tables-nft-save"]), version=6, origin="ip6tables", ipsets={}),
        ]
    except (HostCommandError, ValueError) as error:
        gaps.append(f"neither nft nor iptables can be asked for the rules: {error}")
        return []


def _sets(run: Run, rules: Iterable[Json]) -> dict[tuple[str, str, str], list[Json] | None]:
    """List the named sets and maps that rules ask for; one that is too large to list is None."""
    wanted: dict[tuple[str, str, str], None] = {}
    for rule in rules:
        if f"{rule['family']} {rule['table']}" not in OWN_TABLES:
            for name in _NAMED_SET.findall(json.dumps(rule["expr"])):
                wanted[rule["family"], rule["table"], name] = None
    return {place: _elements(run, place) for place in list(wanted)[:MAX_SETS]}


def _elements(run: Run, place: tuple[str, str, str]) -> list[Json] | None:
    for kind in ("set", "map"):
        try:
            listed = json.loads(run(["nft", "-j", "list", kind, *place]))["nftables"]
        except (HostCommandError, ValueError, KeyError):
            continue
        for entry in listed:
            if kind in entry:
                elements = entry[kind].get("elem", [])
                return elements if isinstance(elements, list) else [elements]
    return None


def _legacy(run: Run, proc_net: Path, gaps: list[str]) -> list[Table]:
    """Read the rules of the older kernel interface, where it has any."""
    tables: list[Table] = []
    for version, names, program in (
        (4, "ip_tables_names", "iptables-legacy-save"),
        (6, "ip6_tables_names", "ip6tables-legacy-save"),
    ):
        try:
            is_used = bool((proc_net / names).read_text(encoding="ascii").strip())
        except FileNotFoundError:
            continue  # this kernel has not loaded it
        except OSError as error:
            gaps.append(f"it is not known whether legacy iptables has rules: {error.strerror}")
            continue
        if is_used:
            tables += _saved(run, program, version, gaps)
    return tables


def _saved(run: Run, program: str, version: int, gaps: list[str]) -> list[Table]:
    try:
        text = run([program])
        ipsets = _ipsets(run) if "--match-set" in text else {}
        return iptables_save.tables_of(text, version=version, origin=program.removesuffix("-save"), ipsets=ipsets)
    except (HostCommandError, ValueError, KeyError) as error:
        gaps.append(f"the rules of {program.removesuffix('-save')} cannot be read: {error}")
        return []


def _ipsets(run: Run) -> dict[str, list[str]]:
    """Give the kind and the members of each ipset that can be listed."""
    try:
        text = run(["ipset", "save"])
    except HostCommandError:
        return {}
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("create ") and len(words) > 2:
            found[words[1]] = [words[2]]
        elif line.startswith("add ") and len(words) > 2 and words[1] in found:
            found[words[1]].append(words[2])
    return found
