"""Learn of every new connection attempt from the kernel: one message for each flow, never one for each packet.

A table of our own, `inet scanwarden_connections`, has connection tracking pick the first packet of each flow that
others begin with this host, before any filter; NFLOG hands it over, at a rate that the kernel caps. Not here: which
attempts are written down, and where.
"""

from scanwarden.sensors.connections.sensor import ConnectionSensor

__all__ = ["ConnectionSensor"]
