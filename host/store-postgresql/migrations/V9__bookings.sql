-- Cancelled meetings that are still in their calendars: few, and asked for by themselves.
CREATE INDEX meeting_removed ON meeting (room, end_at) WHERE removed_at IS NOT NULL;
