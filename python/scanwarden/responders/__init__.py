"""Carry out bans: each responder drives one firewall, and all keep the same promises (`contract`).

What lives here: one file or package per responder, the contract, and the clock that knows which bans are due to end.
What does not: the choice whom to ban and for how long (that is `policy`), and when to repair or re-arm (`daemon`).
A responder refuses what is protected even when it is asked to ban it.
"""
