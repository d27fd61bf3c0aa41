"""Find out what this host exposes, and say what to do about it.

What lives here: which sockets listen and whose they are, whether the rules of the firewall let the outside reach them
(`audit.firewall`), an active check of the own addresses (`audit.active`), the comparison with what is expected, the
commands that would close a port, and what scanners have learnt of all this. What does not: detecting scans, banning
anybody, and changing anything unless `advice` is told to apply a command.
"""
