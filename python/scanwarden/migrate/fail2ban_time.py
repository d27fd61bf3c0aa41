"""Read fail2ban's lengths of time: seconds, or numbers with units such as `10m`, `1d 12h`, `1w`."""

import re

_UNITS_S = {"y": 365.25 * 86_400, "mo": 365.25 * 86_400 / 12, "w": 7 * 86_400, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)\s*", re.ASCII)


def seconds_of(text: str) -> int | None:
    """Give whole seconds, -1 for any negative time (which means for ever), None for what is no length of time."""
    text = text.strip().lower()
    if text.startswith("-"):
        return -1 if seconds_of(text[1:]) is not None else None
    total, at = 0.0, 0
    while at < len(text):
        part = _PART.match(text, at)
        factor = _factor(part[2]) if part else None
        if part is None or factor is None:
            return None
        total += float(part[1]) * factor
        at = part.end()
    return round(total) if text else None


def _factor(unit: str) -> float | None:
    """Find a unit by its first letters; without one, seconds are meant."""
    if not unit:
        return 1
    if unit.startswith("mo"):
        return _UNITS_S["mo"]
    return _UNITS_S.get(unit[0])
