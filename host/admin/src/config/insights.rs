//! `[insights]`: what the administrator knows about rooms and no source tells: when they are open, the spaces that belong to a room, and its
//! seats. And where summaries of weeks go.

use std::collections::BTreeSet;

use collector_engine::configured::Location;
use collector_insights::hours::{BuildingKeys, Keys, OpenHours, Settings, SettingsError};
use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use collector_model::usage::LONGEST_NAME;

use super::reader::Reader;
use super::secret::Folders;
use super::weekly::Weekly;

/// How many people a room may seat.
const CAPACITY: std::ops::RangeInclusive<usize> = 1..=100_000;
/// The longest address of a mailbox, in characters (RFC 5321).
const LONGEST_ADDRESS: usize = 254;

/// `[insights]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Insights {
    /// When rooms are open: each value was checked.
    pub hours: Settings,
    /// The rooms, each once.
    pub rooms: Vec<InsightsRoom>,
    /// Where the summary of each week is posted; none if it is not.
    pub weekly: Option<Weekly>,
}

/// One `[[insights.room]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightsRoom {
    /// Its calendar address.
    pub address: RoomAddress,
    /// The spaces that belong to it, each once.
    pub spaces: Vec<SpaceId>,
    /// How many people it seats; corrects the directory.
    pub capacity: Option<u32>,
    /// Words by which the portal's pages choose rooms, such as a floor or equipment; each once.
    pub tags: Vec<String>,
}

impl Insights {
    /// Reads the table.
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Self {
        let mut rooms: Vec<(InsightsRoom, Option<Location>)> = Vec::new();
        for mut table in reader.tables("room") {
            let place = table.places().remove("address");
            let Some(room) = room(&mut table) else {
                table.finish();
                continue;
            };
            if let Some((_, first)) = rooms.iter().find(|(other, _)| other.address == room.address) {
                let first = first
                    .as_ref()
                    .map_or_else(String::new, |first| format!(", at {first}"));
                table.problem(
                    "address",
                    &format!("this room is listed twice{first}"),
                    "write all that belongs to a room into one [[insights.room]]; addresses ignore case",
                );
            }
            table.finish();
            rooms.push((room, place));
        }
        let hours = hours(&mut reader);
        let weekly = reader
            .table("weekly")
            .and_then(|table| Weekly::read(table, folders));
        reader.finish();
        Self {
            hours,
            rooms: rooms.into_iter().map(|(room, _)| room).collect(),
            weekly,
        }
    }
}

/// Reads the open time of all rooms, and of buildings that differ.
fn hours(reader: &mut Reader<'_>) -> Settings {
    let keys = keys(reader);
    let mut names = BTreeSet::new();
    let mut building = Vec::new();
    for mut table in reader.tables("building") {
        let name = table.needed(
            "name",
            "give the building's name exactly as `collector rooms` shows it, such as name = \"Chicago\"",
        );
        if let Some(name) = &name {
            table.title = format!("insights.building {name:?}");
            if !names.insert(name.clone()) {
                table.problem(
                    "name",
                    "this building is listed twice",
                    "write all that differs in a building into one [[insights.building]]",
                );
            }
        }
        let keys = self::keys(&mut table);
        table.finish();
        building.extend(name.map(|name| BuildingKeys { name, keys }));
    }
    Settings { keys, building }
}

/// Reads the keys that a building may have, too. One that is wrong counts as left out.
fn keys(reader: &mut Reader<'_>) -> Keys {
    let mut keys = Keys {
        time_zone: reader.string("time-zone"),
        days: reader.strings("days"),
        hours: reader.strings("hours"),
        holidays: reader.strings("holidays"),
    };
    // Each wrong one is reported.
    while let Err(error) = OpenHours::of(&keys) {
        let (key, problem, remedy) = wrong(&error);
        reader.problem(key, &problem, remedy);
        match error {
            SettingsError::TimeZone(_) => keys.time_zone = None,
            SettingsError::Day(_) => keys.days = None,
            SettingsError::Hours => keys.hours = None,
            SettingsError::Holiday(_) => keys.holidays = None,
        }
    }
    keys
}

