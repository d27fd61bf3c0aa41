"""Import what is optional, or say in a line how to install it."""

import importlib
from types import ModuleType

from scanwarden.errors import ScanwardenError


class ExtraMissingError(ScanwardenError):
    """Report an optional package that a command needs and that is not installed."""


def optional(module: str, *, extra: str) -> ModuleType:
    """Import a module of an extra such as `hunt`; raise ExtraMissingError saying how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ExtraMissingError(
            f"this needs {package}, which is not installed", remedy=f"pip install 'scanwarden[{extra}]'"
        ) from error
