"""Wire sensor, detector, policy, responder and listeners together, for a replay and for a live watch.

Here lives only the order of things: what is fed when, what is asked of whom, what is told to whom. What a scan is,
what to do about it and how a firewall is moved is each its own box.
"""
