"""Notice what goes wrong with a sensor: lost packets, interfaces that went down, a record that broke off."""

import msgspec

from scanwarden.model.time import NS_PER_S

LOSS_EVERY_S = 60
DROPPED = "dropped"
DOWN = "interfaces_down"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth a notice: its kind, a sentence, and the numbers behind it."""

    kind: str
    text: str
    counts: dict[str, int] = msgspec.field(default_factory=dict)


class SensorHealth:
    """Compare a sensor's counters with what was told before; losses are told once a minute at most."""

    def __init__(self) -> None:
        self._dropped = 0
        self._dropped_told_ns: int | None = None
        self._down = 0

    def findings(self, statistics: dict[str, int], *, record_failure: str | None, now_ns: int) -> list[Finding]:
        """Give what is new at `now_ns`, a monotonic time."""
        found = [self._losses(statistics.get(DROPPED, 0), now_ns), self._interfaces(statistics.get(DOWN, 0))]
        if record_failure is not None:
            found.append(Finding(kind="record_stopped", text=f"packets are no longer recorded: {record_failure}"))
        return [finding for finding in found if finding is not None]

    def _losses(self, dropped: int, now_ns: int) -> Finding | None:
        lost = dropped - self._dropped
        is_early = self._dropped_told_ns is not None and now_ns - self._dropped_told_ns < LOSS_EVERY_S * NS_PER_S
        if lost <= 0 or is_early:
            return None
        self._dropped, self._dropped_told_ns = dropped, now_ns
        return Finding(
            kind="packets_lost",
            text=f"{lost:,} packets were lost before they could be looked at; a scan may go unseen",
            counts={DROPPED: lost},
        )

    def _interfaces(self, down: int) -> Finding | None:
        before, self._down = self._down, down
        if down == before:
            return None
        if down > before:
            text = "an interface is down; packets on it are not seen until it is up again"
            return Finding(kind="interface_down", text=text, counts={DOWN: down})
        return Finding(kind="interface_up", text="an interface is up again", counts={DOWN: down})
