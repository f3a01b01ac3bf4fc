//! What the store in SQLite forgets.

use collector_commit::{Deleted, Expiry};
use collector_store::Places;

use super::{SOURCE, Sqlite};
use crate::tests::acceptance::state::{Brief, ROOMS, booking_line};
use crate::tests::acceptance::{Forgetting, Refused};

impl Forgetting for Sqlite {
    async fn add_source(&mut self) {}

    async fn forget_before(&mut self, instant: i64) -> Result<u64, Refused> {
        Ok(self.a.forget_before(instant).unwrap())
    }

    async fn forget_when_allowed(
        &mut self,
        expiry: Expiry,
        now: i64,
    ) -> Result<Result<Deleted, String>, Refused> {
        Ok(self.a.forget_when_allowed(expiry, now, 25).unwrap())
    }

    async fn allow_retention(&mut self, now: i64) {
        self.a.allow_retention(now).unwrap();
    }

    async fn retention_held(&mut self) -> Option<String> {
        self.a.retention_held().unwrap()
    }

    async fn known_since(&mut self) -> Option<i64> {
        self.a.known_since().unwrap()
    }

    async fn purge_subjects(&mut self) -> Result<u64, Refused> {
        Ok(self.a.purge_subjects(SOURCE).unwrap())
    }

    async fn forget_source(&mut self) -> Result<Deleted, Refused> {
        Ok(self.a.forget_source(SOURCE).unwrap())
    }

    async fn knows_source(&mut self) -> bool {
        let is_known = self.a.knows_source(SOURCE).unwrap();
        // Where records are pushed, nothing is collected.
        let sources = self.a.collected_sources().unwrap();
        assert!(is_known || !sources.contains(&SOURCE.to_owned()));
        is_known
    }

    async fn brief(&mut self) -> Brief {
        let rooms = &ROOMS[..2];
        let bookings = rooms.iter().flat_map(|room| {
            let bookings = self.a.bookings(SOURCE, room, 0, i64::MAX).unwrap();
            bookings
                .into_iter()
                .map(|booking| booking_line(&booking.id, booking.start, booking.end))
                .collect::<Vec<_>>()
        });
        Brief {
            bookings: bookings.collect(),
            read: rooms
                .iter()
                .map(|room| self.a.readings(SOURCE, room).unwrap().as_slice().to_vec())
                .collect(),
            cursors: self.a.cursors(Places::Rooms, SOURCE, rooms).unwrap(),
            counts: (
                self.a.listed(Places::Rooms, SOURCE).unwrap(),
                self.a.known(Places::Rooms, SOURCE).unwrap(),
            ),
            meetings: self.a.stored_meetings(SOURCE).unwrap(),
        }
    }
}
