-- What passes store: rooms as they are listed, their meetings, and what is gone.

ALTER TABLE room
    ADD COLUMN building   text,
    ADD COLUMN capacity   bigint,                                 -- seats
    ADD COLUMN lists      text[]  NOT NULL DEFAULT '{}',          -- the lists that it is in; empty: it was found when none were configured
    ADD COLUMN listed     boolean NOT NULL DEFAULT true,          -- whether the source has it
    ADD COLUMN key        text,                                   -- the connector's; null: it was never listed
    ADD COLUMN cursor     text,                                   -- for the next reading; null: a full one
    ADD COLUMN known_from bigint,                                 -- UTC seconds; null: it was never read as a whole
    ADD COLUMN meetings   bigint  NOT NULL DEFAULT 0,             -- how many are stored
    ADD COLUMN reading    bytea;                                  -- digest of the last complete reading; null: none, or something stored was changed since
-- Cursors change with nearly every pass. With space in the page, such a change writes no index.
ALTER TABLE room SET (fillfactor = 80);

-- The last attempt to read a room, which decides the order in the next pass. Every pass writes all of it, so it is apart from what seldom changes.
CREATE TABLE attempt (
    room    bigint   NOT NULL PRIMARY KEY REFERENCES room ON DELETE CASCADE,
    read_at bigint,                                               -- UTC milliseconds; null: never
    trouble smallint                                              -- 1 not collected, 2 harms others; null: none
) WITH (fillfactor = 50);

-- What holds for all rooms of a source. No row: subjects may be seen, and no cursors were dropped.
CREATE TABLE source (
    name      text    NOT NULL COLLATE "C" PRIMARY KEY,
    is_hidden boolean NOT NULL DEFAULT false,                     -- whether subjects may not be seen
    drops     bigint  NOT NULL DEFAULT 0                          -- how many times its cursors were dropped
);

-- The time of rooms that complete readings covered.
CREATE TABLE reading (
    room  bigint   NOT NULL PRIMARY KEY REFERENCES room ON DELETE CASCADE,
    spans bigint[] NOT NULL                                       -- UTC seconds: from, to, from, to, …; ends are exclusive
) WITH (fillfactor = 50);

CREATE TABLE meeting (
    room        bigint   NOT NULL REFERENCES room ON DELETE CASCADE,
    key         bytea    NOT NULL,                                -- a digest of the id: ids have up to 1,024 bytes, and indexes would repeat them
    id          text     NOT NULL COLLATE "C",
    series      text,
    subject     text,                                             -- null: none, or withheld
    withheld    boolean  NOT NULL,
    start_at    bigint   NOT NULL,                                -- UTC seconds
    end_at      bigint   NOT NULL,
    all_day     boolean  NOT NULL,
    status      smallint NOT NULL,                                -- 0 confirmed, 1 tentative, 2 cancelled
    first_seen  bigint,                                           -- UTC seconds; null: not known
    removed_at  bigint,                                           -- UTC seconds: when it was cancelled, if it was confirmed before
    read_before bigint[],                                         -- as reading.spans: from first_seen on, what was read before it was seen; null: nothing
    PRIMARY KEY (room, key)
);
CREATE INDEX meeting_end ON meeting (room, end_at, start_at);

-- Meetings that were confirmed once, and are gone. No subject is kept.
CREATE TABLE gone (
    room        bigint   NOT NULL REFERENCES room ON DELETE CASCADE,
    key         bytea    NOT NULL,                                -- as in meeting
    id          text     NOT NULL COLLATE "C",
    series      text,
    start_at    bigint   NOT NULL,                                -- UTC seconds
    end_at      bigint   NOT NULL,
    all_day     boolean  NOT NULL,
    status      smallint NOT NULL,                                -- as it was last seen
    first_seen  bigint,
    removed_at  bigint,                                           -- UTC seconds
    read_before bigint[],
    PRIMARY KEY (room, key)
);
CREATE INDEX gone_end ON gone (room, end_at, start_at);

-- Its index must not depend on how a version of the operating system sorts.
ALTER TABLE outbox ALTER COLUMN id TYPE text COLLATE "C";
