-- What the policy answered, what was enforced, and what else is worth telling.

CREATE TABLE decisions (
    number INTEGER PRIMARY KEY,
    scan TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    action TEXT NOT NULL,
    would INTEGER NOT NULL,
    reason TEXT NOT NULL,
    source TEXT,
    duration_s INTEGER
);

CREATE INDEX decisions_by_scan ON decisions (scan, time_ns);

CREATE INDEX decisions_by_time ON decisions (time_ns);

CREATE TABLE bans (
    number INTEGER PRIMARY KEY,
    scan TEXT,
    key BLOB NOT NULL,
    bits INTEGER NOT NULL,
    starts_ns INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    duration_s INTEGER NOT NULL,
    reason TEXT NOT NULL,
    responder TEXT NOT NULL,
    forgeable INTEGER NOT NULL,
    ended_ns INTEGER,
    end_reason TEXT
);

CREATE INDEX bans_by_source ON bans (key, bits, starts_ns);

CREATE INDEX bans_by_scan ON bans (scan);

CREATE INDEX bans_by_end ON bans (expires_ns);

CREATE INDEX bans_not_ended ON bans (expires_ns) WHERE ended_ns IS NULL;

CREATE TABLE notices (
    number INTEGER PRIMARY KEY,
    id TEXT,
    time_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT,
    body BLOB NOT NULL
);

CREATE INDEX notices_by_time ON notices (time_ns, kind);

-- Damaged files that were replaced, so that `status` can name them.
CREATE TABLE set_aside (
    time_ns INTEGER NOT NULL,
    file TEXT NOT NULL,
    reason TEXT NOT NULL
);
