"""Keep the firewall in a process of its own, which believes nobody.

What lives here: the requests of 48 bytes that are all it understands, the server that holds CAP_NET_ADMIN and computes
for itself whom the host needs, and the responder that asks it. What does not: deciding whom to ban.
"""
