//! The two parts of a pass: rooms with their meetings, and spaces with their records. Both go through the same motions; here stands what differs.

use anyhow::Error;
use collector_commit::usage::{Committed, RecordChanges, SpaceReading};
use collector_commit::{Change, Reading, RoomChanges, RoomReading};
use collector_model::meeting::Meeting;
use collector_model::pass::Places;
use collector_model::room::{Room, RoomAddress};
use collector_model::space::Space;
use collector_model::text::plain;
use collector_model::usage::Record;
use collector_model::window::Window;
use collector_sandbox::{
    Access, CallError, CollectError, Collected, Connector, Limits, RoomRequest, Sandbox, SpaceRequest,
};
use collector_stores::Collected as Store;

use super::report::Roll;
use super::{PassError, PassReport};

/// The answer of a slice.
pub(super) type Answer<P> =
    Result<Result<Vec<Collected<<P as Part>::Name, <P as Part>::Item>>, CollectError>, CallError>;

/// What was read of a place.
pub(super) struct Read<T> {
    pub(super) change: Change,
    pub(super) items: Vec<T>,
    pub(super) window: Window,
    pub(super) cursor: Option<String>,
    /// How many cursors had been dropped when the reading began.
    pub(super) drops: i64,
}

/// What was read of a place, by its name.
pub(super) type Named<P> = (<P as Part>::Name, Read<<P as Part>::Item>);

/// A part of a pass.
pub(super) trait Part: Send + Sync + 'static {
    /// What is read one by one.
    type Place: Send + Sync + 'static;
    /// What the connector is asked for one.
    type Request: Send + 'static;
    /// Its name, an address or a key, as the connector returns it.
    type Name: AsRef<str> + Send + Sync + 'static;
    /// What is collected for it.
    type Item: Send + 'static;
    /// What changed when it was stored.
    type Changes: Copy + Send + 'static;

    /// Where the places are stored.
    const PLACES: Places;
    /// The word for one: `room`.
    const WORD: &str;
    /// Whether a place without a cursor is read in full, which makes good whatever went wrong before. Records are never read in full: a
    /// connector forgets by it which ones there are.
    const READ_IN_FULL: bool;

    /// The name of a place, as it is stored.
    fn name(place: &Self::Place) -> String;

    /// The places of the report, and what became of them.
    fn roll(report: &PassReport) -> &Roll<Self::Place, Self::Changes>;

    /// The same, to be written to.
    fn roll_mut(report: &mut PassReport) -> &mut Roll<Self::Place, Self::Changes>;

    /// The request for a place, without a cursor.
    fn request(place: &Self::Place) -> Self::Request;

    /// The cursor of a request.
    fn cursor(request: &mut Self::Request) -> &mut Option<String>;

    /// Reads a slice.
    fn collect(
        connector: &Connector,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        slice: Vec<Self::Request>,
        window: Window,
    ) -> impl Future<Output = Answer<Self>> + Send
    where
        Self: Sized;

    /// Stores all places of the report.
    ///
    /// # Errors
    /// The store failed.
    fn put(
        store: &dyn Store,
        source: &str,
        report: &PassReport,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// The error of a pass that found no place, though so many are known.
    fn none(known: u64) -> PassError;

    /// Whether the report has all places, as far as the connector could tell.
    fn is_listed(report: &PassReport) -> bool;

    /// Stores places: each as a whole or not at all. What changed, in their order.
    fn commit(
        store: &dyn Store,
        source: &str,
        reads: Vec<Named<Self>>,
    ) -> impl Future<Output = Vec<Result<Self::Changes, Error>>> + Send
    where
        Self: Sized;
}

/// Rooms with their meetings.
pub(super) struct Rooms;

impl Part for Rooms {
    type Place = Room;
    type Request = RoomRequest;
    type Name = RoomAddress;
    type Item = Meeting;
    type Changes = RoomChanges;

    const PLACES: Places = Places::Rooms;
    const WORD: &str = "room";
    const READ_IN_FULL: bool = true;

    fn name(place: &Room) -> String {
        place.address.as_str().to_owned()
    }

    fn roll(report: &PassReport) -> &Roll<Room, RoomChanges> {
        &report.rooms
    }

    fn roll_mut(report: &mut PassReport) -> &mut Roll<Room, RoomChanges> {
        &mut report.rooms
    }

