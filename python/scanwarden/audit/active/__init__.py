"""Check from the outside: knock at the ports of the own addresses, and look at what answers.

What lives here: the sweep of TCP and UDP ports (`sweep`, which also runs on another node as it stands), what it is told
by nmap instead, what open services say of themselves, and the refusal of addresses that are not ours. What does not:
anything that would use a weakness: a service is greeted, asked whether it wants a password, and left.
"""
