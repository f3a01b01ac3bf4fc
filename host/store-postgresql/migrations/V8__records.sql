-- Usage and coverage records. A source has millions of them, so what repeats in each is stored once.

CREATE TABLE usage_source (
    number     bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text   NOT NULL COLLATE "C" UNIQUE,
    arrived_at bigint                                             -- UTC seconds: when its last record came that was pushed or imported
);
CREATE TABLE usage_device (
    number    bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source    bigint NOT NULL REFERENCES usage_source,
    space     text   NOT NULL COLLATE "C",
    device    text   NOT NULL COLLATE "C",                        -- empty: the source does not tell devices apart
    ahead_at  bigint,                                             -- UTC seconds: when it was told that the device's clock is ahead; null: never
    posted_at bigint,                                             -- UTC seconds: its last post that had no time of its own; null: none
    known     bigint NOT NULL DEFAULT 0,                          -- a bit for each kind whose state it told in such posts
    UNIQUE (source, space, device)
) WITH (fillfactor = 80);
CREATE TABLE usage (
    source     bigint   NOT NULL,                                 -- usage_source.number
    digest     bytea    NOT NULL,                                 -- of the key, as in meeting
    key        text     NOT NULL COLLATE "C",
    revision   bigint   NOT NULL,
    withdrawn  boolean  NOT NULL,
    device     bigint   NOT NULL REFERENCES usage_device,
    kind       smallint NOT NULL,                                 -- position in the model's list of kinds
    form       smallint NOT NULL,                                 -- position in the model's list of forms: 0 interval, 1 change, 2 sample, 3 bucket
    start_at   bigint   NOT NULL,                                 -- UTC seconds
    end_at     bigint,
    value      bigint   NOT NULL,                                 -- 0 false, 1 true; people, or seconds of a bucket
    resolution bigint,                                            -- seconds
    PRIMARY KEY (source, digest)
);
-- By what records are asked for, so that the last sample before an instant, or whether there is any of a kind, is one step.
CREATE INDEX usage_four ON usage (device, withdrawn, kind, form, start_at);
-- What lasts longer than two days, or has no end: few, and all else that says something about a span begins at most two days before it.
CREATE INDEX usage_long ON usage (device, start_at) WHERE NOT withdrawn AND form IN (0, 3) AND (end_at IS NULL OR end_at - start_at > 172800);
CREATE TABLE coverage (
    source    bigint   NOT NULL,
    digest    bytea    NOT NULL,
    key       text     NOT NULL COLLATE "C",
    revision  bigint   NOT NULL,
    withdrawn boolean  NOT NULL,
    device    bigint   NOT NULL REFERENCES usage_device,
    kinds     bigint   NOT NULL,                                  -- a bit for each kind, by its position in the model's list
    start_at  bigint   NOT NULL,                                  -- UTC seconds
    end_at    bigint   NOT NULL,
    state     smallint NOT NULL,                                  -- position in the model's list of states: 0 observed, 1 blind
    reason    text,
    PRIMARY KEY (source, digest)
);
-- A device has few combinations of kinds.
CREATE INDEX coverage_state ON coverage (device, withdrawn, state, kinds, start_at);
CREATE INDEX coverage_long ON coverage (device, start_at) WHERE NOT withdrawn AND end_at - start_at > 172800;

-- What is touched where records are deleted. Batches of records note themselves what they bring and what they replace. A change or a sample (forms 1 and
-- 2) holds until the next one; without a next one, for as long as anybody can tell.
CREATE FUNCTION touch_spaces_of_usage() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO touched (source, is_space, place, start_at, end_at)
    SELECT usage_source.name, true, space, min(so.start_at), max(coalesce(CASE WHEN so.form NOT IN (1, 2) THEN so.end_at ELSE (
            SELECT next.start_at FROM usage AS next WHERE next.device = so.device AND NOT next.withdrawn AND next.kind = so.kind
                AND next.form = so.form AND next.start_at > so.last ORDER BY next.start_at LIMIT 1) END, 253402300799))
    FROM (
        -- The last one holds for as long as any of them, and thousands that are deleted would lie between each and the next one.
        SELECT device, kind, form, min(start_at) AS start_at, max(start_at) AS last, max(coalesce(end_at, 253402300799)) AS end_at
        FROM changed GROUP BY device, kind, form
    ) AS so JOIN usage_device ON usage_device.number = so.device JOIN usage_source ON usage_source.number = usage_device.source
    GROUP BY usage_source.name, space ORDER BY usage_source.name, space
    ON CONFLICT (source, is_space, place) DO UPDATE
        SET start_at = least(touched.start_at, excluded.start_at), end_at = greatest(touched.end_at, excluded.end_at);
    RETURN NULL;
END
$$;
CREATE FUNCTION touch_spaces_of_coverage() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO touched (source, is_space, place, start_at, end_at)
    SELECT usage_source.name, true, space, min(changed.start_at), max(changed.end_at)
    FROM changed JOIN usage_device ON usage_device.number = changed.device JOIN usage_source ON usage_source.number = usage_device.source
    GROUP BY usage_source.name, space ORDER BY usage_source.name, space
    ON CONFLICT (source, is_space, place) DO UPDATE
        SET start_at = least(touched.start_at, excluded.start_at), end_at = greatest(touched.end_at, excluded.end_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER usage_deleted AFTER DELETE ON usage
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_spaces_of_usage();
CREATE TRIGGER coverage_deleted AFTER DELETE ON coverage
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_spaces_of_coverage();
