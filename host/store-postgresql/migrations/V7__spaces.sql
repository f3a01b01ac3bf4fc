-- Spaces: rooms as sources know them that read what devices report.

CREATE TABLE space (
    number   bigint  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   text    NOT NULL COLLATE "C",
    key      text    NOT NULL COLLATE "C",                        -- the source's own
    name     text    NOT NULL COLLATE "C",
    address  text    COLLATE "C",                                 -- of its calendar, lower case; null: the source does not know it
    building text,
    capacity bigint,                                              -- seats
    zone     text,                                                -- as IANA names it
    kinds    bigint  NOT NULL,                                    -- a bit for each kind that is reported, by its position in the model's list
    listed   boolean NOT NULL DEFAULT true,                       -- whether the source has it
    cursor   text,                                                -- for the next reading
    UNIQUE (source, key)
) WITH (fillfactor = 80);

-- The same as attempt, of a space.
CREATE TABLE space_attempt (
    space      bigint   NOT NULL PRIMARY KEY REFERENCES space ON DELETE CASCADE,
    read_at    bigint,
    trouble    smallint,
    outcome    text,
    cause      text,
    outcome_at bigint
) WITH (fillfactor = 50);
