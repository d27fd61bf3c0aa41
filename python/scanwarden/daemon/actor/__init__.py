"""Carry bans out with every responder but nftables: programs, files and routes that take more than one capability.

What lives here: the process that acts, what it remembers over a restart, and the service's way to it. What does not:
the responders themselves, nf_tables, which the firewall helper moves, and the decision whom to ban.
"""