    fn request(place: &Room) -> RoomRequest {
        RoomRequest {
            address: place.address.clone(),
            key: place.key.clone(),
            cursor: None,
        }
    }

    fn cursor(request: &mut RoomRequest) -> &mut Option<String> {
        &mut request.cursor
    }

    async fn collect(
        connector: &Connector,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        slice: Vec<RoomRequest>,
        window: Window,
    ) -> Answer<Self> {
        connector
            .collect(sandbox, access, limits, settings, slice, window)
            .await
    }

    async fn put(store: &dyn Store, source: &str, report: &PassReport) -> Result<(), Error> {
        let unread = report.list_problems.iter();
        let unread = unread.map(|problem| problem.room_list.clone()).collect();
        store
            .put_rooms(source, report.rooms.places().to_vec(), unread)
            .await
    }

    fn none(known: u64) -> PassError {
        PassError::NoRooms(known)
    }

    fn is_listed(report: &PassReport) -> bool {
        report.list_problems.is_empty()
    }

    async fn commit(
        store: &dyn Store,
        source: &str,
        reads: Vec<Named<Self>>,
    ) -> Vec<Result<RoomChanges, Error>> {
        let now = chrono::Utc::now().timestamp();
        let readings = reads.into_iter().map(|(room, read)| RoomReading {
            room,
            reading: Reading {
                change: read.change,
                meetings: read.items,
                window: read.window,
                cursor: read.cursor,
                drops: read.drops,
            },
        });
        store.commit_rooms(source, readings.collect(), now).await
    }
}

/// Spaces with their records.
pub(super) struct Spaces;

impl Part for Spaces {
    type Place = Space;
    type Request = SpaceRequest;
    type Name = String;
    type Item = Record;
    type Changes = RecordChanges;

    const PLACES: Places = Places::Spaces;
    const WORD: &str = "space";
    const READ_IN_FULL: bool = false;

    fn name(place: &Space) -> String {
        place.key.clone()
    }

    fn roll(report: &PassReport) -> &Roll<Space, RecordChanges> {
        &report.spaces
    }

    fn roll_mut(report: &mut PassReport) -> &mut Roll<Space, RecordChanges> {
        &mut report.spaces
    }

    fn request(place: &Space) -> SpaceRequest {
        SpaceRequest {
            key: place.key.clone(),
            notes: place.notes.clone(),
            cursor: None,
        }
    }

    fn cursor(request: &mut SpaceRequest) -> &mut Option<String> {
        &mut request.cursor
    }

    async fn collect(
        connector: &Connector,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        slice: Vec<SpaceRequest>,
        window: Window,
    ) -> Answer<Self> {
        connector
            .collect_usage(sandbox, access, limits, settings, slice, window)
            .await
    }

    async fn put(store: &dyn Store, source: &str, report: &PassReport) -> Result<(), Error> {
        let is_partial = !Self::is_listed(report);
        store
            .put_spaces(source, report.spaces.places().to_vec(), is_partial)
            .await
    }

    fn none(known: u64) -> PassError {
        PassError::NoSpaces(known)
    }

    fn is_listed(report: &PassReport) -> bool {
        report.space_problems.is_empty()
    }

    async fn commit(
        store: &dyn Store,
        source: &str,
        reads: Vec<Named<Self>>,
    ) -> Vec<Result<RecordChanges, Error>> {
        let now = chrono::Utc::now().timestamp();
        let names: Vec<String> = reads.iter().map(|(name, _)| name.clone()).collect();
        let readings = reads.into_iter().map(|(key, read)| SpaceReading {
            key,
            records: read.items,
            cursor: read.cursor,
            drops: read.drops,
        });
        let committed = store.commit_spaces(source, readings.collect(), now).await;
        let told = |(name, committed): (&String, Result<Committed, Error>)| {
            let committed = committed?;
            tell(source, name, &committed);
            Ok(committed.changes)
        };
        names.iter().zip(committed).map(told).collect()
    }
}

/// Warns of records of a space that are odd.
fn tell(source: &str, name: &str, committed: &Committed) {
    for warning in committed.ahead.warnings() {
        tracing::warn!("{warning}");
    }
    if let Some(key) = &committed.contradicted {
        tracing::warn!(
            source,
            space = %plain(name),
            key = %plain(key),
            others = committed.changes.contradicted - 1,
            "the source reports a record that differs from the stored one of the same key and revision, which stays"
        );
    }
}
