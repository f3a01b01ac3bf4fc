//! The two parts of a pass: rooms with their meetings, and spaces with their records. Both go through the same motions; here stands what differs.

use collector_model::meeting::Meeting;
use collector_model::room::{Room, RoomAddress};
use collector_model::space::Space;
use collector_model::text::plain;
use collector_model::usage::Record;
use collector_model::window::Window;
use collector_sandbox::{
    Access, CallError, CollectError, Collected, Connector, Limits, RoomRequest, Sandbox, SpaceRequest,
};
use collector_store::{Change, Places, Reading, RecordChanges, RoomChanges, Store, StoreError};

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
    /// Its name: an address, a key.
    type Name: AsRef<str> + Clone + Send + Sync + 'static;
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

    fn name(place: &Self::Place) -> Self::Name;

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
    fn put(store: &mut Store, source: &str, report: &PassReport) -> Result<(), StoreError>;

    /// The error of a pass that found no place, though so many are known.
    fn none(known: u64) -> PassError;

    /// Whether the report has all places, as far as the connector could tell.
    fn is_listed(report: &PassReport) -> bool;

    /// Stores places: each as a whole or not at all. What changed, in their order.
    fn commit(
        store: &mut Store,
        source: &str,
        reads: Vec<Named<Self>>,
    ) -> Vec<Result<Self::Changes, StoreError>>
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

    fn name(place: &Room) -> RoomAddress {
        place.address.clone()
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

    fn put(store: &mut Store, source: &str, report: &PassReport) -> Result<(), StoreError> {
        let unread: Vec<String> = report
            .list_problems
            .iter()
            .map(|problem| problem.room_list.clone())
            .collect();
        store.put_rooms(source, report.rooms.places(), &unread)
    }

    fn none(known: u64) -> PassError {
        PassError::NoRooms(known)
    }

    fn is_listed(report: &PassReport) -> bool {
        report.list_problems.is_empty()
    }

    fn commit(
        store: &mut Store,
        source: &str,
        reads: Vec<Named<Self>>,
    ) -> Vec<Result<RoomChanges, StoreError>> {
        let now = chrono::Utc::now().timestamp();
        let readings: Vec<(RoomAddress, Reading)> = reads
            .into_iter()
            .map(|(room, read)| {
                let reading = Reading {
                    change: read.change,
                    meetings: read.items,
                    window: read.window,
                    cursor: read.cursor,
                    drops: read.drops,
                };
                (room, reading)
            })
            .collect();
        if readings.len() > 1 {
            match store.commit_together(source, &readings, now) {
                Ok(changes) => return changes.into_iter().map(Ok).collect(),
                Err(error) => tracing::debug!(source, "rooms are stored one by one: {error}"),
            }
        }
        readings
            .into_iter()
            .map(|(room, reading)| store.commit_at(source, &room, reading, now))
            .collect()
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

    fn put(store: &mut Store, source: &str, report: &PassReport) -> Result<(), StoreError> {
        store.put_spaces(source, report.spaces.places(), !Self::is_listed(report))
    }

    fn none(known: u64) -> PassError {
        PassError::NoSpaces(known)
    }

    fn is_listed(report: &PassReport) -> bool {
        report.space_problems.is_empty()
    }

    fn commit(
        store: &mut Store,
        source: &str,
        reads: Vec<Named<Self>>,
    ) -> Vec<Result<RecordChanges, StoreError>> {
        reads
            .into_iter()
            .map(|(name, read)| commit_records(store, source, &name, &read))
            .collect()
    }
}

/// Stores the records of a space, in one transaction.
fn commit_records(
    store: &mut Store,
    source: &str,
    name: &str,
    read: &Read<Record>,
) -> Result<RecordChanges, StoreError> {
    let now = chrono::Utc::now().timestamp();
    let committed = store.commit_usage(source, name, &read.items, read.cursor.as_deref(), read.drops, now)?;
    for warning in committed.ahead.warnings() {
        tracing::warn!("{warning}");
    }
    if let Some(key) = committed.contradicted {
        tracing::warn!(
            source,
            space = %plain(name),
            key = %plain(&key),
            others = committed.changes.contradicted - 1,
            "the source reports a record that differs from the stored one of the same key and revision, which stays"
        );
    }
    Ok(committed.changes)
}
