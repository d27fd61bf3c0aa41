"""Ask the store from the event loop: one thread reads, and finds a file that was replaced."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from scanwarden.errors import StoreError
from scanwarden.store import Reader

Answer = TypeVar("Answer")
MAX_WAITING = 64


class StoreQuestions:
    """Questions to one store, asked one after the other so that memory stays bounded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._reader: Reader | None = None
        self._identity: tuple[int, int, bool] | None = None
        self._waiting = 0

    async def ask(self, question: Callable[[Reader], Answer]) -> Answer:
        """Give the answer to a question; raise StoreError if the store cannot be read or too many are asking."""
        if self._waiting >= MAX_WAITING:
            raise StoreError("too many questions at once", remedy="try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let go of the file."""
        self._thread.submit(self._forget)
        self._thread.shutdown()

    def _answer(self, question: Callable[[Reader], Answer]) -> Answer:
        identity = self._look()
        if self._reader is None or identity != self._identity:
            self._forget()
            self._reader, self._identity = Reader(self._path), identity
        try:
            return question(self._reader)
        except StoreError:
            self._forget()
            raise

    def _look(self) -> tuple[int, int, bool]:
        """Tell the file from one that replaced it, and a file that is written to from one at rest."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 device and number of the file, whatever its path
        except OSError as error:
            raise StoreError(
                f"there is no store at {self._path}: {error.strerror}", remedy="is the service running?"
            ) from error
        return found.st_dev, found.st_ino, Path(f"{self._path}-wal").exists()

    def _forget(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._identity = None
