-- The meetings that are there now.
CREATE TABLE meeting (
    source        text        NOT NULL,
    room          text        NOT NULL,
    room_name     text        NOT NULL,
    id            text        NOT NULL,
    series        text,
    subject       text,
    withheld      boolean     NOT NULL,
    start_at      timestamptz NOT NULL,
    end_at        timestamptz NOT NULL,
    all_day       boolean     NOT NULL,
    status        text        NOT NULL,
    changed_at    timestamptz NOT NULL,
    change_number bigint      NOT NULL,
    store         text        NOT NULL,
    PRIMARY KEY (source, room, id)
);

-- How far the changes of each store of a collector have come.
CREATE TABLE store (
    id      text   PRIMARY KEY,
    applied bigint NOT NULL
);

COMMENT ON TABLE meeting IS 'Meetings booked in rooms, as the collector saw them last; a removed meeting is no longer here';
COMMENT ON COLUMN meeting.room IS 'address of the room, in lower case';
COMMENT ON COLUMN meeting.series IS 'opaque id of the recurring series';
COMMENT ON COLUMN meeting.subject IS 'null when empty or withheld';
COMMENT ON COLUMN meeting.withheld IS 'whether there is a subject that is not to be shown';
COMMENT ON COLUMN meeting.all_day IS 'made as a day, or days, without times';
COMMENT ON COLUMN meeting.status IS 'confirmed, tentative or cancelled';
COMMENT ON COLUMN meeting.changed_at IS 'when the collector stored the last change of the meeting';
COMMENT ON COLUMN meeting.change_number IS 'number of that change within its store';
COMMENT ON TABLE store IS 'The highest change number applied of each store of a collector';
