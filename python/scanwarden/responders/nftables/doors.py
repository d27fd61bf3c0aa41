"""Reach nf_tables: through a netlink socket of our own, or through the nft program."""

import errno
import os
import re
import socket
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from scanwarden import netlink
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.responders import tooling
from scanwarden.responders.nftables import nfnetlink, ruleset
from scanwarden.responders.nftables.layout import CHAIN, TABLE, Change

_SOL_NETLINK, _NETLINK_CAP_ACK = 270, 10
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
# One transaction may be as large as the send buffer: 10,000 IPv6 elements, three times, are 1.5 MB.
_SEND_BUFFER_BYTES = 4 << 20
_RECEIVE_BUFFER_BYTES = 1 << 20
_VERB_FLAGS = {"add": netlink.CREATE, "create": netlink.CREATE | netlink.EXCL, "delete": 0}
# Unknown flags are EINVAL up to Linux 5.10 and EOPNOTSUPP since; a table made without them cannot get them later.
_NOT_POSSIBLE = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOENT})
_LIMIT_S = 5.0
_MAX_DATAGRAM_BYTES = 1 << 16
_EXPIRES = re.compile(r"expires ((?:\d+(?:ms|[dhms]))+)")
_SPAN = re.compile(r"(\d+)(ms|[dhms])")
_UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


class KernelRefusedError(ResponderError):
    """The kernel refused a transaction; nothing of it took effect. `errno` is its reason."""

    def __init__(self, number: int, doing: str) -> None:
        self.errno = number
        remedy = "run as root or with CAP_NET_ADMIN" if number in (errno.EPERM, errno.EACCES) else None
        super().__init__(f"the kernel refused {doing}: {os.strerror(number)}", remedy=remedy)


class ElementDoor(Protocol):
    """Change and ask for elements of our hash sets. Every method raises ResponderError."""

    def commit(self, changes: Sequence[Change]) -> None:
        """Make all changes in one transaction; raises KernelRefusedError or another ResponderError."""
        ...

    def remaining_ms(self, set_name: str, source: Prefix) -> int | None:
        """Return how long an element has to live, in milliseconds; None if it is not there."""
        ...

    def rule_count(self) -> int:
        """Return the number of rules in our chain; 0 if the table is missing or made dormant."""
        ...

    def make_ownable(self) -> bool:
        """Create our table so that it can be owned, or leave one like that alone; False if it cannot be owned."""
        ...

    def own(self) -> bool:
        """Let nobody but this door change our table from now on; False if the kernel or the table cannot do that."""
        ...

    def delete_table(self) -> None:
        """Delete our table with everything in it; no error when it is not there."""
        ...

    def close(self) -> None:
        """Give back what the door holds open; a table that it owned stays, and anybody may change it."""
        ...


