"""Serve one client at a time, and have the firewall looked after when nobody asks."""

import logging
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from scanwarden.daemon.helper.messages import (
    MAX_BATCH,
    MAX_DATAGRAM_BYTES,
    Flag,
    Message,
    MessageError,
    pack_all,
    unpack_all,
)
from scanwarden.daemon.part_socket import peer_uid
from scanwarden.daemon.protection import NetworkChanges
from scanwarden.model.time import NS_PER_S

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
_ANSWER_LIMIT_S = 5.0


class Serving(Protocol):
    """Whoever answers requests, and looks after a firewall when there are none."""

    def look_after(self, *, has_news: bool = False) -> None:
        """Look after the firewall; `has_news` when the network changed."""

    def answer(self, batch: Sequence[Message]) -> list[Message]:
        """Carry out one request, or a batch of bans."""


def serve(
    listener: socket.socket,
    helper: Serving,
    *,
    uids: Sequence[int],
    changes: NetworkChanges,
    is_noted: bool = False,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Serve one client after the other until interrupted; a client of another user is turned away.

    `is_noted`: records carry a scan and a reason. Whether it `goes_on` is asked at least twice a second.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(changes, selectors.EVENT_READ)
        client: socket.socket | None = None
        looked_ns = time.monotonic_ns()
        while goes_on():
            ready = {key.fileobj for key, _ in selector.select(LOOK_EVERY_S)}
            has_news = changes in ready and changes.take()
            if listener in ready and (caller := _accepted(listener, uids)) is not None:
                client = _replaced(client, caller, selector)
            if client is not None and client in ready and not _converse(client, helper, is_noted=is_noted):
                client = _replaced(client, None, selector)
            now_ns = time.monotonic_ns()
            if has_news or now_ns - looked_ns >= LOOK_EVERY_S * NS_PER_S:
                helper.look_after(has_news=has_news)
                looked_ns = now_ns
        _replaced(client, None, selector)


def _accepted(listener: socket.socket, uids: Sequence[int]) -> socket.socket | None:
    client, _ = listener.accept()
    if (uid := peer_uid(client)) not in uids:
        log.warning("a client was turned away", extra={"uid": uid})
        client.close()
        return None
    client.settimeout(_ANSWER_LIMIT_S)
    return client


def _replaced(
    old: socket.socket | None, new: socket.socket | None, selector: selectors.BaseSelector
) -> socket.socket | None:
    if old is not None:
        selector.unregister(old)
        old.close()
    if new is not None:
        selector.register(new, selectors.EVENT_READ)
    return new


def _converse(client: socket.socket, helper: Serving, *, is_noted: bool) -> bool:
    """Read one batch and answer it; False when the client left or said what is no message."""
    batch: list[Message] = []
    try:
        while True:
            packed = client.recv(MAX_DATAGRAM_BYTES + 1)
            if not packed:
                return False
            batch += unpack_all(packed, is_noted=is_noted)
            if len(batch) > MAX_BATCH or any(one.op is not batch[0].op for one in batch):
                raise MessageError("a batch is too long or mixed")
            if Flag.MORE not in batch[-1].flags:
                break
        for datagram in pack_all(helper.answer(batch), is_noted=is_noted):
            client.sendall(datagram)
    except (OSError, MessageError) as error:
        log.warning("a client is not talked to any more", extra={"reason": str(error)})
        return False
    return True
