"""List scans with filters; the filter stands in the address, so that a list can be kept as a bookmark."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.errors import AddressError
from scanwarden.model.address import Prefix
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store import ScanFilter
from scanwarden.store.codec import TECHNIQUES
from scanwarden.store.views import Protocol
from scanwarden.web.pages.periods import LENGTHS_S
from scanwarden.web.site import Endpoint, Site

ROWS = 50
MAX_TEXT_CHARS = 200
MAX_PORT = 65_535
PROTOCOLS: tuple[Protocol, ...] = ("tcp", "udp", "sctp", "ip_protocol", "icmp")
FIELDS = ("text", "source", "port", "technique", "severity", "period", "open")


def page(site: Site) -> Endpoint:
    """Give the list."""

    async def scans(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "")[:MAX_TEXT_CHARS].strip() for name in FIELDS}
        say = site.words(request)
        problem = ""
        wanted = ScanFilter()
        try:
            wanted = filter_of(asked, site.now_ns())
        except (AddressError, ValueError) as error:
            problem = error.message if isinstance(error, AddressError) else str(error)
        after = request.query_params.get("after")
        found = await site.store.ask(lambda reader: reader.scans(wanted, after=after, limit=ROWS))
        count = await site.store.ask(lambda reader: reader.count(wanted))
        kept = {name: value for name, value in asked.items() if value}
        told = {
            "asked": asked,
            "problem": say("scans.problem", what=problem) if problem else "",
            "found": found,
            "count": count,
            "is_filtered": bool(kept),
            "following": f"/scans?{urlencode({**kept, 'after': found.next})}" if found.next else "",
            "is_later": after is not None,
            "all_techniques": TECHNIQUES,
            "periods": LENGTHS_S,
            "now": site.now_ns(),
        }
        return site.rendering.page(request, "scans.html", told, status=400 if problem else 200)

    return scans


def filter_of(asked: dict[str, str], now_ns: int) -> ScanFilter:
    """Read the filter; raise AddressError or ValueError naming what is wrong."""
    protocol, port = port_of(asked["port"])
    length_s = LENGTHS_S.get(asked["period"])
    severity = asked["severity"]
    return ScanFilter(
        since=None if length_s is None else Timestamp(now_ns - length_s * NS_PER_S),
        source=Prefix.parse(asked["source"]) if asked["source"] else None,
        techniques=tuple(one for one in TECHNIQUES if one == asked["technique"]),
        minimum_severity=int(severity) if severity in tuple("12345") else None,
        protocol=protocol,
        port=port,
        text=asked["text"] or None,
        is_open=True if asked["open"] else None,
    )


def port_of(text: str) -> tuple[Protocol | None, int | None]:
    """Read `22`, `udp/53` or `icmp`; raise ValueError on anything else."""
    head, slash, tail = text.rpartition("/")
    protocol = next((one for one in PROTOCOLS if one in (head, tail)), None)
    if not text or (protocol is not None and protocol == tail and not slash):
        return protocol, None
    is_number = tail.isascii() and tail.isdigit() and len(tail) <= 5 and int(tail) <= MAX_PORT
    if not is_number or bool(slash) != (protocol is not None):
        raise ValueError(f"{text!r}: 22, tcp/22, udp/53")
    return protocol, int(tail)
