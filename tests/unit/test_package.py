"""The package as it is installed."""

import scanwarden
from scanwarden._core import _native


def test_the_rust_core_and_the_package_are_of_one_version() -> None:
    assert _native.__version__ == scanwarden.__version__
