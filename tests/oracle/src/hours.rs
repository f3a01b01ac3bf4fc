//! Business hours: the zone of a building and when it is open.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::clock::{Wall, day_of, weekday_of};

/// The zone and the business hours of one building.
pub struct Hours {
    /// The zone of its clocks.
    pub zone: TimeZone,
    days: Vec<String>,
    from: i64,
    to: i64,
    holidays: Vec<i64>,
}

impl Hours {
    /// Of a building by its exact name: each key is the building's own if it gives it, else that of `[insights]`, else the default.
    pub fn of(insights: &Value, building: &str) -> Hours {
        let own = insights["building"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["name"] == building));
        let setting = |key: &str| {
            let given = own.map_or(&Value::Null, |own| &own[key]);
            if given.is_null() { &insights[key] } else { given }
        };
        let hours = strings(setting("hours")).unwrap_or(vec!["08:00".into(), "18:00".into()]);
        let weekdays = || ["mon", "tue", "wed", "thu", "fri"].map(String::from).to_vec();
        let holidays = strings(setting("holidays")).unwrap_or_default();
        Hours {
            zone: TimeZone::get(setting("time-zone").as_str().unwrap_or("UTC")).expect("a zone"),
            days: strings(setting("days")).unwrap_or_else(weekdays),
            from: wall_second(&hours[0]),
            to: wall_second(&hours[1]),
            holidays: holidays.iter().map(|date| day_of(date)).collect(),
        }
    }

    /// Whether the building is open on a date at all.
    pub fn opens_on(&self, date: i64) -> bool {
        self.days.iter().any(|day| day == weekday_of(date)) && !self.holidays.contains(&date)
    }

    /// Whether the building is open at each of these seconds.
    pub fn open(&self, walls: &[Wall]) -> Vec<bool> {
        let mut date = None;
        let mut opens = false;
        let mut open = Vec::new();
        for wall in walls {
            if date != Some(wall.date) {
                date = Some(wall.date);
                opens = self.opens_on(wall.date);
            }
            open.push(opens && self.from <= wall.second && wall.second < self.to);
        }
        open
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    let words = value.as_array()?.iter();
    Some(
        words
            .map(|word| word.as_str().expect("a string").to_owned())
            .collect(),
    )
}

/// `HH:MM` as seconds since midnight.
fn wall_second(time: &str) -> i64 {
    let (hour, minute) = time.split_once(':').expect("HH:MM");
    hour.parse::<i64>().expect("an hour") * 3600 + minute.parse::<i64>().expect("a minute") * 60
}
