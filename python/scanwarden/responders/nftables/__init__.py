"""Ban through nf_tables: the default responder.

What lives here: the names of our table's parts (`layout`), the text that sets it up (`ruleset`), netlink messages as
bytes (`nfnetlink`), the two ways to the kernel (`doors`) and the responder itself. What does not: any other table. Ours
is `inet scanwarden`; nothing of another tool is read or changed.
"""

from scanwarden.responders.nftables.doors import NetlinkDoor, ScriptDoor
from scanwarden.responders.nftables.responder import NftablesResponder

__all__ = ["NetlinkDoor", "NftablesResponder", "ScriptDoor"]
