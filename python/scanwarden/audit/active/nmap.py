"""Have nmap do the sweep, where an administrator trusts it more."""

import re
import time
from collections.abc import Callable

from scanwarden import hostcmd
from scanwarden.errors import SensorError
from scanwarden.model.ports import Ports

LIMIT_S = 900.0
_PORT = re.compile(r"(\d{1,5})/([a-z|]+)/tcp/")
_REST = re.compile(r"Ignored State: ([a-z|]+) \(\d+\)")


def run_here(argv: list[str]) -> str:
    """Run nmap on this host."""
    return hostcmd.run(argv, limit_s=LIMIT_S, max_output_bytes=4 << 20).text


def scan(address: str, ports: Ports, *, run: Callable[[list[str]], str]) -> tuple[dict[str, Ports], float]:
    """Return the TCP ports by state, and the seconds that it took; raises SensorError, HostCommandError."""
    six = ["-6"] if ":" in address else []
    begun_s = time.monotonic()
    text = run(["nmap", "-n", "-Pn", "-sT", *six, "-p", str(ports), "-oG", "-", address])
    return states_in(text, ports), time.monotonic() - begun_s


def states_in(text: str, asked: Ports) -> dict[str, Ports]:
    """Read nmap's greppable output; ports that it does not list are in the state that it "ignores"."""
    if "Status: Up" not in text and "Ports:" not in text:
        raise SensorError("nmap did not reach the address", remedy="see what nmap says itself")
    found: dict[str, list[int]] = {}
    for number, state in _PORT.findall(text):
        found.setdefault(state, []).append(int(number))
    listed = {port for ports in found.values() for port in ports}
    if rest := _REST.search(text):
        found.setdefault(rest[1], []).extend(port for port in asked if port not in listed)
    return {state: Ports(ports) for state, ports in found.items()}
