"""Ask the firewall of a host of the lab whom it refuses, as an administrator would."""

from scanwarden.lab.namespace import Namespace
from scanwarden.model.address import Prefix
from scanwarden.responders.nftables.layout import GRADES, TABLE, set_of


def ban_in_force(host: Namespace, address: str) -> str | None:
    """Return the element by which nftables refuses `address` on `host`, with its remaining time; None if there is none.

    The kernel is asked for one element at a time; the sets are never dumped.
    """
    prefix = Prefix.parse(address)
    for grade in GRADES:
        set_name = set_of(prefix, grade)
        question = ["nft", "get", "element", "inet", TABLE, set_name, f"{{ {address} }}"]
        answer = host.run(question, check=False)
        if answer.returncode == 0:
            element = answer.text.partition("elements = {")[2].partition("}")[0]
            return f"{set_name}: {' '.join(element.split())}"
    return None
