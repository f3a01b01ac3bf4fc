//! What holds for both stores: what they mean to whoever uses one. Each case is written once, against [`Collected`] and the traits that add to
//! it, and runs with SQLite in memory and on the disk, and with PostgreSQL.
//!
//! There are two writers. SQLite has no fences: whoever holds the data directory is the only collector, so there both may always write.

mod bookings;
mod cases;
mod forgetting;
mod passes;
mod postgresql;
mod record_sequences;
mod records;
mod refused;
mod sequences;
mod showing;
mod sinks;
mod spaces;
mod sqlite;
pub(super) mod state;
mod subjects;
mod touched;
mod usage;
mod writers;

use collector_commit::usage::{Committed, Put, SpaceReading, Told, Witness};
use collector_commit::{Booking, Deleted, Expiry, Handover, Reading, RoomChanges};
use collector_model::change::Change;
use collector_model::joining::Agreement;
use collector_model::meeting::Meeting;
use collector_model::pass::{PassRecord, Past, Places, RoomRecord, Trouble};
use collector_model::room::{Room, RoomAddress, RoomRow, RoomSearch};
use collector_model::sink::{SetAside, SinkState};
use collector_model::space::{Space, SpaceRecord};
use collector_model::usage::{CoverageRecord, Kind, Origin, Record};
use collector_model::window::Window;
use state::{Brief, State};

/// The sink that each store begins with.
const SINK: &str = "reader";

/// One of the two writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    A,
    B,
}

/// The writer is no longer the one that has the source.
#[derive(Debug, PartialEq, Eq)]
struct Refused;

/// A store with one source, of which the first writer has the work.
trait Collected {
    /// Whether a writer is refused after another took over.
    const FENCES: bool;

    /// Lets a writer take over.
    async fn take_over(&mut self, who: Writer);

    /// Stores the rooms that were found, while these lists could not be read.
    async fn list(&mut self, who: Writer, rooms: &[Room], unread: &[String]) -> Result<(), Refused>;

    /// Stores readings of rooms at a UTC second.
    async fn commit(
        &mut self,
        who: Writer,
        readings: Vec<(RoomAddress, Reading)>,
        now: i64,
    ) -> Result<Vec<RoomChanges>, Refused>;

    /// Sets whether subjects may be seen.
    async fn set_viewing(&mut self, viewing: bool);

    /// How often cursors were dropped.
    async fn drops(&mut self) -> i64;

    /// What a sink is told that has got everything before.
    async fn told(&mut self) -> Vec<Change>;

    /// What is stored.
    async fn state(&mut self) -> State;
}

/// A store that sinks are delivered from.
trait Outgoing: Collected {
    /// Sets which sinks there are, and returns those that are new, and those that are gone.
    async fn set_sinks(&mut self, names: &[&str]) -> (Vec<String>, Vec<String>);

    async fn sinks(&mut self) -> Vec<SinkState>;

    async fn refill(&mut self, sink: &str);

    /// Whether anything waits for a sink.
    async fn is_waiting(&mut self, sink: &str) -> bool;

    async fn hand_over(&mut self, sink: &str, limit: u32) -> Handover;

    async fn confirm(&mut self, sink: &str, store: &str, number: i64);

    async fn delivered(&mut self, sink: &str, handover: &Handover);

    /// Up to which number a sink may have changes, and the last one that it took.
    async fn position(&mut self, sink: &str) -> Option<(i64, Option<i64>)>;

    async fn sink_failed(&mut self, sink: &str, problem: &str);

    async fn sink_works(&mut self, sink: &str);

    async fn refuse(&mut self, sink: &str, change: &Change, problem: &str);

    async fn retry(&mut self, sink: &str) -> Option<u64>;

    async fn skip(&mut self, sink: &str) -> Option<u64>;

    async fn asked(&mut self, sink: &str) -> i64;

    async fn set_aside(&mut self) -> Vec<SetAside>;

    /// Lets the changes of the source be sent under another id from now on.
    async fn renew_identity(&mut self);
}

