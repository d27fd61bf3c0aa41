"""Name what a prefix of firewall log lines says about the packet."""

from typing import Literal

PrefixMeaning = Literal["refused", "allowed", "ignore"]
"""The packet was refused, was let through, or the line is not looked at."""
