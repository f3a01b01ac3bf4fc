-- Sinks: which there are, what each gets as a whole, and what it refused.

-- Whoever changes what is kept of a sink locks its row first, except commits, which only add to what it gets.
CREATE TABLE sink (
    name          text   NOT NULL COLLATE "C" PRIMARY KEY,
    success_at    bigint,                                         -- UTC seconds: its last delivery
    failing_since bigint,                                         -- UTC seconds: the first of the failures in a row; null: it works
    problem       text,                                           -- the last of them
    asked         bigint NOT NULL DEFAULT 0                       -- counts up when somebody wants it to be tried at once
) WITH (fillfactor = 50);

-- There is a row for each sink and each stream.
ALTER TABLE sink_position ADD COLUMN confirmed bigint;            -- the last change that it took; null: none yet
ALTER TABLE sink_position SET (fillfactor = 50);

-- Rooms that a sink is told as a whole, with all changes up to then. Until such a room is handed over, its changes need not be kept for the sink.
CREATE TABLE refill (
    sink   text   NOT NULL COLLATE "C",
    source text   NOT NULL COLLATE "C",                           -- the room's
    room   bigint NOT NULL REFERENCES room ON DELETE CASCADE,
    at     bigint NOT NULL,                                       -- UTC seconds: since when it waits
    taken  bigint,                                                -- what is handed over has the changes up to this number; null: it is not handed over yet
    PRIMARY KEY (sink, source, room)
);
CREATE INDEX refill_room ON refill (room);

-- Changes that a sink refused individually, and that it is not handed any more.
CREATE TABLE set_aside (
    sink     text    NOT NULL COLLATE "C",
    source   text    NOT NULL COLLATE "C",                        -- the room's
    room     bigint  NOT NULL REFERENCES room ON DELETE CASCADE,
    key      bytea   NOT NULL,                                    -- of the id, as in meeting
    id       text    NOT NULL COLLATE "C",                        -- the meeting's; empty: the begin or the end of a snapshot
    number   bigint  NOT NULL,                                    -- the change's
    at       bigint  NOT NULL,                                    -- UTC seconds
    problem  text    NOT NULL,
    given_up boolean NOT NULL DEFAULT false,                      -- nobody is told of it any more; it is forgotten behind later changes
    PRIMARY KEY (sink, source, room, key)
);
CREATE INDEX set_aside_room ON set_aside (room);
