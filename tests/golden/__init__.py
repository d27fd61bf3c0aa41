"""Compare whole runs with what they must give: one folder a case, `NAME/{case.toml,input.pcap,expected.jsonl}`.

Only captures that our own lab recorded lie here; harmless traffic, which must give nothing, counts as much as scans.
"""
