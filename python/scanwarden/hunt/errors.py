"""Say what keeps an archive from being searched."""

from scanwarden.errors import ScanwardenError


class HuntError(ScanwardenError):
    """Report what keeps an archive from being searched."""
