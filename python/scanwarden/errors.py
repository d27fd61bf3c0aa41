"""Name everything scanwarden itself can fail at.

The tree; add a class only when some caller catches it::

    ScanwardenError
    ├── AddressError         a text is not an address or a network
    ├── PortsError           a text is not a list of ports
    ├── ConfigError          the configuration or an option is wrong
    ├── RecordError          a line is not one of our records
    ├── SensorError          a capture cannot be read, or an interface not opened
    ├── ResponderError       the firewall cannot be prepared, read or cleaned
    │   └── BanError         one source could not be banned or unbanned
    ├── StoreError           the store cannot be opened, read or written
    └── HostCommandError     another program is missing, failed or took too long (in `hostcmd`)

Packets and log lines never raise: they are decoded, or counted under a reason.
"""


class ScanwardenError(Exception):
    """Say what failed, on what, and what the user can do about it.

    `message` is one sentence without a full stop; `remedy`, if known, one imperative sentence.
    """

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Join message and remedy in one line, for logs."""
        return self.message if self.remedy is None else f"{self.message}; {self.remedy}"


class AddressError(ScanwardenError, ValueError):
    """Report a text that is neither an address nor a network."""


class PortsError(ScanwardenError, ValueError):
    """Report a text that is not a list of ports or numbers."""


class ConfigError(ScanwardenError):
    """Report a wrong setting or option."""


class RecordError(ScanwardenError):
    """Report a line that is not one of our records."""


class SensorError(ScanwardenError):
    """Report a capture that cannot be read, or an interface that cannot be opened."""


class ResponderError(ScanwardenError):
    """Report a firewall that cannot be prepared, read or cleaned."""


class BanError(ResponderError):
    """Report one source that could not be banned or unbanned."""


class ReportError(ScanwardenError):
    """Report a scan that others cannot be told of in the wanted form."""


class StoreError(ScanwardenError):
    """Report a store that cannot be opened, read or written."""
