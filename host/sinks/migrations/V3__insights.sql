-- What became of bookings, for sinks with `insights`.
CREATE TABLE verdict (
    source           text        NOT NULL,
    room             text        NOT NULL,
    id               text        NOT NULL,
    series           text,
    start_at         timestamptz NOT NULL,
    end_at           timestamptz NOT NULL,
    verdict          text        NOT NULL,
    length_seconds   bigint      NOT NULL,
    occupied_seconds bigint      NOT NULL,
    known_seconds    bigint      NOT NULL,
    party            bigint,
    provisional      boolean     NOT NULL,
    reason           text,
    evidence         jsonb       NOT NULL,
    change_id        text        NOT NULL,
    changed_at       timestamptz NOT NULL,
    PRIMARY KEY (source, room, id)
);

-- The figures of local dates of rooms that are over.
CREATE TABLE day (
    source                       text        NOT NULL,
    room                         text        NOT NULL,
    date                         date        NOT NULL,
    definitions                  integer     NOT NULL,
    open_seconds                 bigint      NOT NULL,
    unread_seconds               bigint      NOT NULL,
    booked_occupied              bigint      NOT NULL,
    booked_vacant                bigint      NOT NULL,
    booked_unknown               bigint      NOT NULL,
    unbooked_occupied            bigint      NOT NULL,
    unbooked_vacant              bigint      NOT NULL,
    unbooked_unknown             bigint      NOT NULL,
    occupied_unwitnessed_seconds bigint      NOT NULL,
    outside_booked               bigint      NOT NULL,
    outside_occupied             bigint      NOT NULL,
    conflict_seconds             bigint      NOT NULL,
    bookings                     jsonb       NOT NULL,
    unbooked_sessions            bigint      NOT NULL,
    unbooked_session_seconds     bigint      NOT NULL,
    change_id                    text        NOT NULL,
    changed_at                   timestamptz NOT NULL,
    PRIMARY KEY (source, room, date)
);

COMMENT ON TABLE verdict IS 'What became of bookings that ended or were removed, as the collector told last';
COMMENT ON COLUMN verdict.id IS 'id of the meeting';
COMMENT ON COLUMN verdict.provisional IS 'whether later reports of devices may still change it';
COMMENT ON COLUMN verdict.reason IS 'why it is unknown';
COMMENT ON COLUMN verdict.evidence IS 'what sources said about the time of the booking';
COMMENT ON TABLE day IS 'How rooms were booked and used on local dates that are over, in seconds; what is unknown is never counted as vacant';
COMMENT ON COLUMN day.bookings IS 'bookings that start on the date, by verdict';
