//! What the store in PostgreSQL forgets: the first member under its lease of the source, the second has the chore.

use collector_commit::{Deleted, Expiry};
use collector_model::pass::Places;

use super::{Member, PostgreSql, refused};
use crate::tests::acceptance::state::{Brief, ROOMS, booking_line};
use crate::tests::acceptance::{Collected as _, Forgetting, Refused};
use crate::{Connection, Lease};

impl PostgreSql {
    /// The connection and the lease of the member that has the chore.
    pub(super) async fn chore(&mut self) -> (&mut Connection, Lease) {
        const CHORE: &str = "chore/retention";
        let Member {
            leases, connection, ..
        } = &mut self.members[1];
        if !self.deliveries.contains_key(CHORE) {
            connection.add_units(&[CHORE]).await.unwrap();
            let claimed = leases.claim(connection, &[CHORE], 1).await.unwrap();
            self.deliveries.insert(CHORE.to_owned(), claimed[0].lease.clone());
        }
        (connection, self.deliveries[CHORE].clone())
    }

    /// The connection of the first member, and its last lease of the source.
    fn first(&mut self) -> (&mut Connection, Lease) {
        let Member {
            connection, lease, ..
        } = &mut self.members[0];
        (connection, lease.clone().unwrap())
    }
}

impl Forgetting for PostgreSql {
    async fn add_source(&mut self) {
        let source = self.source.clone();
        self.members[0].connection.add_streams(&[&source]).await.unwrap();
    }

    async fn forget_before(&mut self, instant: i64) -> Result<u64, Refused> {
        let (connection, lease) = self.chore().await;
        refused(connection.forget_before(&lease, instant).await)
    }

    async fn forget_when_allowed(
        &mut self,
        expiry: Expiry,
        now: i64,
    ) -> Result<Result<Deleted, String>, Refused> {
        let (connection, lease) = self.chore().await;
        refused(connection.forget_when_allowed(&lease, expiry, now, 25).await)
    }

    async fn allow_retention(&mut self, now: i64) {
        self.members[0].connection.allow_retention(now).await.unwrap();
    }

    async fn retention_held(&mut self) -> Option<String> {
        self.members[0].connection.retention_held().await.unwrap()
    }

    async fn known_since(&mut self) -> Option<i64> {
        self.members[0].connection.known_since().await.unwrap()
    }

    async fn purge_subjects(&mut self) -> Result<u64, Refused> {
        let source = self.source.clone();
        let (connection, lease) = self.first();
        refused(connection.purge_subjects(&lease, &source).await)
    }

    async fn forget_source(&mut self) -> Result<Deleted, Refused> {
        let source = self.source.clone();
        let (connection, lease) = self.first();
        refused(connection.forget_source(&lease, &source).await)
    }

    async fn knows_source(&mut self) -> bool {
        let connection = &mut self.members[1].connection;
        let is_known = connection.knows_source(&self.source).await.unwrap();
        let sources = connection.collected_sources().await.unwrap();
        // Where records are pushed, nothing is collected.
        assert!(is_known || !sources.contains(&self.source));
        is_known
    }

    async fn brief(&mut self) -> Brief {
        let state = self.state().await;
        let rooms = &state.rooms[..2];
        let bookings = rooms.iter().flat_map(|room| &room.bookings);
        let bookings = bookings.map(|booking| booking_line(&booking.id, booking.start, booking.end));
        let connection = &mut self.members[0].connection;
        let counts = connection.counts(Places::Rooms, &self.source).await.unwrap();
        let meetings = connection.stored_meetings(&self.source).await.unwrap();
        assert_eq!(meetings, state.meetings);
        assert_eq!(ROOMS.len(), state.rooms.len());
        Brief {
            bookings: bookings.collect(),
            read: rooms.iter().map(|room| room.read.as_slice().to_vec()).collect(),
            cursors: rooms.iter().map(|room| room.cursor.clone()).collect(),
            counts: (counts.listed, counts.known),
            meetings,
        }
    }
}
