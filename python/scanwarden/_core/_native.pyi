"""The Rust core of scanwarden."""

__all__ = ["__version__"]

__version__: str
