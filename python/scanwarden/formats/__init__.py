"""Lay records out: as JSON lines for machines, as text for people.

A layout turns records into characters and back; it neither opens a file nor decides what to tell.
The values themselves are defined in `model`.
"""
