"""Say what a harmless workload is."""

from collections.abc import Callable

import msgspec

from scanwarden.lab.scene import Scene


class Workload(msgspec.Struct, frozen=True):
    """Traffic that must not be reported as a scan, whatever the seed of its scene.

    `play` writes the traffic into a scene and draws its parameters from the scene's `rng`. `notice` is the kind of
    notice the detector may give instead (`flood`), None where it must stay silent.
    """

    name: str
    summary: str
    play: Callable[[Scene], None]
    notice: str | None = None
