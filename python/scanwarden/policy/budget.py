"""Bound what forged probes can make us do in a minute."""

from collections import deque

from scanwarden.model.time import NS_PER_S, Timestamp

WINDOW_S = 60
FLOOD_LASTS_S = 60
MAX_FLOODED_CONTACTS = 1024


class MinuteBudget:
    """Count what was spent in the last 60 seconds of the packets' clock; remembers at most `capacity` times."""

    def __init__(self, capacity: int) -> None:
        self._spent: deque[int] = deque(maxlen=max(1, capacity))

    def spent(self, now: Timestamp) -> int:
        """Return how many were spent within the 60 seconds before `now`."""
        start = now - WINDOW_S * NS_PER_S
        while self._spent and self._spent[0] <= start:
            self._spent.popleft()
        return len(self._spent)

    def spend(self, now: Timestamp) -> None:
        """Remember one."""
        self._spent.append(now)


class FloodWatch:
    """Know whether a flood lasts, and of what: it ends 60 seconds after the last notice of it."""

    def __init__(self) -> None:
        self._until = Timestamp(0)
        self._contacts: dict[str, None] = {}

    def notice(self, now: Timestamp, contacts: frozenset[str]) -> None:
        """Take in a flood of `contacts`, each written as evidence parts write them (`tcp/80 at 192.0.2.1`)."""
        if not self.is_on(now):
            self._contacts.clear()
        self._until = now.plus(FLOOD_LASTS_S)
        room = MAX_FLOODED_CONTACTS - len(self._contacts)
        self._contacts.update(dict.fromkeys(sorted(contacts)[: max(0, room)]))

    def is_on(self, now: Timestamp) -> bool:
        """Say whether a flood lasts."""
        return now < self._until

    def is_flooded(self, contact: str) -> bool:
        """Say whether a contact is on what is being flooded."""
        return contact in self._contacts
