"""Add up the ports of a scan over all its targets, as few ranges."""

from collections.abc import Iterable

from scanwarden.model.detection import Target

Span = tuple[int, int]

# How each kind of number stands in the database: IP protocol numbers, and 256 for protocol scans themselves.
PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "ip_protocol": 256}
PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}
MAX_SPANS = 256
MAX_TEXT_CHARS = 120


def spans_of(targets: Iterable[Target]) -> dict[int, list[Span]]:
    """Join the ports of all targets by protocol.

    Beyond 256 ranges the smallest gaps are closed, so that a filter finds too much rather than too little.
    """
    found: dict[int, list[Span]] = {}
    for target in targets:
        for kind, ports in target.touched.items():
            found.setdefault(PROTOCOLS[kind], []).extend(ports.ranges)
    return {protocol: _closed_up(joined(spans)) for protocol, spans in found.items()}


def joined(spans: Iterable[Span]) -> list[Span]:
    """Sort spans and join those that overlap or touch."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Give what of the spans is in none of the others; both sorted and apart."""
    rest = list(others)
    result: list[Span] = []
    for first, last in spans:
        start = first
        for other_first, other_last in rest:
            if other_last < start or other_first > last:
                continue
            if other_first > start:
                result.append((start, other_first - 1))
            start = other_last + 1
        if start <= last:
            result.append((start, last))
    return result


def size(spans: Iterable[Span]) -> int:
    """Count the numbers in spans that are apart."""
    return sum(last - first + 1 for first, last in spans)


def text_of(spans: dict[int, list[Span]]) -> str:
    """Write the ports for a list: `tcp 22,80; udp 53`, cut where it gets long."""
    parts = [
        f"{PROTOCOL_NAMES[protocol]} {','.join(_written(span) for span in found[:MAX_TEXT_CHARS])}"
        for protocol, found in spans.items()
    ]
    text = "; ".join(parts)
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[: text.rfind(',', 0, MAX_TEXT_CHARS)]},…"


def _written(span: Span) -> str:
    first, last = span
    return str(first) if first == last else f"{first}-{last}"


def _closed_up(spans: list[Span]) -> list[Span]:
    if len(spans) <= MAX_SPANS:
        return spans
    gaps = sorted(range(1, len(spans)), key=lambda index: spans[index][0] - spans[index - 1][1])
    closed = set(gaps[: len(spans) - MAX_SPANS])
    result = [spans[0]]
    for index in range(1, len(spans)):
        if index in closed:
            result[-1] = (result[-1][0], spans[index][1])
        else:
            result.append(spans[index])
    return result
