//! The indexes that find, among the thousands of bookings and records of a room, those that say something about a span of time: the migration
//! that makes them, and the conditions that use them.
//!
//! An index sorts by start, so that what starts in a span is one stretch of it. What starts before and lasts into the span may be anywhere in the
//! stretch before, unless one knows how long it can last. So what lasts longer than [`LONG`] is in a small index of its own, and all else is found
//! from that long before the span on.

use collector_commit::usage::position;
use collector_model::usage::{Form, Kind};

/// Bookings and records that last longer than this (seconds) are in the indexes of long ones, which have it in their conditions. Two days: an
/// all-day meeting may have 25 hours.
pub(super) const LONG: i64 = 172_800;

pub(super) const MIGRATION: &str = "
    -- A table without row ids looks up a row for each entry of an index, before any other condition is tested, unless the index has all that the
    -- statement asks for. So these have it.

    -- With the start, whether a meeting overlaps a span is decided in the index.
    DROP INDEX meeting_end;
    CREATE INDEX meeting_end ON meeting (room, end_at, start_at);
    CREATE INDEX meeting_long ON meeting (room, end_at, start_at) WHERE end_at - start_at > 172800;
    DROP INDEX gone_end;
    CREATE INDEX gone_end ON gone (room, end_at, start_at);
    -- Cancelled meetings that are still in the calendar: few.
    CREATE INDEX meeting_removed ON meeting (room, end_at, start_at) WHERE removed_at IS NOT NULL;

    -- First what records are asked for by, so that the last sample before an instant, or whether there is any of a kind, is one step; then the rest
    -- of a record: figures read all of them, and its row lies elsewhere for each. It takes the place of an index by device and start, and of one
    -- of calls, since each further index slows down every import.
    DROP INDEX usage_time;
    DROP INDEX usage_call;
    CREATE INDEX usage_four ON usage (device, withdrawn, kind, form, start_at, end_at, value, resolution, revision);
    CREATE INDEX usage_long ON usage (device, start_at)
        WHERE withdrawn = 0 AND form IN (0, 3) AND (end_at IS NULL OR end_at - start_at > 172800);
    -- The same of coverage, which is of several kinds: a device has few combinations of them.
    DROP INDEX coverage_time;
    CREATE INDEX coverage_state ON coverage (device, withdrawn, state, kinds, start_at, end_at, revision, reason);
    CREATE INDEX coverage_long ON coverage (device, start_at) WHERE withdrawn = 0 AND end_at - start_at > 172800;

    -- As it was, with a condition that the index can use: `NOT withdrawn` cannot.
    DROP TRIGGER usage_deleted;
    CREATE TRIGGER usage_deleted AFTER DELETE ON usage BEGIN
        INSERT INTO touch SELECT name, 1, space, OLD.start_at, coalesce(CASE WHEN OLD.form NOT IN (1, 2) THEN OLD.end_at ELSE (
                SELECT start_at FROM usage WHERE device = OLD.device AND withdrawn = 0 AND kind = OLD.kind AND form = OLD.form
                    AND start_at > OLD.start_at ORDER BY start_at LIMIT 1) END, 253402300799)
            FROM usage_device JOIN usage_source ON usage_source.number = source WHERE usage_device.number = OLD.device;
    END;
    ";

/// Meetings that overlap `[:start, :end)`. One without length is at its start.
pub(super) const OVERLAP: &str =
    "start_at < :end AND end_at >= :start AND (end_at > :start OR start_at >= :start)";

/// What lasts at most [`LONG`] and says something about `[:start, :end)`.
pub(super) fn short() -> String {
    format!(
        "start_at > :start - {LONG} AND start_at < :end AND end_at - start_at <= {LONG} AND (start_at >= :start OR end_at > :start)"
    )
}

/// Intervals and buckets that last longer, or have no end, and say something about `[:start, :end)`: by the index `usage_long`.
pub(super) fn long_usage() -> String {
    format!(
        "withdrawn = 0 AND form IN {} AND (end_at IS NULL OR end_at - start_at > {LONG}) AND start_at < :end
            AND (start_at >= :start OR end_at IS NULL OR end_at > :start)",
        forms(&[Form::Interval, Form::Bucket])
    )
}

/// Coverage that lasts longer and overlaps `[:start, :end)`: by the index `coverage_long`.
pub(super) fn long_coverage() -> String {
    format!("withdrawn = 0 AND end_at - start_at > {LONG} AND start_at < :end AND end_at > :start")
}

/// Usage records of every four, each of them sought by its start, instead of one after the other.
pub(super) fn every_four() -> String {
    format!(
        "withdrawn IN (0, 1) AND kind IN {} AND form IN {}",
        kinds(Kind::ALL),
        forms(Form::ALL)
    )
}

/// These kinds as the statement lists them.
pub(super) fn kinds(kinds: &[Kind]) -> String {
    list(kinds.iter().map(|kind| position(Kind::ALL, *kind)))
}

/// These forms as the statement lists them.
pub(super) fn forms(forms: &[Form]) -> String {
    list(forms.iter().map(|form| position(Form::ALL, *form)))
}

fn list(positions: impl Iterator<Item = u32>) -> String {
    let positions: Vec<String> = positions.map(|position| position.to_string()).collect();
    format!("({})", positions.join(", "))
}
