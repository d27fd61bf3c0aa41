"""Decide what to do about a detection: ban its source, tell somebody, or spare it.

What lives here: the rules and their limits, who is never banned, the memory that makes repeats cost more, and
`decide`, a pure function whose answer names the rule that decided. What does not: reading the host's state
(`daemon.protection` does), carrying a ban out (`responders`), and whether bans are enforced or only reported.
"""
