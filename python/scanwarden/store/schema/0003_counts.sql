-- Counts for charts by hour and by day since 1970. A name beyond the cap of its span and kind is counted under ''.
-- Kinds: 1 port (name `tcp/22`), 2 technique, 3 network. Spans are hours, or days where is_day is 1.

CREATE TABLE counts (
    kind INTEGER NOT NULL,
    is_day INTEGER NOT NULL,
    span INTEGER NOT NULL,
    name TEXT NOT NULL,
    sources INTEGER NOT NULL,
    PRIMARY KEY (kind, is_day, span, name)
) WITHOUT ROWID;
