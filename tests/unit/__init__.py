"""Test one module at a time: `python/scanwarden/X/y.py` in `tests/unit/X/test_y.py`, `tools/` in `tests/unit/tools`."""
