"""Harmless traffic, synthesised: workloads that have fooled detectors, each drawn anew from a seed.

What lives here: one function per workload, grouped by who talks to whom, and the list of them all. What does
not: scans (`crafted`), and real clients (`clients`).
"""

from scanwarden.lab.harmless.habits import HABITS
from scanwarden.lab.harmless.linklocal import LINK_LOCAL
from scanwarden.lab.harmless.outbound import OUTBOUND
from scanwarden.lab.harmless.partial import PARTIAL
from scanwarden.lab.harmless.peers import PEERS
from scanwarden.lab.harmless.services import SERVICES
from scanwarden.lab.harmless.unsolicited import UNSOLICITED
from scanwarden.lab.harmless.visitors import VISITORS
from scanwarden.lab.harmless.workload import Workload
from scanwarden.lab.scene import Scene

WORKLOADS: tuple[Workload, ...] = (
    *VISITORS,
    *HABITS,
    *SERVICES,
    *OUTBOUND,
    *PEERS,
    *LINK_LOCAL,
    *UNSOLICITED,
    *PARTIAL,
)
"""Every harmless workload, with unique names."""


def staged(workload: Workload, seed: int) -> Scene:
    """Return a scene in which `workload` was played; the same seed gives the same frames."""
    scene = Scene(f"{workload.name}/{seed}")
    workload.play(scene)
    return scene


__all__ = ["WORKLOADS", "Workload", "staged"]
