"""Keep traps and the connection log in a process of their own: `scanwarden run --part outpost`.

What lives here: that process, which may change its own tables of the firewall and nothing else on the host, and the
feed through which whoever holds the detector hears of touches. What does not: the traps themselves (`sensors.traps`).
"""
