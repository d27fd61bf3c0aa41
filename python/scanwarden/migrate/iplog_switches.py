"""Say what becomes of each `set KEY [true|false]` of iplog.conf; a missing value means true."""

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldLine

_ALWAYS = "this kind of scan is always reported; its false alarms are what the evidence is for"
_ADDRESSES = "a line always has both addresses"
_NO_NAMES = "names are not looked up, since the scanner may see it; [enrichment] reverse_dns = true does it for scans"
WHY: dict[str, str] = {
    "frag": "overlapping and oversized fragments are counted as malformed, not told one by one",
    "smurf": "a flood of answers is reported as a flood, not as a scan",
    "bogus": "impossible flags are evidence of a scan, not a line each",
    "log_ip": _ADDRESSES,
    "log_dest": _ADDRESSES,
    "stdout": "run `scanwarden watch` to see scans on the terminal",
    "no_fork": "systemd runs the service in the foreground",
    "verbose": "there is one level of detail; `scanwarden explain` tells more about a scan",
    "fin_scan": _ALWAYS,
    "syn_scan": _ALWAYS,
    "udp_scan": _ALWAYS,
    "portscan": _ALWAYS,
    "xmas_scan": _ALWAYS,
    "null_scan": _ALWAYS,
    "fool_nmap": "not carried over: answering scanners with forged packets can set off storms of traffic",
    "get_ident": "not carried over: asking the source who it is tells it that it was seen",
    "dns_cache": _NO_NAMES,
    "syn_flood": "floods are always reported, without lines for each packet",
    "ignore_dns": "not needed: answers to questions of this host are never taken for a scan",
    "ping_flood": "pings of one host are no scan; a sweep over many hosts is reported",
    "traceroute": "traceroute is never taken for a scan and not told",
    "udp_resolve": _NO_NAMES,
    "tcp_resolve": _NO_NAMES,
    "icmp_resolve": _NO_NAMES,
    "disable_resolver": "nothing is looked up unless [enrichment] reverse_dns = true",
}
_PROTOCOLS = ("tcp", "udp", "icmp")


def migrate_switch(line: OldLine, words: list[str], draft: Draft) -> None:
    """Turn one switch into a setting, or say why it has no equal."""
    key, value = (words[0] if words else ""), (words[1] if len(words) > 1 else "true")
    if value not in ("true", "false") or len(words) > 2:
        draft.remark(line, "is neither true nor false")
    elif key in _PROTOCOLS:
        _protocol(line, key, draft, is_on=value == "true")
    elif key == "scans_only":
        _scans_only(line, draft, is_on=value == "true")
    else:
        draft.remark(line, WHY.get(key, "is no switch of iplog"))


def _protocol(line: OldLine, protocol: str, draft: Draft, *, is_on: bool) -> None:
    if is_on:
        draft.remark(line, f"{protocol} is written down unless a rule of [[connections.ignore]] holds")
    else:
        draft.enter("connections.ignore", {"protocol": protocol}, line)


def _scans_only(line: OldLine, draft: Draft, *, is_on: bool) -> None:
    draft.set("connections", "enabled", not is_on, line)
