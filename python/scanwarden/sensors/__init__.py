"""Bring packets to the detector: from capture files and from network interfaces.

A sensor opens the source of packets, has the Rust core read and feed them, and turns what goes wrong into errors
that say what to do. It knows neither detections nor what becomes of them, and no packet passes through Python.
"""
