"""Ban with a table of our own in nf_tables."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from scanwarden import hostcmd
from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.admission import admit, unmapped
from scanwarden.responders.ban_clock import BanClock, Running
from scanwarden.responders.contract import BanReceipt, MonotonicClock, Obstacle, Refusal
from scanwarden.responders.nftables import ruleset
from scanwarden.responders.nftables.doors import ElementDoor, NetlinkDoor, ScriptDoor, run_script
from scanwarden.responders.nftables.layout import GRADES, MAX_NETWORKS, Change, Grade, grade_of, is_network, set_of

DEFAULT_MAX_BANS = 131_072
_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
# Longer bans are told to the kernel a day at a time, so that a dead daemon leaves nothing behind for longer.
LONGEST_ARMING_NS = 86_400 * _NS_PER_S
_REARM_AHEAD_NS = LONGEST_ARMING_NS // 2
_BANS_PER_TRANSACTION = 5_000
_MOMENT_MS = 1000
_CAP_NET_ADMIN = 12

_Timed = tuple[Prefix, Grade, int]
_Verb = Literal["add", "delete"]


class NftablesResponder:
    """Drive the table `inet scanwarden`.

    At most `max_bans` bans run at once; when there is no room, those that end first give way, forgeable ones before
    verified ones. `make_door` opens the way to the kernel; by default a netlink socket in the network namespace of the
    thread that first needs it. See `contract.Responder` for what the methods promise.
    """

    name = "nftables"

    def __init__(
        self,
        *,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        nft: str = "nft",
        now_ns: MonotonicClock = time.monotonic_ns,
        make_door: Callable[[], ElementDoor] = NetlinkDoor,
    ) -> None:
        self._protected = protected or PrefixTable()
        self._clock = BanClock(max_bans)
        self._nft = nft
        self._now_ns = now_ns
        self._make_door = make_door
        self._open_door: ElementDoor | None = None
        self._networks = ScriptDoor(nft)

    def check(self) -> Sequence[Obstacle]:
        """Say what the host lacks: the nft program, the right to change the firewall, or support in the kernel."""
        try:
            hostcmd.find(self._nft)
        except hostcmd.CommandNotFoundError as error:
            return [
                Obstacle(
                    lacks=error.message, remedy="install nftables: `apt install nftables` or `dnf install nftables`"
                )
            ]
        if not _may_change_firewall():
            return [Obstacle(lacks="the right to change the firewall", remedy="run as root or with CAP_NET_ADMIN")]
        try:
            run_script(ruleset.rebuilt(self._setup_text()), nft=self._nft, check_only=True)
        except ResponderError as error:
            return [Obstacle(lacks=f"what our table needs: {error.message}", remedy="update nftables and the kernel")]
        return []

    def prepare(self) -> None:
        """Create or repair our table and put every running ban back into it; bans of an earlier run stay."""
        setup = self._setup_text()
        try:
            run_script(setup, nft=self._nft)
        except ResponderError:
            # An earlier version laid the table out differently: replace it, and fail for good if that fails.
            run_script(ruleset.rebuilt(setup), nft=self._nft)
        now_ns = self._now_ns()
        self._clock.expire(now_ns)
        self._arm(list(self._clock), now_ns)

    def protect(self, protected: PrefixTable) -> Sequence[Prefix]:
        """Never ban these from now on, in the kernel too; lift and return the bans that touch them."""
        run_script(ruleset.renewed_protection(protected.merged()), nft=self._nft)
        self._protected = protected
        return self.unban([ban.source for ban in self._clock if protected.overlap(ban.source)])

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        """Refuse these sources in transactions of 5,000; if a later one fails, its bans are refused with the reason."""
        now_ns = self._now_ns()
        self._clock.expire(now_ns)
        admitted, refused = admit(batch, self._protected)
        admitted, overlapping = self._without_overlaps(admitted)
        refused += overlapping
        admitted, too_many = admitted[: self._clock.max_bans], admitted[self._clock.max_bans :]
        refused += [Refusal(ban=ban, reason="more bans at once than the table may hold") for ban in too_many]
        evicted = self._make_room(admitted)
        in_force: list[Ban] = []
        for start in range(0, len(admitted), _BANS_PER_TRANSACTION):
            piece = admitted[start : start + _BANS_PER_TRANSACTION]
            try:
                self._arm([_running(ban, now_ns) for ban in piece], now_ns)
            except ResponderError as error:
                if not in_force:
                    raise BanError(f"nftables: {error.message}", remedy=error.remedy) from error
                refused += [Refusal(ban=ban, reason=error.message) for ban in admitted[start:]]
                break
            in_force += piece
        return BanReceipt(in_force=tuple(in_force), refused=tuple(refused), evicted=tuple(evicted))

    def unban(self, batch: Sequence[Prefix]) -> Sequence[Prefix]:
        """Welcome these sources again and return those that had been banned, by this run or an earlier one."""
        self._clock.expire(self._now_ns())
        wanted = {source.key: source for source in map(unmapped, batch)}
        try:
            banned = [source for source in wanted.values() if self._clock.get(source) or self._is_listed(source)]
            for start in range(0, len(banned), _BANS_PER_TRANSACTION):
                self._lift(banned[start : start + _BANS_PER_TRANSACTION])
        except ResponderError as error:
            raise BanError(f"nftables: {error.message}", remedy=error.remedy) from error
        return banned

    def is_in_force(self, source: Prefix) -> bool:
        """Ask the kernel whether a ban of exactly this source holds, and whether our rules are there to enforce it."""
        return self._has_rules() and self._is_listed(unmapped(source))

    def is_intact(self) -> bool:
        """Say whether our rules are there, and the ban that was made last."""
        now_ns = self._now_ns()
        self._clock.expire(now_ns)
        last = self._clock.last_added
        is_over_soon = last is None or last.ends_ns < now_ns + _NS_PER_S
        return self._has_rules() and (last is None or is_over_soon or self._is_listed(last.source))

    def refresh(self) -> int:
        """Tell the kernel about the next day of long bans; returns how many."""
        now_ns = self._now_ns()
        self._clock.expire(now_ns)
        due = self._clock.due_for_arming(now_ns, ahead_ns=_REARM_AHEAD_NS)
        self._arm(due, now_ns)
        return len(due)

    @property
    def active_count(self) -> int:
        """Return how many bans this responder made that have not ended."""
        self._clock.expire(self._now_ns())
        return len(self._clock)

    def cleanup(self) -> None:
        """Delete our table, and nothing else."""
        run_script(ruleset.removal(), nft=self._nft)
        self._clock.clear()
        self.close()

    def close(self) -> None:
        """Close the way to the kernel and leave the bans in force."""
        if self._open_door is not None:
            self._open_door.close()
            self._open_door = None

    def _setup_text(self) -> str:
        return ruleset.setup(max_bans=self._clock.max_bans, protected=self._protected.merged())

    @property
    def _door(self) -> ElementDoor:
        if self._open_door is None:
            self._open_door = self._make_door()
        return self._open_door

    def _door_for(self, source: Prefix) -> ElementDoor:
        """Networks go through nft: an interval set is small, and nft knows how this kernel wants its ends written."""
        return self._networks if is_network(source) else self._door

    def _has_rules(self) -> bool:
        return self._door.rule_count() == len(ruleset.rules())

    def _is_listed(self, source: Prefix) -> bool:
        door = self._door_for(source)
        return any(door.remaining_ms(set_of(source, grade), source) is not None for grade in GRADES)

    def _arm(self, bans: Sequence[Running], now_ns: int) -> None:
        """Put bans into the kernel with fresh timeouts and into the clock.

        Kernels before 6.12 keep the old timeout of an element that is added again, hence add, delete, add in one
        transaction; the first add makes the delete safe.
        """
        armed = [_armed(ban, now_ns) for ban in bans]
        for start in range(0, len(armed), _BANS_PER_TRANSACTION):
            piece = armed[start : start + _BANS_PER_TRANSACTION]
            changed_grade = [
                (ban.source, grade_of(spare_established=old.spare_established), _MOMENT_MS)
                for ban in piece
                if (old := self._clock.get(ban.source)) and old.spare_established != ban.spare_established
            ]
            timed = [
                (
                    ban.source,
                    grade_of(spare_established=ban.spare_established),
                    max(1, (ban.armed_until_ns - now_ns) // _NS_PER_MS),
                )
                for ban in piece
            ]
            self._commit([(changed_grade, ("add", "delete")), (timed, ("add", "delete", "add"))])
            for ban in piece:
                self._clock.add(ban)

    def _lift(self, sources: Sequence[Prefix]) -> None:
        """Take sources out of the sets of both grades.

        The kernel's clock may be a moment ahead of ours, and deleting what has expired would undo the whole
        transaction: so every element is added first.
        """
        self._commit([([(source, grade, _MOMENT_MS) for source in sources for grade in GRADES], ("add", "delete"))])
        for source in sources:
            self._clock.remove(source)

    def _commit(self, steps: Sequence[tuple[Sequence[_Timed], Sequence[_Verb]]]) -> None:
        """Apply the verbs of each step in turn to its elements: one transaction for hosts, one for networks."""
        for door, wants_networks in ((self._door, False), (self._networks, True)):
            changes: list[Change] = []
            for timed, verbs in steps:
                changes += _changes([one for one in timed if is_network(one[0]) is wants_networks], verbs)
            if changes:
                door.commit(changes)

    def _make_room(self, piece: Sequence[Ban]) -> list[Prefix]:
        """Lift as many older bans as needed for `piece` to fit, and return them."""
        new = sum(self._clock.get(ban.source) is None for ban in piece)
        excess = len(self._clock) + new - self._clock.max_bans
        if excess <= 0:
            return []
        keep = {ban.source.key for ban in piece}
        leaving = self._clock.first_to_give_way(excess + len(piece) - new)
        return list(self.unban([ban.source for ban in leaving if ban.source.key not in keep][:excess]))

    def _without_overlaps(self, admitted: Sequence[Ban]) -> tuple[list[Ban], list[Refusal]]:
        """Take out networks that an interval set cannot hold: overlapping ones, and more than 4,096."""
        networks = [ban.source for ban in self._clock if is_network(ban.source)]
        fitting: list[Ban] = []
        refused: list[Refusal] = []
        for ban in admitted:
            if is_network(ban.source) and ban.source not in networks:
                other = next((network for network in networks if network.overlaps(ban.source)), None)
                if other is not None:
                    refused.append(Refusal(ban=ban, reason=f"it overlaps {other}, which is banned already"))
                    continue
                if len(networks) >= MAX_NETWORKS:
                    refused.append(Refusal(ban=ban, reason=f"{MAX_NETWORKS} networks are banned already"))
                    continue
                networks.append(ban.source)
            fitting.append(ban)
        return fitting, refused


def _running(ban: Ban, now_ns: int) -> Running:
    return Running(
        source=ban.source,
        ends_ns=now_ns + ban.duration_s * _NS_PER_S,
        armed_until_ns=now_ns,
        forgeable=ban.forgeable,
        spare_established=ban.spare_established,
    )


def _armed(ban: Running, now_ns: int) -> Running:
    return Running(
        source=ban.source,
        ends_ns=ban.ends_ns,
        armed_until_ns=min(ban.ends_ns, now_ns + LONGEST_ARMING_NS),
        forgeable=ban.forgeable,
        spare_established=ban.spare_established,
    )


def _changes(timed: Sequence[_Timed], verbs: Sequence[_Verb]) -> list[Change]:
    by_set: dict[str, list[tuple[Prefix, int]]] = {}
    for source, grade, timeout_ms in timed:
        by_set.setdefault(set_of(source, grade), []).append((source, timeout_ms))
    return [
        Change(verb, name, elements if verb == "add" else [(source, 0) for source, _ in elements])
        for verb in verbs
        for name, elements in by_set.items()
    ]


def _may_change_firewall() -> bool:
    """Say whether this process has CAP_NET_ADMIN in its effective set (proc_pid_status(5))."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_NET_ADMIN & 1)
    return False
