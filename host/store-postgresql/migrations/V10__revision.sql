-- Whether an answer that was computed from the store would be the same again. A counter would be a row for which all commits stand in line; so what
-- changes something adds a row, and whoever looks counts them. Chores fold them into the number from time to time.
CREATE TABLE store (
    is_row   boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (is_row),
    id       text    NOT NULL,                                    -- different for each store ever
    revision bigint  NOT NULL DEFAULT 0                           -- how many marks were folded
);
INSERT INTO store (id) SELECT replace(gen_random_uuid()::text, '-', '');
CREATE TABLE mark (number bigint NOT NULL GENERATED ALWAYS AS IDENTITY);

CREATE FUNCTION mark_changes() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        INSERT INTO mark DEFAULT VALUES;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION mark_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO mark DEFAULT VALUES;
    RETURN NULL;
END
$$;
-- All that figures are computed from touches something.
CREATE TRIGGER touched_added AFTER INSERT ON touched REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changes();
CREATE TRIGGER touched_changed AFTER UPDATE ON touched REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changes();
-- Answers also depend on what rooms and spaces are. Not on what a pass notes about itself, such as outcomes and cursors.
CREATE TRIGGER room_added AFTER INSERT ON room REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changes();
CREATE TRIGGER room_deleted AFTER DELETE ON room REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changes();
CREATE TRIGGER room_changed AFTER UPDATE OF name, building, capacity, listed ON room FOR EACH ROW
    WHEN ((OLD.name, OLD.building, OLD.capacity, OLD.listed) IS DISTINCT FROM (NEW.name, NEW.building, NEW.capacity, NEW.listed))
    EXECUTE FUNCTION mark_change();
CREATE TRIGGER space_added AFTER INSERT ON space REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changes();
CREATE TRIGGER space_deleted AFTER DELETE ON space REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changes();
CREATE TRIGGER space_changed AFTER UPDATE OF name, address, listed ON space FOR EACH ROW
    WHEN ((OLD.name, OLD.address, OLD.listed) IS DISTINCT FROM (NEW.name, NEW.address, NEW.listed))
    EXECUTE FUNCTION mark_change();
