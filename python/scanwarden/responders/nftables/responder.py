"""Ban with a table of our own in nf_tables.

Where the kernel can (Linux 6.9), the table is owned and persistent: nobody else can change or flush it while we live,
and it stays, with the timeouts of its elements, when we die. Ownership belongs to one socket. The nft program, which
writes rules and interval sets, has another, so we let go of the table for the moment that it runs.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.nftables import ruleset
from scanwarden.responders.nftables.doors import ElementDoor, NetlinkDoor, ScriptDoor, run_script
from scanwarden.responders.nftables.layout import (
    GRADES,
    MAX_NETWORKS,
    Change,
    Grade,
    Verb,
    grade_of,
    is_network,
    set_of,
)
from scanwarden.responders.tool import Arming, Traits

DEFAULT_MAX_BANS = 131_072
_MOMENT_MS = 1000

_Timed = tuple[Prefix, Grade, int]
_Step = tuple[Sequence[_Timed], Sequence[Verb]]


class NftablesTool:
    """Drive the table `inet scanwarden`; `may_own` says whether to own it where that is possible."""

    def __init__(
        self,
        *,
        max_bans: int,
        nft: str,
        make_door: Callable[[], ElementDoor],
        max_networks: int = MAX_NETWORKS,
        may_own: bool = True,
    ) -> None:
        self.traits = Traits(name="nftables", max_networks=max_networks, is_slash64_host=True, may_overlap=False)
        self._max_bans = max_bans
        self._nft = nft
        self._may_own = may_own
        self._make_door = make_door
        self._open_door: ElementDoor | None = None
        # An interval set is small, and nft knows how this kernel wants the ends of an interval written.
        self._networks = ScriptDoor(nft)

    def check(self) -> Sequence[Obstacle]:
        """Say what is missing: the nft program, the right to change the firewall, or support in the kernel."""
        remedy = "install nftables: `apt install nftables` or `dnf install nftables`"
        if obstacles := tooling.missing_program(self._nft, remedy) or tooling.missing_right():
            return obstacles
        try:
            run_script(ruleset.rehearsal(self._setup([])), nft=self._nft, check_only=True)
        except ResponderError as error:
            return [Obstacle(lacks=f"what our table needs: {error.message}", remedy="update nftables and the kernel")]
        return []

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Return None for each: every ban can be made as it was meant."""
        return [None] * len(bans)

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - the kernel ends bans
        """Create or repair our table; elements that are there stay."""
        setup = self._setup(protected)
        with self._table_let_go():
            try:
                self._create(setup)
            except ResponderError:
                # An earlier version laid the table out differently: replace it, and fail for good if that fails.
                self._door.delete_table()
                self._create(setup)

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Let exactly these networks through before anything is dropped."""
        with self._table_let_go():
            run_script(ruleset.renewed_protection(protected), nft=self._nft)

    def put(self, bans: Sequence[Arming]) -> None:
        """Put bans in with their timeouts: hosts in one transaction, networks in another.

        What should be new is created, which fails if an earlier run left it there; then everything is restarted.
        """
        try:
            self._commit(_steps(bans, are_restarts=False))
        except ResponderError:
            if all(ban.is_restart for ban in bans):
                raise
            self._commit(_steps(bans, are_restarts=True))

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Take sources out of the sets of both grades.

        The kernel's clock may be a moment ahead of ours, and deleting what has expired would undo the whole
        transaction: so every element is added first.
        """
        self._commit([([(source, grade, _MOMENT_MS) for source in sources for grade in GRADES], ("add", "delete"))])

    def holds(self, source: Prefix) -> bool:
        """Ask the kernel for this one element; the sets are never listed."""
        door = self._networks if is_network(source) else self._door
        return any(door.remaining_ms(set_of(source, grade), source) is not None for grade in GRADES)

    def is_in_place(self) -> bool:
        """Say whether our chain has all its rules and the table is active."""
        return self._door.rule_count() == len(ruleset.rules())

    def remove(self) -> None:
        """Delete our table."""
        self._door.delete_table()

    def close(self) -> None:
        """Close the way to the kernel, and with it let go of the table."""
        if self._open_door is not None:
            self._open_door.close()
            self._open_door = None

    @contextlib.contextmanager
    def _table_let_go(self) -> Iterator[None]:
        """Own the table only after this block; if it cannot be owned then, others can still flush it."""
        self.close()
        try:
            yield
        finally:
            if self._may_own:
                self._door.own()

    def _create(self, setup: str) -> None:
        is_ownable = self._may_own and self._door.make_ownable()
        run_script(setup if is_ownable else ruleset.creation() + setup, nft=self._nft)

    def _setup(self, protected: Sequence[Prefix]) -> str:
        return ruleset.setup(max_bans=self._max_bans, max_networks=self.traits.max_networks, protected=protected)

    @property
    def _door(self) -> ElementDoor:
        if self._open_door is None:
            self._open_door = self._make_door()
        return self._open_door

    def _commit(self, steps: Sequence[_Step]) -> None:
        """Apply the verbs of each step in turn to its elements."""
        changes: dict[bool, list[Change]] = {False: [], True: []}
        for timed, verbs in steps:
            apart: dict[bool, list[_Timed]] = {False: [], True: []}
            for one in timed:
                apart[is_network(one[0])].append(one)
            for are_networks, some in apart.items():
                changes[are_networks] += _changes(some, verbs)
        if hosts := changes[False]:
            self._door.commit(hosts)
        if networks := changes[True]:
            with self._table_let_go():
                self._networks.commit(networks)


class NftablesResponder(Keeper):
    """Ban in nf_tables, at most `max_bans` at once.

    `make_door` opens the way to the kernel; by default a netlink socket in the network namespace of the thread that
    first needs it. `may_own` False leaves the table to everybody, as kernels before 6.9 do.
    """

    def __init__(
        self,
        *,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        max_networks: int = MAX_NETWORKS,
        may_own: bool = True,
        nft: str = "nft",
        now_ns: MonotonicClock = time.monotonic_ns,
        make_door: Callable[[], ElementDoor] = NetlinkDoor,
    ) -> None:
        tool = NftablesTool(max_bans=max_bans, max_networks=max_networks, nft=nft, make_door=make_door, may_own=may_own)
        super().__init__(tool, max_bans=max_bans, protected=protected, now_ns=now_ns)


def _steps(bans: Sequence[Arming], *, are_restarts: bool) -> list[_Step]:
    """Return what puts bans in: new ones are created, running ones restarted, and taken out of the other grade.

    Kernels before 6.12 keep the old timeout of an element that is added again, hence add, delete, add; the first add
    makes the delete safe.
    """
    new: list[_Timed] = []
    running: list[_Timed] = []
    regraded: list[_Timed] = []
    for ban in bans:
        timed = (ban.source, grade_of(spare_established=ban.spare_established), ban.timeout_ms)
        (running if are_restarts or ban.is_restart else new).append(timed)
        if ban.is_regraded:
            regraded.append((ban.source, grade_of(spare_established=not ban.spare_established), _MOMENT_MS))
    return [(regraded, ("add", "delete")), (new, ("create",)), (running, ("add", "delete", "add"))]


def _changes(timed: Sequence[_Timed], verbs: Sequence[Verb]) -> list[Change]:
    by_set: dict[str, list[tuple[Prefix, int]]] = {}
    for source, grade, timeout_ms in timed:
        by_set.setdefault(set_of(source, grade), []).append((source, timeout_ms))
    return [
        Change(verb, name, [(source, 0) for source, _ in elements] if verb == "delete" else elements)
        for verb in verbs
        for name, elements in by_set.items()
    ]
