-- What figures of rooms have to be computed anew for: for each room and space the smallest span that holds all changes since figures were last computed
-- with them. Whoever computes takes rows away. Changes that a commit knows of it notes itself; triggers see what is deleted, whoever does it.
CREATE TABLE touched (
    source   text    NOT NULL COLLATE "C",
    is_space boolean NOT NULL,
    place    text    NOT NULL COLLATE "C",                        -- the room's address, or the space's key
    start_at bigint  NOT NULL,                                    -- UTC seconds
    end_at   bigint  NOT NULL,                                    -- UTC seconds, exclusive
    PRIMARY KEY (source, is_space, place)
) WITH (fillfactor = 50);

-- Once for each statement, with all its rows. A meeting without length is at its start.
CREATE FUNCTION touch_rooms() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO touched (source, is_space, place, start_at, end_at)
    SELECT room.source, false, room.address, min(changed.start_at), max(least(changed.end_at, 9223372036854775806)) + 1
    FROM changed JOIN room ON room.number = changed.room GROUP BY room.source, room.address ORDER BY room.source, room.address
    ON CONFLICT (source, is_space, place) DO UPDATE
        SET start_at = least(touched.start_at, excluded.start_at), end_at = greatest(touched.end_at, excluded.end_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER meeting_deleted AFTER DELETE ON meeting REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_rooms();
CREATE TRIGGER gone_deleted AFTER DELETE ON gone REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_rooms();
CREATE TRIGGER gone_added AFTER INSERT ON gone REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_rooms();
