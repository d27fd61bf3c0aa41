"""Check an address from another node with a key of its own, and print the two reports; for the tests in namespaces.

Arguments: the private key, the node, the address.
"""

import datetime as dt
import sys

import msgspec

from scanwarden.audit.active.check import Order, check
from scanwarden.audit.active.far import Far
from scanwarden.formats.base import to_text
from scanwarden.model.ports import Ports


def main() -> None:
    key, node, address = sys.argv[1:]
    options = (
        "-i",
        key,
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "LogLevel=ERROR",
    )
    far = Far(f"ssh://root@{node}:2222", options)
    for is_with_nmap in (False, True):
        order = Order(addresses=(address,), tcp=Ports.parse("1-100"), far=far, is_with_nmap=is_with_nmap)
        report = check(order, now=dt.datetime.now(tz=dt.UTC))
        sys.stdout.write(msgspec.json.encode(report, enc_hook=to_text).decode() + "\n")


if __name__ == "__main__":
    main()
