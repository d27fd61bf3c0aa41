"""Find scans in archives: captures, logs and flow logs of months, on this machine or on a cluster.

What lives here: reading inputs into one partitioned table of probes, running the detector over it on an engine, judging
what only many sources together show, and writing what was found. What does not: the detector and the judge themselves,
which are the Rust core's, and the live fleet. pyarrow, duckdb and pyspark are optional: `extras` says how to get them.
"""
