"""Ban with rich rules of firewalld, each with a timeout; nothing is made permanent.

firewalld accepts established connections before it looks at rich rules, so these bans spare them whatever is asked; it
applies them to packets for this host, not to ports published by containers. Each call takes about 0.2 s. Where nftables
can be used directly, that responder does more, and a firewalld reload leaves its table alone.
"""

import re
import time
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from scanwarden import hostcmd
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, Traits

DEFAULT_MAX_BANS = 1000
# Rules with a negative priority come before all others of the zone (firewalld.richlanguage(5)); ours are known by it.
PRIORITY = -31_337
_OURS = re.compile(
    rf'rule priority="{PRIORITY}" family="ipv[46]" source address="([0-9a-f:.]+(?:/\d+)?)" (?:drop|reject)'
)
_PLAIN = hostcmd.Launch()

Action = Literal["drop", "reject"]


class FirewalldTool:
    """Drive our rich rules in one zone; an empty zone name means the default zone."""

    def __init__(self, *, zone: str, action: Action, launch: hostcmd.Launch) -> None:
        self.traits = Traits(name="firewalld", max_per_call=100, max_networks=DEFAULT_MAX_BANS)
        self._zone = [f"--zone={zone}"] if zone else []
        self._action = action
        self._launch = launch

    def check(self) -> Sequence[Obstacle]:
        """Say whether firewalld is missing or does not run."""
        remedy = "install firewalld: `apt install firewalld` or `dnf install firewalld`"
        if obstacles := tooling.missing_program("firewall-cmd", remedy):
            return obstacles
        if not self.is_in_place():
            return [Obstacle(lacks="a running firewalld", remedy="start it: `systemctl start firewalld`")]
        return []

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Return None for each: established connections are spared by nature."""
        return [None] * len(bans)

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - the keeper refuses what is protected
        """See that firewalld runs; rules of an earlier run end by themselves."""
        if not self.is_in_place():
            raise ResponderError("firewalld does not run", remedy="start it: `systemctl start firewalld`")

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Do nothing: the keeper refuses what is protected."""

    def put(self, bans: Sequence[Arming]) -> None:
        """Add rules; one that is there is removed first, since firewalld keeps the timeout of a rule it knows."""
        self.take_out([ban.source for ban in bans])
        for timeout_s, group in groupby(sorted(bans, key=_timeout_s), key=_timeout_s):
            rules = [f"--add-rich-rule={self._rule(ban.source)}" for ban in group]
            self._run(*self._zone, *rules, f"--timeout={timeout_s}")

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Remove the rules that are there."""
        present = self._present()
        rules = [f"--remove-rich-rule={self._rule(source)}" for source in sources if source in present]
        if rules:
            self._run(*self._zone, *rules)

    def holds(self, source: Prefix) -> bool:
        """Ask firewalld for this one rule."""
        return self._run(*self._zone, f"--query-rich-rule={self._rule(source)}", check=False).returncode == 0

    def is_in_place(self) -> bool:
        """Say whether firewalld runs."""
        return self._run("--state", check=False).returncode == 0

    def remove(self) -> None:
        """Remove all rules that are ours, if firewalld runs; without it there are none."""
        if self.is_in_place():
            self.take_out(sorted(self._present()))

    def close(self) -> None:
        """Do nothing: no process outlives its change."""

    def _rule(self, source: Prefix) -> str:
        name = str(source.address) if source.is_single else str(source)
        return f'rule priority="{PRIORITY}" family="ipv{source.version}" source address="{name}" {self._action}'

    def _present(self) -> set[Prefix]:
        """Return the sources of our rules in the zone."""
        listed = self._run(*self._zone, "--list-rich-rules").text
        return {Prefix.parse(found[1]) for line in listed.splitlines() if (found := _OURS.fullmatch(line.strip()))}

    def _run(self, *words: str, check: bool = True) -> hostcmd.Completed:
        return tooling.run(["firewall-cmd", *words], limit_s=60.0, check=check, launch=self._launch)


class FirewalldResponder(Keeper):
    """Ban with rich rules of firewalld, at most `max_bans` at once.

    `launch` adds to the environment of firewall-cmd, for a system bus elsewhere than usual.
    """

    def __init__(
        self,
        *,
        zone: str = "",
        action: Action = "drop",
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        now_ns: MonotonicClock = time.monotonic_ns,
        launch: hostcmd.Launch = _PLAIN,
    ) -> None:
        tool = FirewalldTool(zone=zone, action=action, launch=launch)
        super().__init__(tool, max_bans=max_bans, protected=protected, now_ns=now_ns)


def _timeout_s(ban: Arming) -> int:
    return -(-ban.timeout_ms // 1000)