class NetlinkDoor:
    """Talk to the kernel over one socket that stays open: about 0.1 ms for a ban.

    The socket belongs to the network namespace of the thread that creates the door.
    """

    def __init__(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, netlink.NETFILTER)
        except OSError as error:
            raise ResponderError(f"no netlink socket for nf_tables: {error.strerror}") from error
        self._socket.bind((0, 0))
        self._socket.settimeout(_LIMIT_S)
        self._sequence = 0
        for level, option, value in (
            (_SOL_NETLINK, _NETLINK_CAP_ACK, 1),
            (socket.SOL_SOCKET, _SO_SNDBUFFORCE, _SEND_BUFFER_BYTES),
            (socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER_BYTES),
        ):
            try:
                self._socket.setsockopt(level, option, value)
            except PermissionError:
                # Only the FORCE options need CAP_NET_ADMIN, as does every change below: those will say so.
                continue

    def commit(self, changes: Sequence[Change]) -> None:
        """Make all changes in one transaction."""
        sequence = first = self._next()
        messages: list[bytes] = []
        for change in changes:
            for start in range(0, len(change.elements), nfnetlink.MAX_ELEMENTS_PER_MESSAGE):
                piece = change.elements[start : start + nfnetlink.MAX_ELEMENTS_PER_MESSAGE]
                elements = [(source.packed, timeout_ms) for source, timeout_ms in piece]
                sequence = self._next()
                messages.append(
                    nfnetlink.message(
                        nfnetlink.NFT_MSG_DELSETELEM if change.verb == "delete" else nfnetlink.NFT_MSG_NEWSETELEM,
                        netlink.REQUEST | netlink.ACK | _VERB_FLAGS[change.verb],
                        sequence,
                        nfnetlink.element_list(TABLE, change.set_name, elements),
                    )
                )
        doing = f"a change of {sum(len(change.elements) for change in changes)} set elements"
        self._send(nfnetlink.batch(messages, first), doing)
        self._wait_for_acknowledgements(set(range(first + 1, sequence + 1)), first, doing)

    def remaining_ms(self, set_name: str, source: Prefix) -> int | None:
        """Return how long an element has to live; None if it is not there, or its set or table is not."""
        body = nfnetlink.element_list(TABLE, set_name, [(source.packed, 0)])
        answers = self._ask(nfnetlink.NFT_MSG_GETSETELEM, 0, body, f"a look into set {set_name}")
        return nfnetlink.remaining_ms(answers[0]) if answers else None

    def rule_count(self) -> int:
        """Return the number of rules in our chain; 0 if the table is missing or made dormant."""
        table = self._ask(nfnetlink.NFT_MSG_GETTABLE, 0, nfnetlink.table_named(TABLE), "a look at our table")
        if not table or nfnetlink.table_flags(table[0]) & nfnetlink.NFT_TABLE_F_DORMANT:
            return 0
        body = nfnetlink.rules_query(TABLE, CHAIN)
        rules = self._ask(nfnetlink.NFT_MSG_GETRULE, netlink.DUMP, body, "a look at our chain")
        return sum(nfnetlink.rule_chain(rule) == CHAIN for rule in rules)

    def make_ownable(self) -> bool:
        """Create our table, still without an owner but so that it will outlive one."""
        body = nfnetlink.table_with_flags(TABLE, nfnetlink.NFT_TABLE_F_PERSIST)
        return self._change_table(nfnetlink.NFT_MSG_NEWTABLE, netlink.CREATE, body, "to make our table")

    def own(self) -> bool:
        """Become the owner of our table: `nft flush ruleset` of others leaves it alone, and may not change it."""
        body = nfnetlink.table_with_flags(TABLE, nfnetlink.NFT_TABLE_F_PERSIST | nfnetlink.NFT_TABLE_F_OWNER)
        return self._change_table(nfnetlink.NFT_MSG_NEWTABLE, 0, body, "to own our table")

    def delete_table(self) -> None:
        """Delete our table with everything in it."""
        self._change_table(nfnetlink.NFT_MSG_DELTABLE, 0, nfnetlink.table_named(TABLE), "to delete our table")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _change_table(self, kind: int, flags: int, body: bytes, doing: str) -> bool:
        """Carry out one change of our table; False if there is none, or neither it nor the kernel can do that."""
        first, sequence = self._next(), self._next()
        wanted = nfnetlink.message(kind, netlink.REQUEST | netlink.ACK | flags, sequence, body)
        self._send(nfnetlink.batch([wanted], first), doing)
        try:
            self._wait_for_acknowledgements({sequence}, first, doing)
        except KernelRefusedError as error:
            if error.errno in _NOT_POSSIBLE:
                return False
            raise
        return True

    def _next(self) -> int:
        self._sequence = self._sequence % 0x7FFF_FFFF + 1
        return self._sequence

    def _ask(self, kind: int, flags: int, body: bytes, doing: str) -> list[bytes]:
        """Send one question and return the bodies of its answers; empty when what is asked for does not exist."""
        sequence = self._next()
        is_dump = bool(flags & netlink.DUMP)
        flags |= netlink.REQUEST | (0 if is_dump else netlink.ACK)
        self._send(nfnetlink.message(kind, flags, sequence, body), doing)
        answers: list[bytes] = []
        for reply in self._replies(doing):
            if reply.sequence != sequence:
                continue  # a late answer to a question that was given up
            if reply.errno is None:
                answers.append(reply.body)
            elif reply.errno in (0, errno.ENOENT):
                return answers
            else:
                raise KernelRefusedError(reply.errno, doing)
        raise AssertionError("replies never end without an answer")

    def _wait_for_acknowledgements(self, awaited: set[int], batch_sequence: int, doing: str) -> None:
        failed = 0
        for reply in self._replies(doing):
            if reply.sequence == batch_sequence and reply.errno:
                raise KernelRefusedError(reply.errno, doing)  # the whole batch was refused, nothing else will come
            if reply.sequence in awaited and reply.errno is not None:
                awaited.discard(reply.sequence)
                failed = failed or reply.errno
                if not awaited:
                    break
        if failed:
            raise KernelRefusedError(failed, doing)

    def _send(self, message: bytes, doing: str) -> None:
        try:
            self._socket.send(message)
        except OSError as error:
            raise KernelRefusedError(error.errno or errno.EIO, doing) from error

    def _replies(self, doing: str) -> Iterator[nfnetlink.Reply]:
        while True:
            try:
                datagram = self._socket.recv(_MAX_DATAGRAM_BYTES)
            except TimeoutError as error:
                raise ResponderError(f"the kernel did not answer {doing} within {_LIMIT_S:g} s") from error
            except OSError as error:
                raise KernelRefusedError(error.errno or errno.EIO, doing) from error
            yield from nfnetlink.replies(datagram)


