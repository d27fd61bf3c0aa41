"""Show everything about one scan: what was probed, what it learnt, why it is one, what was done."""

from collections.abc import Sequence
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.charts.ports import port_name
from scanwarden.charts.probes import probes
from scanwarden.charts.strip import strip
from scanwarden.charts.waterfall import steps, waterfall
from scanwarden.errors import AddressError
from scanwarden.formats.text import rules, words
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Target
from scanwarden.store.reader import StoredScan
from scanwarden.store.views import BanRow
from scanwarden.web.rendering import pictures
from scanwarden.web.service_line import Standing
from scanwarden.web.site import Endpoint, Site

MAX_PARTS_LISTED = 40
MAX_TARGETS_LISTED = 24
MAX_MEMBERS_LISTED = 64
MAX_LEARNT_LISTED = 64


def page(site: Site) -> Endpoint:
    """Give the page of one scan."""

    async def scan(request: Request) -> Response:
        wanted = request.path_params["id"]
        say = site.words(request)
        stored = await site.store.ask(lambda reader: reader.scan(wanted))
        if stored is None:
            return site.trouble(request, 404, say("scan.none", id=wanted), say("scan.removed"))
        detection = stored.statement
        evidence = detection.evidence
        running = steps(evidence)
        now = site.now_ns()
        standing = await site.service.standing()
        has_ports = any(one.tcp or one.udp or one.sctp for one in detection.targets)
        told = {
            "stored": stored,
            "row": stored.row,
            "detection": detection,
            "source": source_of(stored),
            "in_force": bans_in_force(stored, standing, now),
            "now": now,
            "standing": standing,
            "known": await site.known.of(detection.source.address),
            "learnt": learnt_of(detection.learnt_open),
            "targets": targets_of(detection.targets),
            "targets_left_out": max(0, len(detection.targets) - MAX_TARGETS_LISTED),
            "members": detection.source.members[:MAX_MEMBERS_LISTED],
            "running": running[:MAX_PARTS_LISTED],
            "left_out": evidence.parts_left_out + max(0, len(running) - MAX_PARTS_LISTED),
            "rules": {step.part.rule: rules.sentence(step.part.rule) for step in running},
            "probes": pictures(lambda width: probes(detection, stored.steps, say, width=width)),
            "strip": pictures(lambda width: strip(detection.targets, detection.learnt_open, say, width=width))
            if has_ports
            else "",
            "waterfall": pictures(lambda width: waterfall(evidence, say, width=width)) if running else "",
        }
        return site.rendering.page(request, "scan.html", told)

    return scan


def source_of(stored: StoredScan) -> Prefix | None:
    """Give whom a ban would be about: the key the evidence was summed over; None for a group."""
    if stored.statement.source.prefix is not None:
        return stored.statement.source.prefix
    try:
        return Prefix.parse(stored.row.source) if stored.row.source else None
    except AddressError:
        return None


def bans_in_force(stored: StoredScan, standing: Standing, now_ns: int) -> Sequence[Prefix]:
    """List whom the firewall bans for this scan: as the service says or, if it does not answer, as is recorded."""
    if standing.status is None:
        return list(dict.fromkeys(ban.source for ban in stored.bans if _lasts(ban, now_ns)))
    source = source_of(stored)
    return [
        ban.source
        for ban in standing.bans
        if ban.scan == stored.row.id or (source is not None and ban.source.contains(source))
    ]


def learnt_of(targets: Sequence[Target]) -> list[tuple[str, str, str]]:
    """List the open ports that the source saw: port, its name, and where."""
    seen = (
        (f"{kind}/{port}", port_name(f"{kind}/{port}"), str(target.address))
        for target in targets
        for kind, ports in target.touched.items()
        for port in ports
    )
    return list(islice(seen, MAX_LEARNT_LISTED))


def targets_of(targets: Sequence[Target]) -> list[tuple[str, list[tuple[str, str]]]]:
    """List each probed address with the ports probed there, by kind."""
    return [
        (
            str(target.address),
            [
                (kind, ("≈ " if target.rounded else "") + words.ports_of(ports))
                for kind, ports in target.touched.items()
            ],
        )
        for target in targets[:MAX_TARGETS_LISTED]
    ]


def _lasts(ban: BanRow, now_ns: int) -> bool:
    return ban.ended_at is None and ban.expires_at > now_ns
