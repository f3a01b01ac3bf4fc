//! Questions about a generated world.

use serde_json::{Value, json};

use super::dice::Dice;
use crate::clock::date_of;

/// One question for each key to group by, of different periods and with different filters.
pub fn questions(seed: u64, world: &Value) -> Vec<Value> {
    let mut dice = Dice::new(seed ^ 0x0a5c);
    let moments = world["bookings"].as_array().into_iter().flatten();
    let first = moments.filter_map(|booking| booking["start"].as_i64()).min();
    let now = world["now"].as_i64().expect("a now");
    let first_day = first.unwrap_or(now) / 86_400;
    let last_day = now / 86_400 + 2;
    let keys = [
        "all", "building", "room", "series", "date", "weekday", "hour", "week", "month", "seats",
    ];
    let mut questions = Vec::new();
    for by in keys {
        let from = if dice.chance(60) {
            first_day
        } else {
            dice.between(first_day, last_day)
        };
        let to = if dice.chance(60) {
            last_day
        } else {
            dice.between(from, last_day)
        };
        let (mut buildings, mut rooms) = (Vec::new(), Vec::new());
        for room in world["rooms"].as_array().into_iter().flatten() {
            if dice.chance(12) && room["building"].is_string() {
                buildings.push(room["building"].clone());
            }
            if dice.chance(8) {
                rooms.push(room["address"].clone());
            }
        }
        questions.push(json!({
            "from": date_of(from).to_string(),
            "to": date_of(to).to_string(),
            "by": by,
            "buildings": buildings,
            "rooms": rooms,
        }));
    }
    questions
}
