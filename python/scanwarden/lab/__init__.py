"""Network laboratory: real scanners, harmless traffic and crafted captures, for demo, tests and benchmarks.

What lives here: networks of namespaces (`network`), servers and clients inside them (`listeners`, `clients`),
the scanners' command lines (`scans`), frames sent and captures recorded (`inject`, `recording`), and captures
synthesised from a seed without any network (`scene`, `flows`, `harmless`, `crafted`). What does not: any detection.
Traffic never leaves the namespaces a lab created; `sweep` removes what a killed lab left behind.
"""

from scanwarden.lab.names import sweep
from scanwarden.lab.network import Lab

__all__ = ["Lab", "sweep"]
