//! The keys of groups, and their order.

use crate::clock::{Wall, date_of, weekday_of};
use crate::world::Room;

/// Bands of seats, by size.
pub const BANDS: [&str; 5] = ["1-4", "5-8", "9-16", "17+", "none"];

/// Weekdays, from Monday.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What is grouped by these is known of a room alone, whatever the time.
pub fn is_of_rooms(by: &str) -> bool {
    matches!(by, "all" | "building" | "room" | "seats")
}

/// The group of what lies in a building and band, for keys that are neither of rooms nor of series.
pub fn of_band(by: &str, building: &str, band: &str, hour: (i64, i64)) -> String {
    match by {
        "building" => building.to_owned(),
        "seats" => band.to_owned(),
        _ => of_time(by, hour),
    }
}

/// The group of a room, or of a second of its clock; `series` is that of a booking.
pub fn of(by: &str, room: &Room, wall: Wall, series: Option<&str>) -> Option<String> {
    Some(match by {
        "building" => room.building.clone(),
        "room" => room.address.clone(),
        "seats" => room.band().to_owned(),
        "series" => return series.map(str::to_owned),
        _ => of_time(by, (wall.date, wall.hour())),
    })
}

fn of_time(by: &str, (day, hour): (i64, i64)) -> String {
    let date = date_of(day);
    match by {
        "all" => "all".to_owned(),
        "date" => date.to_string(),
        "weekday" => weekday_of(day).to_owned(),
        "hour" => format!("{hour:02}"),
        "week" => {
            let week = date.iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        "month" => format!("{:04}-{:02}", date.year(), date.month()),
        other => panic!("no key to group by: {other}"),
    }
}

/// The place of a band among bands.
pub fn band_rank(band: &str) -> usize {
    BANDS.iter().position(|one| *one == band).expect("a band")
}

/// Sorts keys: weekdays from Monday, bands by size, others as they are written.
pub fn sort(by: &str, keys: &mut [String]) {
    match by {
        "weekday" => keys.sort_by_key(|key| WEEKDAYS.iter().position(|day| day == key)),
        "seats" => keys.sort_by_key(|key| band_rank(key)),
        _ => keys.sort(),
    }
}