/// The key that is wrong, what is wrong with it, and what would be right.
fn wrong(error: &SettingsError) -> (&'static str, String, &'static str) {
    match error {
        SettingsError::TimeZone(zone) => (
            "time-zone",
            format!("there is no time zone {zone:?}"),
            "write it as IANA names it, such as \"Europe/Berlin\"",
        ),
        SettingsError::Day(day) => (
            "days",
            format!("{day:?} is none of mon, tue, wed, thu, fri, sat, sun"),
            "list the open days, such as [\"mon\", \"tue\"]",
        ),
        SettingsError::Hours => (
            "hours",
            "these are not two times of the wall clock, the second later".to_owned(),
            "write when rooms open and close, such as [\"08:00\", \"18:00\"]; the latest time is \"24:00\"",
        ),
        SettingsError::Holiday(holiday) => (
            "holidays",
            format!("{holiday:?} is not a date"),
            "write dates like \"2026-12-25\"",
        ),
    }
}

/// Longest tag, in characters.
const LONGEST_TAG: usize = 64;

/// Reads a room; none without an address that can be used.
fn room(table: &mut Reader<'_>) -> Option<InsightsRoom> {
    let address = table.needed(
        "address",
        "give the address of the room's calendar, such as address = \"conf-a@contoso.com\"",
    );
    if let Some(address) = &address {
        table.title = format!("insights.room {address:?}");
    }
    let spaces = spaces(table);
    let capacity = table.number("capacity", CAPACITY);
    let tags = tags(table);
    let address = address?;
    if !is_address(&address) {
        table.problem(
            "address",
            &format!("{address:?} is not the address of a calendar"),
            "write it as `collector rooms` shows it, such as \"conf-a@contoso.com\"",
        );
        return None;
    }
    Some(InsightsRoom {
        address: RoomAddress::new(&address),
        spaces,
        capacity: capacity.and_then(|capacity| u32::try_from(capacity).ok()),
        tags,
    })
}

fn tags(table: &mut Reader<'_>) -> Vec<String> {
    const KEY: &str = "tags";
    let mut tags: Vec<String> = Vec::new();
    for tag in table.strings(KEY).unwrap_or_default() {
        let length = tag.chars().count();
        if !(1..=LONGEST_TAG).contains(&length) || tag.chars().any(char::is_control) {
            table.problem(
                KEY,
                &format!("{tag:?} is not a tag"),
                "write 1 to 64 characters, such as \"floor 2\" or \"video\"",
            );
        } else if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn spaces(table: &mut Reader<'_>) -> Vec<SpaceId> {
    const KEY: &str = "spaces";
    let mut spaces: Vec<SpaceId> = Vec::new();
    for text in table.strings(KEY).unwrap_or_default() {
        match SpaceId::parse(&text) {
            Some(space) if space.key.len() > LONGEST_NAME => table.problem(
                KEY,
                &format!("the key of a space of {:?} has more than {LONGEST_NAME} bytes", space.source),
                "write it as `collector usage spaces` shows it",
            ),
            Some(space) if spaces.contains(&space) => table.problem(
                KEY,
                &format!("{text:?} is listed twice"),
                "remove one of the two",
            ),
            Some(space) => spaces.push(space),
            None => table.problem(
                KEY,
                &format!("{text:?} is not a space"),
                "write the source's name, a colon and the key of the space, such as \"webex:Y2lz\"; `collector usage spaces` lists them",
            ),
        }
    }
    spaces
}

/// Whether a text can be the address of a calendar: two parts around an `@`, without blanks.
fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let parts = text.rsplit_once('@');
    text.chars().count() <= LONGEST_ADDRESS
        && !text.contains(odd)
        && parts.is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty())
}
