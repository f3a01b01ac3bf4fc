//! The questions that people ask: by everything that there is, about usual and unusual times, about all rooms and about some.

use std::collections::BTreeSet;

use collector_insights::group::{By, Question};
use jiff::civil::{Date, date};

use crate::portfolio::Place;

/// A question with a name for the output.
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) question: Question,
    /// Whether it makes a group of each series of all rooms, a hundred thousand and more: an export, and no page.
    pub(crate) is_export: bool,
}

/// The questions that are asked after each other are this far apart in the list.
const LEAP: usize = 7;

/// Periods as of [`crate::size::NOW`], from short to long.
fn periods() -> [(&'static str, Date, Date); 6] {
    [
        ("last week", date(2026, 11, 9), date(2026, 11, 16)),
        ("last month", date(2026, 10, 1), date(2026, 11, 1)),
        ("this quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("odd five months", date(2026, 3, 13), date(2026, 8, 19)),
        ("last year", date(2025, 1, 1), date(2026, 1, 1)),
        ("two years", date(2024, 11, 17), date(2026, 11, 17)),
    ]
}

/// All questions.
pub(crate) fn questions(places: &[Place]) -> Vec<Asked> {
    let mut all = Vec::new();
    for (period, from, to) in periods() {
        for (about, buildings, rooms) in filters(places) {
            for by in By::ALL {
                all.push(Asked {
                    name: format!("by {}, {period}, {about}", by.as_str()),
                    is_export: by == By::Series && buildings.is_empty() && rooms.is_empty(),
                    question: Question {
                        from,
                        to,
                        by,
                        buildings: buildings.clone(),
                        rooms: rooms.clone(),
                    },
                });
            }
        }
    }
    // In leaps, so that those that were asked when time ran out are of all sorts.
    let mut numbered: Vec<(usize, Asked)> = all.into_iter().enumerate().collect();
    numbered.sort_by_key(|(number, _)| number % LEAP);
    numbered.into_iter().map(|(_, asked)| asked).collect()
}

type Names = BTreeSet<String>;

/// Words for what a question is about, the buildings and the rooms.
fn filters(places: &[Place]) -> [(&'static str, Names, Names); 4] {
    let middle = places.get(places.len() / 2);
    let building = middle.and_then(|place| place.building.clone());
    let one = middle.map(|place| place.address.clone());
    let some = places.iter().step_by(places.len().div_ceil(20).max(1));
    [
        ("one room", Names::new(), one.into_iter().collect()),
        (
            "20 rooms",
            Names::new(),
            some.map(|place| place.address.clone()).collect(),
        ),
        ("one building", building.into_iter().collect(), Names::new()),
        ("everything", Names::new(), Names::new()),
    ]
}
