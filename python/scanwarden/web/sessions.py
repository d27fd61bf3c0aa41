"""Remember who has shown the token: few sessions, each for hours."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

MAX_SESSIONS = 64  # then the one that was used longest ago ends
IDLE_LIMIT_S = 4 * 3600.0
LONGEST_S = 12 * 3600.0
MAX_MESSAGES = 4


class Session:
    """One browser that has shown the token, and what it is to be told next."""

    def __init__(self, now_s: float) -> None:
        self.began_s = self.used_s = now_s
        self._key = secrets.token_bytes(32)
        self.messages: list[tuple[str, str]] = []

    @property
    def form_token(self) -> str:
        """Give what each form of this session must bring along."""
        return hmac.digest(self._key, b"form", "sha256").hex()

    def accepts(self, offered: str) -> bool:
        """Say whether a form is of this session."""
        return hmac.compare_digest(self.form_token.encode(), offered.encode(errors="surrogatepass"))

    def tell(self, kind: str, text: str) -> None:
        """Keep a message for the next page: `done` or `failed`."""
        self.messages = [*self.messages[1 - MAX_MESSAGES :], (kind, text)]

    def take_messages(self) -> list[tuple[str, str]]:
        """Give the messages and forget them."""
        told, self.messages = self.messages, []
        return told


class Sessions:
    """The sessions by the digest of their cookie, the one used last at the end."""

    def __init__(self, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._sessions: dict[bytes, Session] = {}

    def begin(self) -> str:
        """Begin a session and give its cookie."""
        cookie = secrets.token_urlsafe(32)
        while len(self._sessions) >= MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        self._sessions[_digest(cookie)] = Session(self._clock_s())
        return cookie

    def find(self, cookie: str) -> Session | None:
        """Give the session of a cookie, unless it is over."""
        digest = _digest(cookie)
        session = self._sessions.pop(digest, None)
        now_s = self._clock_s()
        if session is None or now_s - session.used_s > IDLE_LIMIT_S or now_s - session.began_s > LONGEST_S:
            return None
        session.used_s = now_s
        self._sessions[digest] = session
        return session

    def end(self, cookie: str) -> None:
        """End a session."""
        self._sessions.pop(_digest(cookie), None)

    def __len__(self) -> int:
        return len(self._sessions)


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode(errors="surrogatepass")).digest()
