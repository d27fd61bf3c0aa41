"""Carry records out of the service: to files, syslog and the journal as they come, to people as messages.

What lives here: following the service's records, the box of messages that wait (it survives restarts), when each is due
and what it says. What does not: how a sink writes or sends (`sinks`), and how a record looks (`formats`).
"""
