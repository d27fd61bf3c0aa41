"""Scans made of crafted frames, drawn anew from a seed, each with the truth about itself.

What lives here: a play per technique, pattern and kind of group, and the list of them all. What does not: real
scanners (`scans`), and harmless traffic (`harmless`).
"""

from scanwarden.lab.crafted.indirect import INDIRECT
from scanwarden.lab.crafted.scan import CraftedScan, Truth
from scanwarden.lab.crafted.single import SINGLE
from scanwarden.lab.crafted.sweeps import SWEEPS
from scanwarden.lab.crafted.tricks import TRICKS
from scanwarden.lab.scene import Scene

CRAFTED: tuple[CraftedScan, ...] = (*SINGLE, *TRICKS, *SWEEPS, *INDIRECT)
"""Every crafted scan, with unique names."""


def staged(scan: CraftedScan, seed: int) -> tuple[Scene, Truth]:
    """Return a scene in which `scan` was played and the truth about it; the same seed gives the same frames."""
    scene = Scene(f"{scan.name}/{seed}")
    truth = scan.play(scene)
    return scene, truth


__all__ = ["CRAFTED", "CraftedScan", "Truth", "staged"]
