//! What is asked: a period of local dates, the key to group by, and filters.

use serde_json::Value;

use crate::clock::day_of;
use crate::world::Room;

/// A question.
pub struct Question {
    /// The first local date, as it was written.
    pub from: String,
    /// The local date after the last, as it was written.
    pub to: String,
    /// `all`, `building`, `room`, `series`, `date`, `weekday`, `hour`, `week`, `month` or `seats`.
    pub by: String,
    /// The first date, as days since 1970-01-01.
    pub first_day: i64,
    /// The date after the last.
    pub end_day: i64,
    buildings: Vec<String>,
    rooms: Vec<String>,
}

impl Question {
    /// Reads a question; keys that are missing do not filter, and group `all`.
    pub fn parse(question: &Value) -> Question {
        let date = |key: &str| question[key].as_str().expect("a date").to_owned();
        let list = |key: &str| {
            let words = question[key].as_array().into_iter().flatten();
            words
                .map(|word| word.as_str().expect("a string").to_owned())
                .collect()
        };
        Question {
            first_day: day_of(&date("from")),
            end_day: day_of(&date("to")),
            from: date("from"),
            to: date("to"),
            by: question["by"].as_str().unwrap_or("all").to_owned(),
            buildings: list("buildings"),
            rooms: list("rooms"),
        }
    }

    /// Whether a local date lies in the period.
    pub fn has_date(&self, date: i64) -> bool {
        self.first_day <= date && date < self.end_day
    }

    /// Whether a room passes both filters.
    pub fn has_room(&self, room: &Room) -> bool {
        let address = |wanted: &String| wanted.to_lowercase() == room.address;
        (self.buildings.is_empty() || self.buildings.contains(&room.building))
            && (self.rooms.is_empty() || self.rooms.iter().any(address))
    }
}
