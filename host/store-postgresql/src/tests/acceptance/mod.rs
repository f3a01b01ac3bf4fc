//! What holds for both stores: what commits and listings mean to whoever uses a store. Each case is written once, against [`Collected`], and runs with
//! SQLite in memory and on the disk, and with PostgreSQL.
//!
//! There are two writers. SQLite has no fences: whoever holds the data directory is the only collector, so there both may always write.

mod cases;
mod postgresql;
mod sequences;
mod sqlite;
mod state;
mod subjects;
mod writers;

use collector_commit::{Reading, RoomChanges};
use collector_model::change::Change;
use collector_model::room::{Room, RoomAddress};
use state::State;

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
    writers::a_second_writer_goes_on_where_the_first_stopped,
    writers::rooms_of_a_slice_are_stored_together,
);
