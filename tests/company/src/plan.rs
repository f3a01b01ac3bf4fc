//! What a company is made from.

use fastrand::Rng;

use crate::calendar::Calendar;
use crate::model::{Company, Person, Room, Span};
use crate::names::{BUILDINGS, DOMAIN, PEOPLE, ROOMS};
use crate::{booked, called, lived, seen};

/// What a company is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// The number of rooms; with more of them, the first ones stay as they are.
    pub rooms: usize,
    /// An instant of the first day, by its date in UTC.
    pub first: i64,
    /// The number of days.
    pub days: u32,
}

impl Default for Plan {
    /// Twenty-four rooms over four weeks from October 12, 2026: clocks change in Berlin on October 25, in New York a week
    /// later.
    fn default() -> Self {
        Self {
            seed: 1,
            rooms: 24,
            first: 1_791_763_200,
            days: 28,
        }
    }
}

impl Plan {
    /// The company.
    #[must_use]
    pub fn company(&self) -> Company {
        let address = |name: &str| format!("{}@{DOMAIN}", name.to_lowercase().replace(' ', "."));
        Company {
            domain: DOMAIN,
            buildings: BUILDINGS.to_vec(),
            people: PEOPLE
                .iter()
                .map(|name| Person {
                    name,
                    address: address(name),
                })
                .collect(),
            rooms: (0..self.rooms).map(|number| self.room(number)).collect(),
        }
    }

    fn room(&self, number: usize) -> Room {
        // Each room has dice of its own, so that one room more changes no other.
        let own = u64::try_from(number).unwrap_or_default();
        let mut dice = Rng::with_seed(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(own));
        let building = number % BUILDINGS.len();
        let calendar = Calendar::new(
            BUILDINGS.get(building).map_or("UTC", |building| building.zone),
            self.first,
            self.days,
        );
        let start = calendar.days.first().map_or(0, |day| calendar.day(*day).start);
        let end = calendar.days.last().map_or(0, |day| calendar.day(*day).end);
        let mut room = Room {
            name: format!(
                "{} {}",
                ROOMS.get(number % ROOMS.len()).unwrap_or(&"Room"),
                number + 1
            ),
            address: format!("space-{:03}@{DOMAIN}", number + 1),
            building,
            capacity: [4, 6, 8, 12, 20].get(number % 5).copied().unwrap_or(4),
            period: Span::new(start, end),
            series: Vec::new(),
            bookings: Vec::new(),
            occupied: Vec::new(),
            calls: Vec::new(),
            devices: Vec::new(),
        };
        booked::book(&mut dice, &calendar, number, &mut room);
        lived::live(&mut dice, &mut room);
        called::call(&mut dice, number, &mut room);
        room.devices = seen::devices(&mut dice, &calendar, number, &room);
        room
    }
}