/// A store that knows what became of passes.
trait Passing: Collected {
    /// Stores attempts to read rooms or spaces, at a UTC millisecond.
    async fn put_attempts(
        &mut self,
        who: Writer,
        places: Places,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), Refused>;

    async fn pasts(&mut self, places: Places, names: &[&str]) -> Vec<Past>;

    /// Stores the outcomes and causes of rooms or spaces, at a UTC second.
    async fn put_outcomes(
        &mut self,
        who: Writer,
        places: Places,
        at: i64,
        outcomes: &[(&str, &str, Option<&str>)],
    ) -> Result<(), Refused>;

    /// The listed rooms with their outcomes.
    async fn room_records(&mut self) -> Vec<RoomRecord>;

    /// How many are listed, and how many are known.
    async fn counts(&mut self, places: Places) -> (u64, u64);

    /// Stores the record of a pass of the source.
    async fn put_pass(&mut self, who: Writer, pass: PassRecord) -> Result<(), Refused>;

    /// The last passes of all sources.
    async fn passes(&mut self) -> Vec<PassRecord>;

    /// Stores the spaces that were found: all, or a part of them.
    async fn list_spaces(&mut self, who: Writer, spaces: &[Space], is_partial: bool) -> Result<(), Refused>;

    /// The listed spaces of the source.
    async fn spaces(&mut self) -> Vec<SpaceRecord>;

    async fn cursors(&mut self, places: Places, names: &[&str]) -> Vec<Option<String>>;
}

/// A store that forgets.
trait Forgetting: Outgoing {
    /// Makes the source known again.
    async fn add_source(&mut self);

    /// Removes what ended before an instant.
    async fn forget_before(&mut self, instant: i64) -> Result<u64, Refused>;

    /// Removes what is past its time, unless the clock jumped and more than a quarter is.
    async fn forget_when_allowed(
        &mut self,
        expiry: Expiry,
        now: i64,
    ) -> Result<Result<Deleted, String>, Refused>;

    async fn allow_retention(&mut self, now: i64);

    async fn retention_held(&mut self) -> Option<String>;

    async fn known_since(&mut self) -> Option<i64>;

    /// Removes the subjects of the source. The first writer does it.
    async fn purge_subjects(&mut self) -> Result<u64, Refused>;

    /// Removes the source. The first writer does it.
    async fn forget_source(&mut self) -> Result<Deleted, Refused>;

    async fn knows_source(&mut self) -> bool;

    async fn brief(&mut self) -> Brief;
}

/// A store that knows what figures have to be computed anew for.
trait Touching: Forgetting {
    /// Takes the changes away: address of a room or key of a space, start and end, in this order.
    async fn take_touched(&mut self) -> Vec<(String, i64, i64)>;
}

/// A store of what devices report.
trait Recording: Passing + Touching {
    /// Stores what a pass read of spaces, at a UTC second.
    async fn commit_usage(
        &mut self,
        who: Writer,
        readings: Vec<SpaceReading>,
        now: i64,
    ) -> Result<Vec<Committed>, Refused>;

    /// Takes records that are pushed at a UTC second, whoever has the source.
    async fn push(&mut self, records: &[Record], now: i64) -> (Vec<Put>, Vec<String>);

    /// Takes a post of a device: keeps what it tells and these records. Returns what it told before, the last record by which the device was blind for
    /// this kind after a UTC second, and the last that observed something, both as they are with the records.
    async fn post(
        &mut self,
        device: &Origin,
        told: Told,
        records: &[Record],
        blind: (Kind, i64),
    ) -> (Told, Option<CoverageRecord>, Option<CoverageRecord>);

    /// All records that overlap a window, in pages of so many.
    async fn records(&mut self, window: Window, page: usize) -> Vec<Record>;

    /// When the last record of the source came that was pushed.
    async fn arrived(&mut self) -> Option<i64>;

    async fn evidence(&mut self, spaces: &[&str], start: i64, end: i64) -> Vec<Record>;

