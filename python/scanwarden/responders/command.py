"""Ban with a program of the operator's: started without a shell, without rights, for a limited time.

What the program does is unknown to us: that it succeeded is all that `is_in_force` can say. Nothing ends by itself:
`refresh` runs the program that lifts a ban.
"""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from scanwarden import hostcmd
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.ban_clock import Running
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, Traits

DEFAULT_MAX_BANS = 4096
DEFAULT_LIMIT_S = 10.0
DEFAULT_AT_ONCE = 4
DEFAULT_USER = "nobody"
_SAME_END_NS = 2_000_000_000  # ends this near to each other are told to the program as one
_NAME = re.compile(r"\{(source|duration_s|spare|reason|scan)\}")


class CommandTool:
    """Run `ban` and `unban`, each a program with arguments.

    In the arguments `{source}` stands for the address or network, `{duration_s}` for the seconds that a ban lasts,
    `{spare}` for 1 if established connections must be spared, else 0, `{reason}` for why, and `{scan}` for the id of
    the scan; each stays one argument, whatever it holds.
    """

    def __init__(
        self,
        ban: Sequence[str],
        unban: Sequence[str],
        *,
        user: str | int | None,
        limit_s: float,
        at_once: int,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        # One failing program must not undo the success of others: each ban is a call of its own, some at a time.
        self.traits = Traits(name="command", has_timeouts=False, max_per_call=at_once)
        self._ban = tuple(ban)
        self._unban = tuple(unban)
        self._launch = hostcmd.Launch(user=user)
        self._limit_s = limit_s
        self._at_once = at_once
        self._now_ns = now_ns
        # When each ban ends, as the program was told; bounded by the keeper's table.
        self._held: dict[bytes, int] = {}

    def remember(self, bans: Sequence[Running]) -> None:
        """Know again what an earlier run told the program."""
        self._held.update({ban.source.key: ban.armed_until_ns for ban in bans})

    def check(self) -> Sequence[Obstacle]:
        """Say which of the programs is missing."""
        remedy = "correct the path in [responders.command]"
        for command in (self._ban, self._unban):
            if not command:
                return [Obstacle(lacks="a program to run", remedy="name `ban` and `unban` in [responders.command]")]
            if obstacles := tooling.missing_program(command[0], remedy):
                return obstacles
        return []

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Return None for each: the program is told what must be spared."""
        return [None] * len(bans)

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:
        """Do nothing: the program's own state is not ours to prepare."""

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Do nothing: the keeper refuses what is protected."""

    def put(self, bans: Sequence[Arming]) -> None:
        """Run the ban program for each that it does not know to end then.

        If one fails, those that are new are lifted again and the batch fails.
        """
        now_ns = self._now_ns()
        ends = {ban.source.key: now_ns + ban.timeout_ms * 1_000_000 for ban in bans}
        told = [ban for ban in bans if abs(self._held.get(ban.source.key, 0) - ends[ban.source.key]) > _SAME_END_NS]
        succeeded, failure = self._each([(ban.source, filled(self._ban, ban)) for ban in told])
        fresh = [source for source in succeeded if source.key not in self._held]
        self._held.update({source.key: ends[source.key] for source in succeeded})
        if failure is not None:
            self.take_out(fresh)
            raise failure

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Run the unban program for each that was banned."""
        held = [source for source in sources if source.key in self._held]
        commands = [(source, filled(self._unban, Arming(source, 0, spare_established=False))) for source in held]
        succeeded, failure = self._each(commands)
        for source in succeeded:
            del self._held[source.key]
        if failure is not None:
            raise failure

    def holds(self, source: Prefix) -> bool:
        """Say whether the ban program succeeded for this source."""
        return source.key in self._held

    def is_in_place(self) -> bool:
        """Return True: what the program did cannot be seen from here."""
        return True

    def remove(self) -> None:
        """Do nothing more: the keeper lifts its bans first, and the program keeps nothing else for us."""

    def close(self) -> None:
        """Do nothing: no process outlives its call."""

    def _each(self, commands: Sequence[tuple[Prefix, list[str]]]) -> tuple[list[Prefix], ResponderError | None]:
        """Run commands side by side; return the sources that succeeded and the first failure."""
        if not commands:
            return [], None
        succeeded: list[Prefix] = []
        failure: ResponderError | None = None
        with ThreadPoolExecutor(max_workers=min(self._at_once, len(commands))) as workers:
            for (source, _), outcome in zip(commands, workers.map(self._attempt, commands), strict=True):
                if outcome is None:
                    succeeded.append(source)
                else:
                    failure = failure or outcome
        return succeeded, failure

    def _attempt(self, named: tuple[Prefix, list[str]]) -> ResponderError | None:
        try:
            tooling.run(named[1], limit_s=self._limit_s, launch=self._launch)
        except ResponderError as error:
            return error
        return None


class CommandResponder(Keeper):
    """Ban with the operator's program, at most `max_bans` at once, `at_once` programs at a time."""

    def __init__(
        self,
        ban: Sequence[str],
        unban: Sequence[str],
        *,
        user: str | int | None = DEFAULT_USER,
        limit_s: float = DEFAULT_LIMIT_S,
        at_once: int = DEFAULT_AT_ONCE,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        tool = CommandTool(ban, unban, user=user, limit_s=limit_s, at_once=at_once, now_ns=now_ns)
        super().__init__(tool, max_bans=max_bans, protected=protected, now_ns=now_ns)
        self._programs = tool

    def adopt(self, bans: Sequence[Running]) -> None:
        """Take over bans that the program was told by an earlier run, so that it is told their end."""
        self._programs.remember(bans)
        super().adopt(bans)

    def cleanup(self) -> None:
        """Lift every ban."""
        self.unban([ban.source for ban in self._clock])
        super().cleanup()


def filled(words: Sequence[str], ban: Arming) -> list[str]:
    """Return the argument list for one ban; what is filled in is never looked through for names again."""
    values = {
        "source": str(ban.source.address) if ban.source.is_single else str(ban.source),
        "duration_s": str(-(-ban.timeout_ms // 1000)),
        "spare": str(int(ban.spare_established)),
        "reason": ban.reason,
        "scan": ban.scan or "",
    }
    return [_NAME.sub(lambda found: values[found[1]], word) for word in words]
