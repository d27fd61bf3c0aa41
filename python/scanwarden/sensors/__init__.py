"""Bring packets and log lines to the detector: from files, network interfaces, the journal and the firewall.

A sensor opens the source of packets or lines, has the Rust core read and feed them, and turns what goes wrong into
errors that say what to do. It knows neither detections nor what becomes of them, and no packet or line is looked at in
Python.
"""