    async fn buckets(&mut self, spaces: &[&str], start: i64, end: i64) -> Vec<(i64, i64)>;

    async fn witnesses(&mut self, spaces: &[&str]) -> Vec<Witness>;
}

/// A store that figures read rooms from.
trait Figuring: Recording {
    /// The bookings of [`state::ROOMS`] that overlap a span.
    async fn bookings(&mut self, start: i64, end: i64) -> Vec<Vec<Booking>>;

    /// Their times, sorted, which are read in another way.
    async fn booking_times(&mut self, start: i64, end: i64) -> Vec<Vec<(i64, i64)>>;

    /// The starts of those that end at an instant or later, sorted.
    async fn booking_starts(&mut self, instant: i64, only_removed: bool) -> Vec<Vec<i64>>;
}

/// A store that pages and answers are made from.
trait Showing: Figuring {
    /// The spaces of the source that are listed or have records.
    async fn known_spaces(&mut self) -> Vec<SpaceRecord>;

    /// How the calls of a space agree with the bookings of rooms.
    async fn agreement(&mut self, space: &str, rooms: &[RoomAddress], now: i64) -> Option<Agreement>;

    async fn revision(&mut self) -> String;

    /// Searches the rooms of the source, whatever sources the search names.
    async fn search_rooms(&mut self, search: RoomSearch) -> (u64, Vec<RoomRow>);

    async fn buildings(&mut self) -> Vec<String>;

    async fn meetings_of_room(&mut self, room: &RoomRow, window: Window) -> Vec<Meeting>;
}

