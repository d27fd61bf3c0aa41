"""Say how to close a port with this host's own firewall and service manager, and do it if told to.

What lives here: which firewall is in charge, its commands with the commands that take them back, and the guard that
takes them back by itself after a minute unless somebody confirms. What does not: deciding what should be closed.
"""
