-- When what is past its time was last removed. One row.
CREATE TABLE retention (
    is_row  boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (is_row),
    kept_at bigint,                                               -- UTC seconds: when it was last looked for; null: never
    held    text                                                  -- why it is not removed; null: it is
);
INSERT INTO retention DEFAULT VALUES;
