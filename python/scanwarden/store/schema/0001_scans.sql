-- Scans in their latest state; what lists and filters need is in columns, the rest in scan_bodies.
-- Times are nanoseconds since 1970. SQLite 3.26 (RHEL 8) must understand every statement.

CREATE TABLE scans (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    opened_ns INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    source TEXT,
    key BLOB,
    bits INTEGER,
    network TEXT,
    members INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    group_kind TEXT,
    part_of TEXT,
    techniques INTEGER NOT NULL,
    pattern TEXT NOT NULL,
    pace TEXT NOT NULL,
    severity INTEGER NOT NULL,
    tool TEXT,
    sensor TEXT NOT NULL,
    probes INTEGER NOT NULL,
    packets INTEGER NOT NULL,
    open INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    nats REAL NOT NULL,
    targets INTEGER NOT NULL,
    learnt INTEGER NOT NULL,
    ports TEXT NOT NULL,
    search TEXT NOT NULL
);

CREATE INDEX scans_by_opening ON scans (opened_ns, severity);

CREATE INDEX scans_by_end ON scans (last_ns, source, probes);

CREATE INDEX scans_by_source ON scans (source, last_ns, probes);

CREATE INDEX scans_by_key ON scans (key, bits, last_ns);

CREATE INDEX scans_open ON scans (is_open) WHERE is_open = 1;

CREATE INDEX scans_by_text ON scans (search);

CREATE INDEX scans_by_group ON scans (part_of) WHERE part_of IS NOT NULL;

-- The whole statement about a scan (targets, evidence parts, members) as compressed JSON.
CREATE TABLE scan_bodies (
    number INTEGER PRIMARY KEY REFERENCES scans (number) ON DELETE CASCADE,
    body BLOB NOT NULL
);

-- What changed when; at most 64 rows a scan.
CREATE TABLE scan_steps (
    number INTEGER NOT NULL REFERENCES scans (number) ON DELETE CASCADE,
    time_ns INTEGER NOT NULL,
    event TEXT NOT NULL,
    reason TEXT,
    techniques INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    probes INTEGER NOT NULL,
    nats REAL NOT NULL
);

CREATE INDEX scan_steps_by_scan ON scan_steps (number);

-- The probed ports over all targets as ranges, at most 256 for a scan and protocol.
CREATE TABLE scan_ports (
    number INTEGER NOT NULL REFERENCES scans (number) ON DELETE CASCADE,
    protocol INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (number, protocol, first)
) WITHOUT ROWID;

CREATE INDEX scan_ports_single ON scan_ports (first, protocol);

CREATE INDEX scan_ports_ranges ON scan_ports (first, last) WHERE last > first;

-- Whom a scan names: its source, or the members of its group (at most 1024).
CREATE TABLE scan_sources (
    key BLOB NOT NULL,
    bits INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES scans (number) ON DELETE CASCADE,
    verified INTEGER NOT NULL,
    PRIMARY KEY (key, bits, number)
) WITHOUT ROWID;

CREATE INDEX scan_sources_by_scan ON scan_sources (number);
