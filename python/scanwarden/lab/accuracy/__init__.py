"""Measure how accurate the detector is: run the lab's catalogues and hold what was told against the truth.

What lives here: the judgement of one case (`verdict`), runs in namespaces (`live`) and over synthesised captures
(`synthesised`), what all of it together must show (`promises`), and the page that says so (`page`). What does not:
the catalogues themselves (`scans`, `traffic`, `crafted`, `harmless`), and the command line (`benches/accuracy.py`).
"""
