"""Where the detector runs: in threads of this process, behind DuckDB's sort, or on Spark. One file each.

Every engine takes the same table of probes and calls the same `detecting.detect`; they differ in who reads and sorts.
"""
