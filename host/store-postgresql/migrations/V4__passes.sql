-- What became of passes and of the rooms in them.

-- In the table that passes write in any case: to change a row of room would wait for whoever commits it.
ALTER TABLE attempt
    ADD COLUMN outcome    text,                                   -- of the last pass that knew the room: collected, denied, missing, throttled, failed; null: none
    ADD COLUMN cause      text,                                   -- why it was not collected
    ADD COLUMN outcome_at bigint;                                 -- UTC seconds: since when it is so

-- The last pass of each source.
CREATE TABLE pass (
    source     text   NOT NULL COLLATE "C" PRIMARY KEY,
    begun_at   bigint NOT NULL,                                   -- UTC seconds
    ended_at   bigint NOT NULL,
    verdict    text   NOT NULL,                                   -- everything, part, nothing, failed
    problem    text,
    success_at bigint,                                            -- the end of the last pass that was not nothing or failed
    connector  text   NOT NULL,
    version    text   NOT NULL,
    digest     text   NOT NULL,
    collected  bigint NOT NULL,
    denied     bigint NOT NULL,
    missing    bigint NOT NULL,
    throttled  bigint NOT NULL,
    failed     bigint NOT NULL
);
