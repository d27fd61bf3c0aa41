"""List the harmless traffic that real programs make in the lab; no detector may report any of it.

Commands run on the scanner's host unless `runs_on_guarded`, against a guarded host with the default services.
"""

from typing import Final

import msgspec


class RealTraffic(msgspec.Struct, frozen=True):
    """One harmless command."""

    name: str
    command: str
    runs_on_guarded: bool = False


HARMLESS_TRAFFIC: Final = (
    RealTraffic("pages_curl", 'curl -s -o /dev/null -H "Connection: close" http://{target}/[1-200]'),
    RealTraffic("pages_v6_curl", 'curl -s -g -o /dev/null -H "Connection: close" http://[{target6}]/'),
    RealTraffic("pages", "{client} http {target} 200"),
    RealTraffic("ssh_reconnects", "{client} ssh {target} 40"),
    RealTraffic("passive_files", "{client} files {target} 60"),
    RealTraffic("lookups", "{client} lookups {target} 100"),
    RealTraffic("lookups_v6", "{client} lookups {target6} 100"),
    RealTraffic("one_mistake", "{client} mistake {target} 8443"),
    RealTraffic("ping", "ping -n -c 10 -i 0.05 {target}"),
    RealTraffic("ping_v6", "ping -n -c 10 -i 0.05 {target6}"),
    RealTraffic("traceroute_udp", "traceroute -n -w 1 {target}"),
    RealTraffic("traceroute_echo", "traceroute -n -w 1 -I {target}"),
    RealTraffic("traceroute_syn", "traceroute -n -w 1 -T -p 80 {target}"),
    RealTraffic("traceroute_v6", "traceroute -6 -n -w 1 {target6}"),
    RealTraffic("outgoing_ping", "ping -n -c 10 -i 0.05 {gateway}", runs_on_guarded=True),
    RealTraffic("outgoing_traceroute", "traceroute -n -w 1 {bystander}", runs_on_guarded=True),
    RealTraffic("outgoing_mistakes", "{client} connect {bystander} 1-60", runs_on_guarded=True),
    RealTraffic("outgoing_lookups", "{client} lookups {target} 20", runs_on_guarded=True),
)
"""Every harmless command, with unique names."""
