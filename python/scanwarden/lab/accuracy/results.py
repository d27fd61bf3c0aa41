"""Gather what one run measured."""

import msgspec

from scanwarden.lab.accuracy.live import Quiet
from scanwarden.lab.accuracy.synthesised import Alarms
from scanwarden.lab.accuracy.verdict import Verdict
from scanwarden.lab.scans import RealScan


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one run measured.

    `scans` pairs each real scan with its verdict, `crafted` has a list of verdicts, one a seed, for each crafted scan,
    `decoys` the verdicts of the repeated decoy scans by the number of forged sources.
    """

    scans: tuple[tuple[RealScan, Verdict], ...]
    traffic: tuple[Quiet, ...]
    crafted: tuple[tuple[Verdict, ...], ...]
    workloads: tuple[Alarms, ...]
    decoys: dict[int, tuple[Verdict, ...]]

    def scan(self, name: str) -> Verdict | None:
        """Return the verdict on the real scan `name`; None if it was not run."""
        return next((verdict for scan, verdict in self.scans if scan.name == name), None)
