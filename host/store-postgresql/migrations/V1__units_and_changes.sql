-- All instants are those of the database's clock, except seconds that come from calendars and collectors: these are bigint, UTC.

-- The collectors that share this store.
CREATE TABLE member (
    id            text        NOT NULL COLLATE "C" PRIMARY KEY,   -- chosen anew at each start
    host          text        NOT NULL,
    version       text        NOT NULL,                           -- of the program
    configuration text,                                           -- digest of what it applied; null: nothing yet
    seen_at       timestamptz NOT NULL
);

-- What one member does at a time: source/contoso, sink/warehouse, chore/retention. Its holder renews it every few seconds.
CREATE TABLE unit (
    name       text        NOT NULL COLLATE "C" PRIMARY KEY,
    holder     text        COLLATE "C",                           -- the member that has it, or had it last; null: given back, or never taken
    fence      bigint      NOT NULL DEFAULT 0,                    -- of the last take-over
    expires_at timestamptz NOT NULL DEFAULT '-infinity',          -- from then on others may take it
    due_at     timestamptz NOT NULL DEFAULT clock_timestamp()     -- when it is to be worked on next: who takes it over keeps the rhythm
) WITH (fillfactor = 50);
-- The fences once more, where commits lock them: what was begun under another fence is not committed. Commits may overlap without a pause, so
-- whatever else changes a locked row would wait for ever; take-overs have to, and renewals must not.
CREATE TABLE fence (
    unit   text   NOT NULL COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL DEFAULT 0
);
-- Each number is given to one take-over only, also of a unit that was removed and is there again.
CREATE SEQUENCE fence_number;

-- The numbers of the changes of a source. Each commit changes its row.
CREATE TABLE stream (
    source text   NOT NULL COLLATE "C" PRIMARY KEY,
    id     text   NOT NULL,                                       -- different for each stream ever: what sinks call the store
    number bigint NOT NULL DEFAULT 0                              -- of the last change
) WITH (fillfactor = 50);

CREATE TABLE room (
    number  bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source  text   NOT NULL COLLATE "C",
    address text   NOT NULL COLLATE "C",                          -- lower case
    name    text   NOT NULL,
    UNIQUE (source, address)
);

-- Changes of meetings, until all sinks have them.
CREATE TABLE outbox (
    source   text     NOT NULL COLLATE "C",
    number   bigint   NOT NULL,                                   -- without gaps within a source, in the order in which they became visible
    kind     smallint NOT NULL,                                   -- 0 added, 1 updated, 2 removed
    at       bigint   NOT NULL,                                   -- UTC seconds
    room     bigint   NOT NULL REFERENCES room ON DELETE CASCADE,
    id       text     NOT NULL,                                   -- the meeting's
    series   text,
    subject  text,                                                -- null: none, withheld, or not to be told
    withheld boolean  NOT NULL,
    start_at bigint   NOT NULL,                                   -- UTC seconds
    end_at   bigint   NOT NULL,
    all_day  boolean  NOT NULL,
    status   smallint NOT NULL,                                   -- 0 confirmed, 1 tentative, 2 cancelled
    PRIMARY KEY (source, number)
);
CREATE INDEX outbox_meeting ON outbox (room, id);

-- How far each sink has got with each source.
CREATE TABLE sink_position (
    sink      text   NOT NULL COLLATE "C",
    source    text   NOT NULL COLLATE "C",
    delivered bigint NOT NULL DEFAULT 0,                          -- it has the changes up to this number
    offered   bigint NOT NULL DEFAULT 0,                          -- it may have those up to this one
    PRIMARY KEY (sink, source)
);