class ScriptDoor:
    """Run the nft program for every change: slower, and works wherever nft does."""

    def __init__(self, nft: str = "nft") -> None:
        self._nft = nft

    def commit(self, changes: Sequence[Change]) -> None:
        """Make all changes in one transaction."""
        run_script(ruleset.changes(changes), nft=self._nft)

    def remaining_ms(self, set_name: str, source: Prefix) -> int | None:
        """Return how long an element has to live, in milliseconds; None if it is not there."""
        named = ruleset.element(source)
        command = [self._nft, "get", "element", "inet", TABLE, set_name, "{", named, "}"]
        completed = tooling.run(command, check=False)
        return None if completed.returncode != 0 else expires_ms(completed.text)

    def rule_count(self) -> int:
        """Return the number of rules in our chain; 0 if it is missing."""
        command = [self._nft, "-j", "list", "chain", "inet", TABLE, CHAIN]
        completed = tooling.run(command, check=False)
        if completed.returncode != 0:
            return 0
        return sum("rule" in entry for entry in _entries(completed.stdout))

    def make_ownable(self) -> bool:
        """Return False: the program ends with each change, and an owner must stay."""
        return False

    def own(self) -> bool:
        """Return False: the program ends with each change, and an owner must stay."""
        return False

    def delete_table(self) -> None:
        """Delete our table with everything in it."""
        named = ["table", "inet", TABLE]
        # nft 1.0.6 cannot delete what may be missing, and `add table` fails on a table with flags it does not know.
        if tooling.run([self._nft, "list", *named], check=False).returncode == 0:
            tooling.run([self._nft, "delete", *named])

    def close(self) -> None:
        """Do nothing: no process outlives its change."""


def run_script(script: str, *, nft: str, check_only: bool = False) -> None:
    """Feed one transaction to nft; raises ResponderError with nft's first complaint."""
    tooling.run([nft, *(["-c"] if check_only else []), "-f", "-"], stdin=script)


def _entries(json: bytes) -> list[dict[str, object]]:
    try:
        return msgspec.json.decode(json, type=dict[str, list[dict[str, object]]]).get("nftables", [])
    except msgspec.MsgspecError as error:
        raise ResponderError(f"nft printed JSON that is not understood: {error}") from error


def expires_ms(text: str) -> int:
    """Read how long the element in nft's answer has to live (`expires 1d2h3m4s5ms`); 0 if it says nothing.

    nft 1.0.6 prints this answer as text even when asked for JSON.
    """
    found = _EXPIRES.search(text)
    return 0 if found is None else sum(int(n) * _UNIT_MS[unit] for n, unit in _SPAN.findall(found[1]))
