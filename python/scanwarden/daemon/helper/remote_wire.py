"""Have the firewall helper move the tripwire."""

from collections.abc import Iterable

from scanwarden.daemon.helper.line import HelperLine
from scanwarden.daemon.helper.messages import MAX_BATCH, Message, Op
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable


class RemoteWire:
    """The tripwire, moved by the helper, which finds the listening ports and the protected set by itself."""

    def __init__(self, line: HelperLine) -> None:
        self._line = line
        self._connections = 0

    def set_up(self, open_ports: Ports) -> None:  # noqa: ARG002 - the helper knows better
        """Have the wire set."""
        self._line.order([Message(op=Op.WIRE_SET)])
        self._connections = self._line.connections

    def protect(self, protected: PrefixTable) -> None:
        """Do nothing: the helper computes for itself whom to protect."""

    def listen(self, open_ports: Ports) -> bool:  # noqa: ARG002 - the helper knows better
        """Have the wire follow the listening ports."""
        self._line.order([Message(op=Op.WIRE_FOLLOW)])
        return True

    def tripped(self) -> list[Prefix]:
        """Return who is cut off now."""
        answers = self._line.order([Message(op=Op.WIRE_TRIPPED)])
        return [answer.source for answer in answers if answer.source is not None]

    def lift(self, sources: Iterable[Prefix]) -> None:
        """Let sources in again."""
        asked = [Message(op=Op.WIRE_LIFT, source=source) for source in sources]
        for start in range(0, len(asked), MAX_BATCH):
            self._line.order(asked[start : start + MAX_BATCH])

    def is_intact(self) -> bool:
        """Say whether the helper that set the wire is still there; it fails loudly if the wire is not."""
        return self._line.connections == self._connections

    def cleanup(self) -> None:
        """Have the wire taken away."""
        self._line.order([Message(op=Op.WIRE_REMOVE)])
