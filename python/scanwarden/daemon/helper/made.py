"""Remember the bans that were made last, for a service that was killed before it wrote them down."""

from collections import OrderedDict

from scanwarden.daemon.helper.messages import Flag, Message, Op
from scanwarden.model.address import Prefix
from scanwarden.model.time import NS_PER_S

MAX_REMEMBERED = 4096


class MadeBans:
    """At most 4096 bans; of more the oldest is forgotten, which the service has written down long since."""

    def __init__(self) -> None:
        self._made: OrderedDict[bytes, tuple[Message, int]] = OrderedDict()

    def remember(self, request: Message, source: Prefix, now_ns: int) -> None:
        """Remember that a request was carried out at `now_ns`, in nanoseconds of the monotonic clock."""
        self._made.pop(source.key, None)
        self._made[source.key] = (request, now_ns + request.duration_s * NS_PER_S)
        if len(self._made) > MAX_REMEMBERED:
            self._made.popitem(last=False)

    def forget(self, source: Prefix) -> None:
        """Forget the ban of a source, if there is one: it was lifted."""
        self._made.pop(source.key, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._made.clear()

    def listed(self, sequence: int, now_ns: int) -> list[Message]:
        """Give those that have not ended as answers to the request `sequence`, with the seconds left of each."""
        return [
            Message(
                op=Op.LIST,
                flags=Flag.MORE | made.flags & (Flag.FORGEABLE | Flag.SPARE_ESTABLISHED),
                source=made.source,
                duration_s=(ends_ns - now_ns) // NS_PER_S,
                sequence=sequence,
            )
            for made, ends_ns in self._made.values()
            if ends_ns - now_ns >= NS_PER_S
        ]
