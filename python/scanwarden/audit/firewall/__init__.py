"""Evaluate the host's rule set: say who outside may reach a port.

What lives here: one typed form of the rules (`rules`), the readers that bring nftables' JSON and iptables-save into it,
and the walk of a new flow through the hooks. The source of the flow is not one address but all at once: each rule
splits them, so the answer names exactly who gets in. An expression that is not understood is never guessed: its outcome
is a doubt that the answer carries. What does not live here: which ports are open, and changing any rule.
"""
