"""Be a program of a given name that listens; for the tests in namespaces.

Arguments: `NAME PROTOCOL ADDRESS PORT` again and again. One process is started for each; `listening` says that all do.
An IPv6 address takes IPv6 alone, `*` both.
"""

import ctypes
import os
import socket
import sys

_PR_SET_NAME, _PR_SET_PDEATHSIG, _SIGKILL = 15, 1, 9


def opened(protocol: str, address: str, port: int) -> socket.socket:
    is_six = ":" in address or address == "*"
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    number = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP, "sctp": 132}[protocol]
    listener = socket.socket(socket.AF_INET6 if is_six else socket.AF_INET, kind, number)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_six:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address != "*")
    listener.bind(("::" if address == "*" else address, port))
    if kind == socket.SOCK_STREAM:
        listener.listen(1024)
    return listener


def serve(name: str, listener: socket.socket) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    while True:
        if listener.type == socket.SOCK_DGRAM:
            datagram, sender = listener.recvfrom(2048)
            listener.sendto(datagram, sender)
        else:
            listener.accept()[0].close()


def main() -> None:
    words = sys.argv[1:]
    for at in range(0, len(words), 4):
        name, protocol, address, port = words[at : at + 4]
        listener = opened(protocol, address, int(port))
        if os.fork() == 0:
            serve(name, listener)
        listener.close()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    while True:
        os.wait()


if __name__ == "__main__":
    main()
