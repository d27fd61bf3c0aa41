"""Say what went wrong between the hosts of a fleet.

FleetError
├── BusError        the bus cannot be reached, or refused
│   └── ConflictError   somebody else changed the value first
└── MessageError    a message is not one of ours, or not signed by whom it names
"""

from scanwarden.errors import ScanwardenError


class FleetError(ScanwardenError):
    """Report what keeps a host from being part of a fleet."""


class BusError(FleetError):
    """Report a bus that cannot be reached, or that refuses."""


class ConflictError(BusError):
    """Report a value that somebody else changed first."""


class MessageError(FleetError):
    """Report a message that is not one of ours, or not signed by whom it names."""
