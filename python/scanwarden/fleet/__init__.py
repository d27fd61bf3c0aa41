"""Let many hosts see together what none of them sees alone, and refuse a scanner together.

What lives here: the signed messages, the bus (NATS JetStream, and one in memory), the agent of a host, the correlator,
and a simulation that measures both. What does not: the detector, which is the Rust core's, and bans: the agent asks the
host's own service, whose protected set always wins.

    service ──spool──▶ agent ──sightings──▶ correlator ──bans──▶ agent ──▶ service
"""
