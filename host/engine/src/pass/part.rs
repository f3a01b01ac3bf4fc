//! The two parts of a pass: rooms with their meetings, and spaces with their records. Both go through the same motions; here stands what differs.

use collector_model::meeting::Meeting;
use collector_model::room::{Room, RoomAddress};
use collector_model::space::Space;
use collector_model::usage::Record;
use collector_model::window::Window;
use collector_sandbox::{
    Access, CallError, CollectError, Collected, Connector, Limits, RoomRequest, Sandbox, SpaceRequest,
};
use collector_store::{Change, Places, Reading, RecordChanges, RoomChanges, Store, StoreError};

use super::PassReport;
use super::report::Roll;

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

/// A part of a pass.
pub(super) trait Part: Send + Sync + 'static {
    /// What is read one by one.
    type Place: Clone + Send + Sync;
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

    /// Reads a slice of places, each with its cursor.
    fn collect(
        connector: &Connector,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        places: Vec<(Self::Place, Option<String>)>,
        window: Window,
    ) -> impl Future<Output = Answer<Self>> + Send
    where
        Self: Sized;

    /// Stores one place, in one transaction.
    fn commit(
        store: &mut Store,
        source: &str,
        name: &Self::Name,
        read: Read<Self::Item>,
    ) -> Result<Self::Changes, StoreError>;
}

/// Rooms with their meetings.
pub(super) struct Rooms;

impl Part for Rooms {
    type Place = Room;
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

    async fn collect(
        connector: &Connector,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        places: Vec<(Room, Option<String>)>,
        window: Window,
    ) -> Answer<Self> {
        let request = |(room, cursor): (Room, Option<String>)| RoomRequest {
            address: room.address,
            key: room.key,
            cursor,
        };
        let rooms = places.into_iter().map(request).collect();
        connector
            .collect(sandbox, access, limits, settings, rooms, window)
            .await
    }

    fn commit(
        store: &mut Store,
        source: &str,
        name: &RoomAddress,
        read: Read<Meeting>,
    ) -> Result<RoomChanges, StoreError> {
        let reading = Reading {
            change: read.change,
            meetings: read.items,
            window: read.window,
            cursor: read.cursor,
            drops: read.drops,
        };
        store.commit(source, name, reading)
    }
}

/// Spaces with their records.
pub(super) struct Spaces;

impl Part for Spaces {
    type Place = Space;
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

    async fn collect(
        connector: &Connector,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        places: Vec<(Space, Option<String>)>,
        window: Window,
    ) -> Answer<Self> {
        let request = |(space, cursor): (Space, Option<String>)| SpaceRequest {
            key: space.key,
            notes: space.notes,
            cursor,
        };
        let spaces = places.into_iter().map(request).collect();
        connector
            .collect_usage(sandbox, access, limits, settings, spaces, window)
            .await
    }

    fn commit(
        store: &mut Store,
        source: &str,
        name: &String,
        read: Read<Record>,
    ) -> Result<RecordChanges, StoreError> {
        store.commit_usage(source, name, &read.items, read.cursor.as_deref(), read.drops)
    }
}
