//! What pages of the API other than reports ask the store: the rooms with the spaces that belong to them, which every question needs, verdicts,
//! and records. Pages begin at several places, so that not only the first rooms are seen.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use collector_insights::answer::Verdicts;
use collector_insights::group::{By, Question};
use collector_model::joining::{JoinRoom, JoinSpace, join};
use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use collector_model::window::Window;
use collector_rollup::{Scope, known};
use collector_store::{Reader, RoomSearch, Store, StoreError, UsagePlace};
use jiff::civil::{Date, date};

use crate::measured::{milliseconds, peak, percentile, row};
use crate::portfolio::{CALENDARS, Place, scope};
use crate::size::{DAY, NOW, Size};

/// Pages of each sort that are measured.
const PAGES: usize = 20;
/// Items of a page: the most that may be asked for.
const ITEMS: usize = 1_000;
/// Seconds after which no more pages of a sort are measured.
const ENOUGH: Duration = Duration::from_secs(60);

/// Measures pages, each sort for itself.
pub(crate) fn measure(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let store = Store::open(&size.directory())?;
    let scope = scope(size, places)?;
    let week = (date(2026, 11, 9), date(2026, 11, 16));
    let all = (date(2024, 11, 17), date(2026, 11, 17));
    sort("the rooms and the spaces that belong to them", |_| {
        Ok(rooms(&store)?)
    })?;
    for (name, period) in [("last week", week), ("two years", all)] {
        sort(&format!("{ITEMS} verdicts, {name}"), |page| {
            verdicts(&store, &scope, period, begin(places, page))
        })?;
    }
    for (name, from) in [("last week", NOW - 8 * DAY), ("two years", size.begin())] {
        let window = Window::new(from, NOW).context("a period")?;
        sort(&format!("{ITEMS} records, {name}"), |page| {
            records(&store, window, places.get(begin(places, page)))
        })?;
    }
    peak("pages");
    Ok(())
}

/// The number of the room with which a page begins.
fn begin(places: &[Place], page: usize) -> usize {
    places.len() * page / PAGES
}

/// Measures pages of one sort, of which each tells how many items it had.
fn sort(name: &str, mut page: impl FnMut(usize) -> anyhow::Result<usize>) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut times = Vec::new();
    let mut items = 0;
    for number in 0..PAGES {
        // The first time reads from the disk.
        page(number)?;
        let this = Instant::now();
        items += page(number)?;
        times.push(this.elapsed());
        if begun.elapsed() > ENOUGH {
            break;
        }
    }
    times.sort_unstable();
    let items = items / times.len().max(1);
    row(
        &format!("{name}: {} pages of {items}, median", times.len()),
        &milliseconds(percentile(&times, 50)),
        "",
    );
    row(
        &format!("{name}, 95th percentile"),
        &milliseconds(percentile(&times, 95)),
        "under 300 ms",
    );
    Ok(())
}

/// Reads rooms and spaces, and joins them, as each question does first.
fn rooms(store: &Reader) -> Result<usize, StoreError> {
    let search = RoomSearch {
        sources: vec![CALENDARS.to_owned()],
        limit: u64::MAX,
        ..RoomSearch::default()
    };
    let rooms: Vec<JoinRoom> = store
        .search_rooms(&search)?
        .1
        .into_iter()
        .map(|row| JoinRoom {
            address: RoomAddress::new(&row.address),
            name: row.name,
        })
        .collect();
    let sources = ["webex", "sensors", "teams"].map(str::to_owned);
    let spaces: Vec<JoinSpace> = store
        .known_spaces(&sources)?
        .into_iter()
        .map(|space| JoinSpace {
            id: SpaceId {
                source: space.source,
                key: space.key,
            },
            name: space.name,
            address: space.address,
        })
        .collect();
    Ok(join(&spaces, &rooms, &[]).places.len())
}

/// Judges the bookings of one room after the other until a page is full.
fn verdicts(store: &Reader, scope: &Scope, (from, to): (Date, Date), begin: usize) -> anyhow::Result<usize> {
    let question = Question {
        from,
        to,
        by: By::All,
        buildings: Default::default(),
        rooms: Default::default(),
    };
    let mut lines = Vec::new();
    for room in scope.rooms.iter().skip(begin) {
        let mut verdicts = Verdicts::new(&question, &scope.buildings, NOW);
        verdicts.add(&known(store, room, scope.spaces_of(room), (from, to), NOW)?);
        lines.extend(verdicts.lines());
        if lines.len() > ITEMS {
            lines.truncate(ITEMS);
            break;
        }
    }
    serde_json::to_writer(std::io::sink(), &lines)?;
    Ok(lines.len())
}

/// Reads the records of one device after the other, from that of a room on, until a page is full.
fn records(store: &Reader, window: Window, from: Option<&Place>) -> anyhow::Result<usize> {
    let from = from
        .and_then(|place| place.space.as_ref())
        .map(|space| UsagePlace {
            source: space.source.clone(),
            space: space.key.clone(),
            device: String::new(),
            after: None,
        });
    let page = store.usage_page(None, window, from.as_ref(), ITEMS, &|| true)?;
    Ok(page.records.len())
}
