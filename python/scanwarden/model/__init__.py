"""The arrows between the boxes: small frozen values that every part of scanwarden passes on.

Here live addresses, ports, times, detections, decisions, bans, notices, and the records that carry
them. Nothing here reads a clock, opens a file or decides anything; the evidence itself is weighed
in the Rust core, and how a record looks on disk or on a terminal is the business of `formats`.
"""
