-- The snapshots of rooms that began and did not end yet: it may be many batches from one to the other.
CREATE TABLE snapshot (
    store         text   NOT NULL,
    source        text   NOT NULL,
    room          text   NOT NULL,
    change_number bigint NOT NULL,
    PRIMARY KEY (store, source, room)
);

COMMENT ON TABLE snapshot IS 'Rooms whose meetings are being told anew: what the end does not find confirmed since is removed then';
COMMENT ON COLUMN snapshot.change_number IS 'number of the change that began it, within its store';