macro_rules! with_every_store {
    ($($file:ident::$case:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $case() { super::$file::$case(super::sqlite::Sqlite::in_memory()).await; })*
        }
        mod on_disk {
            $(#[tokio::test] async fn $case() { super::$file::$case(super::sqlite::Sqlite::on_disk()).await; })*
        }
        mod in_postgresql {
            $(#[tokio::test] async fn $case() { super::$file::$case(super::postgresql::PostgreSql::new().await).await; })*
        }
    };
}

with_every_store!(
    cases::a_first_reading_is_stored_and_told,
    cases::the_same_reading_again_changes_nothing,
    cases::what_is_different_is_updated_and_what_is_missing_is_gone,
    cases::a_meeting_that_is_gone_and_back_was_not_removed,
    cases::a_cancelled_meeting_is_removed_until_it_is_confirmed_again,
    cases::a_reading_of_changes_leaves_the_others,
    cases::a_meeting_may_move_into_the_window_and_out_of_it,
    cases::what_is_read_further_back_is_known_from_then_on,
    cases::the_last_of_several_meetings_with_an_id_counts,
    cases::texts_with_nul_are_the_same_at_each_pass,
    cases::a_room_that_is_not_found_keeps_its_meetings_and_loses_its_cursor,
    cases::rooms_of_a_list_that_cannot_be_read_stay_listed,
    cases::a_room_with_another_key_loses_its_cursor,
    subjects::of_a_hidden_source_no_subject_is_stored,
    subjects::what_was_stored_before_is_not_told_once_it_is_hidden,
    subjects::a_cursor_of_a_reading_that_began_before_is_not_kept,
    subjects::a_withdrawn_subject_is_taken_back_from_what_waits,
    sinks::a_new_sink_is_told_rooms_as_a_whole_and_the_others_are_not_told_again,
    sinks::a_sink_waits_for_nothing_if_nothing_was_read,
    sinks::a_removed_sink_is_forgotten_with_what_waited_for_it,
    sinks::a_room_that_is_read_as_a_whole_for_the_first_time_is_told_as_a_whole,
    sinks::what_changes_while_a_room_waits_is_told_once_and_what_changes_after_it_follows,
    sinks::a_snapshot_that_was_not_taken_to_its_end_comes_again_under_other_numbers,
    sinks::a_sink_that_has_everything_holds_nothing_back_from_another,
    sinks::a_sink_fails_until_it_takes_something,
    sinks::of_another_identity_everything_is_sent_again,
    sinks::what_waits_is_handed_over_in_parts,
    sinks::subjects_that_were_hidden_meanwhile_are_withheld_from_rooms_too,
    sinks::a_sink_that_is_gone_gets_nothing,
    refused::what_is_refused_is_set_aside_and_the_others_go_on,
    refused::what_is_tried_again_is_told_with_its_room,
    refused::what_is_refused_again_stays_out_of_its_room,
    refused::an_earlier_change_of_a_meeting_does_not_come_again_when_a_later_one_is_refused,
    refused::a_room_that_is_refused_as_a_whole_is_not_told_in_parts,
    refused::what_is_given_up_is_forgotten_behind_later_changes,
    refused::the_next_change_of_a_meeting_overtakes_its_refusal,
    refused::a_sink_that_gets_everything_again_has_refused_nothing,
    refused::nobody_decides_about_a_sink_that_is_gone,
    forgetting::what_ended_long_ago_is_forgotten_and_no_sink_is_told,
    forgetting::what_was_forgotten_is_stored_again_if_it_is_read_again,
    forgetting::a_clock_that_jumped_does_not_make_the_store_forget_everything,
    forgetting::purged_subjects_are_withheld_everywhere_until_they_are_read_again,
    forgetting::a_source_that_is_forgotten_leaves_nothing,
    forgetting::a_former_writer_deletes_nothing,
    passes::attempts_decide_by_when_a_room_was_read_and_what_its_trouble_was,
    passes::an_outcome_keeps_its_time_while_it_stays_the_same,
    passes::rooms_that_are_not_listed_have_no_record,
    passes::the_last_pass_is_kept_with_the_time_of_the_last_success,
    passes::a_former_writer_notes_nothing,
    spaces::spaces_are_listed_by_name_and_what_is_not_found_is_not_listed_any_more,
    spaces::of_a_part_of_the_spaces_nothing_is_known_about_the_others,
    spaces::texts_of_spaces_with_nul_are_stored,
    spaces::attempts_and_outcomes_of_spaces_are_kept_as_those_of_rooms,
    spaces::a_source_with_nothing_but_spaces_is_known_until_it_is_forgotten,
    spaces::a_former_writer_changes_no_space,
    touched::what_a_commit_changes_is_touched_once_for_each_room,
    touched::what_is_gone_and_back_is_touched_where_it_was,
    touched::what_is_forgotten_is_touched_and_what_is_withheld_is_not,
    usage::the_highest_revision_counts_whatever_order_they_come_in,
    usage::one_key_names_a_usage_and_a_coverage_record,
    usage::records_come_in_order_and_in_pages,
    usage::what_a_pass_reads_of_spaces_is_stored_with_their_cursors,
    usage::a_cursor_of_a_space_whose_reading_began_before_is_not_kept,
    usage::a_device_whose_clock_is_ahead_is_told_once,
    usage::a_device_keeps_what_it_told,
    usage::texts_of_records_with_nul_are_stored,
    records::records_of_a_device_are_found_by_what_they_say,
    records::what_holds_on_stays_and_what_is_over_goes,
    records::a_clock_that_jumped_does_not_make_the_store_forget_all_records,
    usage::a_source_that_is_forgotten_leaves_no_record,
    usage::a_former_writer_stores_no_records_and_whoever_is_sent_some_does,
    records::what_records_change_is_touched,
    records::what_is_replaced_or_forgotten_is_touched_where_it_was,
    bookings::figures_find_what_overlaps_a_span,
    showing::spaces_are_known_that_are_listed_or_have_records,
    showing::calls_agree_with_bookings_where_those_are_known,
    showing::the_revision_changes_with_what_answers_are_computed_from,
    showing::rooms_are_found_by_their_words_and_in_the_order_of_their_names,
    showing::the_meetings_of_a_room_are_those_that_overlap_a_window,
    writers::a_second_writer_goes_on_where_the_first_stopped,
    writers::rooms_of_a_slice_are_stored_together,
);
