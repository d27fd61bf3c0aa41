"""Carry what the parts of one service say to each other over unix sockets.

What lives here: the messages, how they are framed, the end that keeps a connection and what was not yet taken in, and
the end that listens. What does not: what a part does with a message, and the binary requests to the firewall helper.
"""
