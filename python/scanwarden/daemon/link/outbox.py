"""Keep what was told until it is taken in, within a bound."""

from collections import deque
from collections.abc import Iterator

MAX_FRAMES = 8192
MAX_BYTES = 16 << 20


class Outbox:
    """Numbered frames in order; beyond the bounds the oldest is dropped and counted."""

    def __init__(self, *, max_frames: int = MAX_FRAMES, max_bytes: int = MAX_BYTES) -> None:
        self._frames: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._last = 0
        self.dropped = 0

    def next_number(self) -> int:
        """Return the number for the next frame."""
        self._last += 1
        return self._last

    def put(self, number: int, frame: bytes) -> None:
        """Keep a frame until `taken`."""
        self._frames.append((number, frame))
        self._bytes += len(frame)
        while len(self._frames) > self._max_frames or self._bytes > self._max_bytes:
            self._bytes -= len(self._frames.popleft()[1])
            self.dropped += 1

    def taken(self, number: int) -> None:
        """Forget everything up to a number."""
        while self._frames and self._frames[0][0] <= number:
            self._bytes -= len(self._frames.popleft()[1])

    def after(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Yield what is kept and has a higher number."""
        return iter([one for one in self._frames if one[0] > number])

    def __len__(self) -> int:
        return len(self._frames)
