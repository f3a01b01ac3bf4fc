//! Buildings, their hours, and rooms.

use serde_json::{Map, Value, json};

use super::Stage;
use super::dice::Dice;
use crate::clock::date_of;

/// Buildings and their zones. The last is in no configuration.
const BUILDINGS: [(&str, &str); 7] = [
    ("HQ", "Europe/Berlin"),
    ("Chicago", "America/Chicago"),
    ("Kolkata", "Asia/Kolkata"),
    ("Sydney", "Australia/Sydney"),
    ("Lord Howe", "Australia/Lord_Howe"),
    ("Kathmandu", "Asia/Kathmandu"),
    ("Barn", "UTC"),
];

const HOURS: [[&str; 2]; 6] = [
    ["08:00", "18:00"],
    ["00:00", "24:00"],
    ["08:05", "17:50"],
    ["01:40", "03:20"],
    ["09:00", "09:01"],
    ["22:00", "24:00"],
];

/// `[insights]`, with keys missing.
pub fn insights(dice: &mut Dice, stage: Stage) -> Value {
    if dice.chance(10) {
        return json!({});
    }
    let mut insights = settings(dice, stage);
    if dice.chance(70) {
        insights.insert("time-zone".into(), json!(dice.pick(&BUILDINGS).1));
    }
    let mut buildings = Vec::new();
    for (name, zone) in BUILDINGS.iter().filter(|(name, _)| *name != "Barn") {
        let mut own = settings(dice, stage);
        own.insert("name".into(), json!(name));
        if dice.chance(90) {
            own.insert("time-zone".into(), json!(zone));
        }
        buildings.push(Value::Object(own));
    }
    insights.insert("building".into(), Value::Array(buildings));
    Value::Object(insights)
}

fn settings(dice: &mut Dice, stage: Stage) -> Map<String, Value> {
    let mut settings = Map::new();
    if dice.chance(40) {
        let days = [
            &["mon", "tue", "wed", "thu", "fri", "sat", "sun"][..],
            &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            &["sun", "mon", "tue", "wed"],
            &["sat"],
        ];
        settings.insert("days".into(), json!(dice.pick(&days)));
    }
    if dice.chance(50) {
        // The usual and the longest more often.
        let hours = if dice.chance(50) {
            HOURS[dice.between(0, 1) as usize]
        } else {
            dice.pick(&HOURS)
        };
        settings.insert("hours".into(), json!(hours));
    }
    if dice.chance(30) {
        let count = dice.between(0, 2);
        let holidays: Vec<String> = (0..count)
            .map(|_| date_of(dice.between(stage.start, stage.end) / 86_400).to_string())
            .collect();
        settings.insert("holidays".into(), json!(holidays));
    }
    settings
}

/// Rooms of a few buildings and bands, so that some bands have several.
pub fn rooms(dice: &mut Dice, count: u64) -> Vec<Value> {
    let towns: Vec<&str> = (0..2).map(|_| dice.pick(&BUILDINGS).0).collect();
    let sizes = [
        dice.pick(&[1, 4, 5, 8, 9, 16, 17, 40]),
        dice.pick(&[4, 8, 16, 17]),
    ];
    let mut rooms: Vec<Value> = Vec::new();
    for place in 0..count {
        let letter = (b'a' + (place % 26) as u8) as char;
        // One in ten has the address of the room before, in another source.
        let (source, address) = match rooms.last() {
            Some(before) if dice.chance(10) && before["source"] == "contoso" => {
                ("fabrikam", before["address"].clone())
            }
            _ => (
                "contoso",
                json!(format!("conf-{letter}{}@contoso.com", place / 26)),
            ),
        };
        let building = if dice.chance(12) {
            Value::Null
        } else {
            json!(dice.pick(&towns))
        };
        let capacity = if dice.chance(12) {
            Value::Null
        } else {
            json!(dice.pick(&sizes))
        };
        let mut spaces = Vec::new();
        if dice.chance(60) {
            spaces.push(json!(["webex", format!("Y2lz{letter}")]));
        }
        if dice.chance(30) {
            spaces.push(json!(["sensors", format!("floor-1/{letter}")]));
        }
        if dice.chance(25) {
            // A part of a divisible room, or a lobby: several rooms name it.
            spaces.push(json!(["webex", "Y2lzShared"]));
        }
        if dice.chance(8)
            && let Some(other) = rooms.first()
        {
            spaces.push(json!(["webex", other["address"]]));
        }
        rooms.push(json!({
            "source": source, "address": address, "building": building, "capacity": capacity, "spaces": spaces,
        }));
    }
    rooms
}
