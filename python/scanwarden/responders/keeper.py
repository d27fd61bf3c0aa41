"""Keep the books for a firewall tool: what may be banned, what is banned, what gives way, what has ended.

A responder is a `Tool`, which knows one firewall and nothing of time, inside a `Keeper`, which knows time and nothing
of firewalls. Together they are a `contract.Responder`.
"""

import time
from collections.abc import Sequence

import msgspec

from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.admission import admit, unmapped
from scanwarden.responders.ban_clock import BanClock, Running
from scanwarden.responders.contract import BanReceipt, MonotonicClock, Obstacle, Refusal
from scanwarden.responders.tool import Arming, ObjectionError, Tool

_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
# Longer bans are told to the tool a day at a time, so that a dead daemon leaves nothing behind for longer.
LONGEST_ARMING_NS = 86_400 * _NS_PER_S
_REARM_AHEAD_NS = LONGEST_ARMING_NS // 2


class Keeper:
    """A responder made of a tool; see `contract.Responder` for what the methods promise."""

    def __init__(
        self,
        tool: Tool,
        *,
        max_bans: int,
        protected: PrefixTable | None = None,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        self._tool = tool
        self._protected = protected or PrefixTable()
        self._clock = BanClock(max_bans, is_apart=tool.traits.is_network)
        self._now_ns = now_ns

    @property
    def name(self) -> str:
        """Return the name by which settings and records know this responder."""
        return self._tool.traits.name

    @property
    def max_bans(self) -> int:
        """Return how many bans there may be at once."""
        return self._clock.max_bans

    def check(self) -> Sequence[Obstacle]:
        """Say what the host lacks for this responder to work."""
        return self._tool.check()

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Say of each ban why this tool cannot make it as it was meant; None if it can."""
        return self._tool.objections(bans)

    def adopt(self, bans: Sequence[Running]) -> None:
        """Take over bans that an earlier run left and that the tool may still hold; call it before `prepare`."""
        for ban in bans[: self._clock.max_bans]:
            self._clock.add(ban)

    def running(self) -> list[Running]:
        """Return the bans that are in force, for a later run to adopt."""
        return list(self._clock)

    @property
    def has_timeouts(self) -> bool:
        """Say whether bans end without us."""
        return self._tool.traits.has_timeouts

    def prepare(self) -> None:
        """Create or repair our part of the firewall and put every running ban back into it."""
        self._expire()
        self._tool.set_up(self._protected.merged(), [ban.source for ban in self._clock])
        self._arm(list(self._clock), self._now_ns())

    def protect(self, protected: PrefixTable) -> Sequence[Prefix]:
        """Never ban these from now on, in the firewall too; lift and return the bans that touch them."""
        self._tool.protect(protected.merged())
        self._protected = protected
        return self.unban([ban.source for ban in self._clock if protected.overlap(ban.source)])

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        """Refuse these sources, many in one call; if a later call fails, its bans are refused with the reason."""
        try:
            self._expire()
            admitted, refused = self._admitted(batch)
            evicted = self._make_room(admitted)
        except ResponderError as error:
            raise self._failed(error) from error
        in_force: list[Ban] = []
        now_ns = self._now_ns()
        for start in range(0, len(admitted), self._tool.traits.max_per_call):
            piece = admitted[start : start + self._tool.traits.max_per_call]
            try:
                armed, objected = self._arm_acceptable(piece, now_ns)
            except ResponderError as error:
                if not in_force:
                    raise self._failed(error) from error
                refused += [Refusal(ban=ban, reason=error.message) for ban in admitted[start:]]
                break
            in_force += armed
            refused += objected
        return BanReceipt(in_force=tuple(in_force), refused=tuple(refused), evicted=tuple(evicted))

    def unban(self, batch: Sequence[Prefix]) -> Sequence[Prefix]:
        """Welcome these sources again and return those that had been banned, by this run or an earlier one."""
        wanted = {source.key: source for source in map(unmapped, batch)}
        try:
            self._expire()
            banned = [source for source in wanted.values() if self._clock.get(source) or self._tool.holds(source)]
            self._take_out(banned)
        except ResponderError as error:
            raise self._failed(error) from error
        return banned

    def is_in_force(self, source: Prefix) -> bool:
        """Ask the firewall whether a ban of exactly this source holds, and whether our part of it is effective."""
        self._expire()
        return self._tool.is_in_place() and self._tool.holds(unmapped(source))

    def is_intact(self) -> bool:
        """Say whether our part of the firewall is effective, and the ban that was made last is in it."""
        self._expire()
        last = self._clock.last_added
        is_certain = last is not None and last.ends_ns > self._now_ns() + _NS_PER_S
        return self._tool.is_in_place() and (last is None or not is_certain or self._tool.holds(last.source))

    def refresh(self) -> int:
        """Lift what has ended where the tool knows no timeouts, and tell it about the next day of long bans."""
        self._expire()
        now_ns = self._now_ns()
        due = self._clock.due_for_arming(now_ns, ahead_ns=_REARM_AHEAD_NS)
        self._arm(due, now_ns)
        return len(due)

    @property
    def active_count(self) -> int:
        """Return how many bans this responder made that have not ended."""
        self._expire()
        return len(self._clock)

    def cleanup(self) -> None:
        """Remove our part of the firewall, and nothing else."""
        self._tool.remove()
        self._clock.clear()
        self._tool.close()

    def close(self) -> None:
        """Give back what is held open and leave the bans in force."""
        self._tool.close()

    def _admitted(self, batch: Sequence[Ban]) -> tuple[list[Ban], list[Refusal]]:
        """Split a batch into what will be banned and what is refused, by everybody's rules and by the tool's."""
        admitted, refused = admit(batch, self._protected)
        traits = self._tool.traits
        networks = [ban.source for ban in self._clock.apart()]
        fitting: list[Ban] = []
        for ban, objection in zip(admitted, self._tool.objections(admitted), strict=True):
            is_network = traits.is_network(ban.source)
            reason = objection or (self._does_not_fit(ban.source, networks) if is_network else None)
            if not reason and len(fitting) >= self._clock.max_bans:
                reason = "more bans at once than the table may hold"
            if reason:
                refused.append(Refusal(ban=ban, reason=reason))
                continue
            fitting.append(ban)
            if is_network and ban.source not in networks:
                networks.append(ban.source)
        return fitting, refused

    def _does_not_fit(self, source: Prefix, networks: Sequence[Prefix]) -> str | None:
        """Say why a network cannot be banned beside those that are; None if it can."""
        traits = self._tool.traits
        if source in networks:
            return None
        if len(networks) >= traits.max_networks:
            return f"{traits.max_networks} networks are banned already"
        overlapping = None if traits.may_overlap else next((n for n in networks if n.overlaps(source)), None)
        return None if overlapping is None else f"it overlaps {overlapping}, which is banned already"

    def _make_room(self, admitted: Sequence[Ban]) -> list[Prefix]:
        """Lift as many older bans as needed for `admitted` to fit, and return them."""
        kept = {ban.source.key for ban in admitted if self._clock.get(ban.source)}
        excess = len(self._clock) + len(admitted) - len(kept) - self._clock.max_bans
        if excess <= 0:
            return []
        leaving = [
            ban.source for ban in self._clock.first_to_give_way(excess + len(kept)) if ban.source.key not in kept
        ]
        self._take_out(leaving[:excess])
        return leaving[:excess]

    def _arm_acceptable(self, bans: Sequence[Ban], now_ns: int) -> tuple[Sequence[Ban], list[Refusal]]:
        """Put the bans of one call in, again without those that the tool objects to; return both."""
        try:
            self._arm([_running(ban, now_ns) for ban in bans], now_ns)
        except ObjectionError as error:
            judged = list(zip(bans, error.reasons, strict=True))
            acceptable = [ban for ban, reason in judged if reason is None]
            self._arm([_running(ban, now_ns) for ban in acceptable], now_ns)
            return acceptable, [Refusal(ban=ban, reason=reason) for ban, reason in judged if reason is not None]
        return bans, []

    def _arm(self, bans: Sequence[Running], now_ns: int) -> None:
        """Put bans into the firewall with fresh timeouts, and into the clock."""
        armed = [_armed(ban, now_ns) for ban in bans]
        for start in range(0, len(armed), self._tool.traits.max_per_call):
            piece = armed[start : start + self._tool.traits.max_per_call]
            self._tool.put([self._arming(ban, now_ns) for ban in piece])
            for ban in piece:
                self._clock.add(ban)

    def _arming(self, ban: Running, now_ns: int) -> Arming:
        before = self._clock.get(ban.source)
        return Arming(
            source=ban.source,
            timeout_ms=max(1, (ban.armed_until_ns - now_ns) // _NS_PER_MS),
            spare_established=ban.spare_established,
            is_restart=before is not None,
            is_regraded=before is not None and before.spare_established != ban.spare_established,
            scan=ban.scan,
            reason=ban.reason,
        )

    def _take_out(self, sources: Sequence[Prefix]) -> None:
        for start in range(0, len(sources), self._tool.traits.max_per_call):
            piece = sources[start : start + self._tool.traits.max_per_call]
            self._tool.take_out(piece)
            for source in piece:
                self._clock.remove(source)

    def _expire(self) -> None:
        """Forget what has ended; lift it first where the tool does not do so by itself."""
        now_ns = self._now_ns()
        if not self._tool.traits.has_timeouts:
            self._take_out([ban.source for ban in self._clock.ended(now_ns)])
        self._clock.expire(now_ns)

    def _failed(self, error: ResponderError) -> BanError:
        return BanError(f"{self.name}: {error.message}", remedy=error.remedy)


def _armed(ban: Running, now_ns: int) -> Running:
    until_ns = min(ban.ends_ns, now_ns + LONGEST_ARMING_NS)
    return ban if ban.armed_until_ns == until_ns else msgspec.structs.replace(ban, armed_until_ns=until_ns)


def _running(ban: Ban, now_ns: int) -> Running:
    duration_ns = ban.duration_s * _NS_PER_S
    return Running(
        source=ban.source,
        ends_ns=now_ns + duration_ns,
        armed_until_ns=now_ns + min(duration_ns, LONGEST_ARMING_NS),
        forgeable=ban.forgeable,
        spare_established=ban.spare_established,
        scan=ban.id,
        reason=ban.reason,
    )
