//! Which rooms to look at: a table of all rooms with their figures, sorted by any of them.

use std::cmp::Reverse;
use std::collections::HashMap;

use collector_insights::group::By;
use collector_insights::report::GroupReport;
use collector_store::natural_order;
use maud::{Markup, html};

use super::files::take_away;
use super::filter::{Filter, nothing};
use super::words::{count, dash, duration, half_read, percent, range, rate, unsigned, why_unused};
use crate::api::{AskedReport, SelectedRoom, Selection};
use crate::pages::elements::{number, segment, short_name};

/// Where the page is.
pub(super) const PATH: &str = "/insights/spaces";
/// Rooms on a page.
const PAGE: usize = 50;

/// By what rooms are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Seats,
    Booked,
    Used,
    HeldEmpty,
    NoShows,
    NoShowTime,
    Fit,
    Coverage,
}

/// The columns: key in the address, anchor of the definition, and words.
const COLUMNS: [(Sort, &str, &str, &str); 9] = [
    (Sort::Name, "name", "", "Room"),
    (Sort::Seats, "seats-of", "", "Seats"),
    (Sort::Booked, "booked", "booked_rate", "Booked"),
    (Sort::Used, "used", "used_rate", "Used"),
    (Sort::HeldEmpty, "held", "held_empty_rate", "Held empty"),
    (Sort::NoShows, "no-shows", "no_show_rate", "No-shows"),
    (Sort::NoShowTime, "lost", "no_show_seconds", "Hours lost"),
    (Sort::Fit, "fit", "fit", "Fit"),
    (Sort::Coverage, "known", "coverage", "Known"),
];

/// The reports that the page needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![filter.ask(By::Room)]
}

/// A room with its figures.
struct Row<'a> {
    room: &'a SelectedRoom,
    group: Option<&'a GroupReport>,
}

impl Row<'_> {
    /// What the room is sorted by: what is known comes before what is not, high before low.
    fn key(&self, sort: Sort) -> (bool, Reverse<i64>) {
        let group = self.group;
        let value = match sort {
            Sort::Name => None,
            Sort::Seats => self.room.seats().map(i64::from),
            Sort::Booked => group
                .and_then(|group| group.booked_rate)
                .map(|rate| rate.ten_thousandths()),
            Sort::Used => group
                .and_then(|group| group.used_rate?.value)
                .map(|rate| rate.ten_thousandths()),
            Sort::HeldEmpty => group
                .and_then(|group| group.held_empty_rate)
                .map(|rate| rate.ten_thousandths()),
            Sort::NoShows => group
                .and_then(|group| group.no_show_rate.value)
                .map(|rate| rate.ten_thousandths()),
            Sort::NoShowTime => group
                .filter(|group| group.no_show_rate.value.is_some())
                .map(|group| group.no_show_seconds),
            Sort::Fit => group.and_then(|group| self.fill(group)).map(i64::from),
            Sort::Coverage => group
                .and_then(|group| group.coverage)
                .map(|rate| rate.ten_thousandths()),
        };
        (value.is_none(), Reverse(value.unwrap_or_default()))
    }

    /// How many percent of the seats the usual large party takes, where enough parties were counted to say so.
    fn fill(&self, group: &GroupReport) -> Option<u32> {
        let (seats, fit) = (self.room.seats()?, group.fit?);
        if fit.too_big + fit.roomy + fit.fits + fit.too_small == 0 {
            return None;
        }
        group.party?.p90.map(|party| party.saturating_mul(100) / seats)
    }
}

/// The page.
pub(super) fn page(view: &Selection, filter: &Filter, now: i64) -> Markup {
    html! {
        h1 { "Spaces" }
        (filter.form(PATH, view, now))
        @if let [report] = view.reports.as_slice() { (content(view, &report.groups, filter)) (take_away(filter, By::Room)) } @else { (nothing(view, filter, PATH)) }
    }
}

fn content(view: &Selection, groups: &[GroupReport], filter: &Filter) -> Markup {
    let by_address: HashMap<&str, &GroupReport> =
        groups.iter().map(|group| (group.key.as_str(), group)).collect();
    let text = filter.own("text").unwrap_or_default().to_lowercase();
    let (sort, is_reversed) = sorting(filter);
    let mut rows: Vec<Row<'_>> = view
        .rooms
        .iter()
        .map(|room| Row {
            room,
            group: by_address.get(room.address.as_str()).copied(),
        })
        .filter(|row| {
            text.is_empty()
                || row.room.title().to_lowercase().contains(&text)
                || row.room.address.contains(&text)
        })
        .collect();
    rows.sort_by(|one, other| {
        let rest = |row: &Row<'_>| (row.room.address.clone(), row.room.source.clone());
        natural_order(one.room.title(), other.room.title()).then_with(|| rest(one).cmp(&rest(other)))
    });
    match (sort, is_reversed) {
        (Sort::Name, false) => {}
        (Sort::Name, true) => rows.reverse(),
        (sort, false) => rows.sort_by_key(|row| row.key(sort)),
        // What is not known stays at the end.
        (sort, true) => rows.sort_by_key(|row| {
            let (is_unknown, Reverse(value)) = row.key(sort);
            (is_unknown, value)
        }),
    }
    let page = filter
        .own("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1_usize)
        .max(1);
    let pages = rows.len().div_ceil(PAGE).max(1);
    let page = page.min(pages);
    let shown = rows.iter().skip((page - 1) * PAGE).take(PAGE);
    html! {
        form.search method="get" action=(PATH) role="search" {
            (kept(filter))
            label for="text" { "Find a room" }
            input #text type="search" name="text" value=(filter.own("text").unwrap_or_default()) placeholder="name or address";
            div.sorting {
                label for="sort" { "Sort by" }
                select #sort name="sort" { (orders(sort, is_reversed)) }
            }
            button type="submit" { "Find" }
        }
        @if rows.is_empty() { p.muted { "No room has this in its name or address." } } @else {
            div.table tabindex="0" role="region" aria-label="Rooms with their figures" {
                table.stack.figures.cells {
                    thead { tr { @for column in COLUMNS { (head(column, sort, is_reversed, filter)) } } }
                    tbody { @for row in shown { (line(row, filter)) } }
                }
            }
            @if pages > 1 { (paging(page, pages, filter)) }
        }
    }
}

/// The orders to choose from where the heads of the table are not shown. One that a head turned round stays.
fn orders(sort: Sort, is_reversed: bool) -> Markup {
    html! {
        @for (column, key, _, words) in COLUMNS {
            @let is_now = column == sort;
            option value=(key) selected[is_now && !is_reversed] { (words) }
            @if is_now && is_reversed { option value={ "-" (key) } selected { (words) ", the other way round" } }
        }
    }
}

/// Fields that keep the rest of the address.
fn kept(filter: &Filter) -> Markup {
    let link = filter.link("", &[]);
    let query = link.strip_prefix('?').unwrap_or_default();
    html! {
        @for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            input type="hidden" name=(key) value=(value);
        }
    }
}

fn sorting(filter: &Filter) -> (Sort, bool) {
    let own = filter.own("sort").unwrap_or("lost");
    let (is_reversed, key) = match own.strip_prefix('-') {
        Some(key) => (true, key),
        None => (false, own),
    };
    let known = COLUMNS.iter().find(|(_, own, ..)| *own == key);
    (known.map_or(Sort::NoShowTime, |(sort, ..)| *sort), is_reversed)
}

fn head(
    (sort, key, anchor, words): (Sort, &str, &str, &str),
    now: Sort,
    is_reversed: bool,
    filter: &Filter,
) -> Markup {
    let is_now = sort == now;
    let to = if is_now && !is_reversed {
        format!("-{key}")
    } else {
        key.to_owned()
    };
    // Names go up first, figures down.
    let direction = match (sort == Sort::Name, is_reversed) {
        (true, false) | (false, true) => "ascending",
        _ => "descending",
    };
    let link = filter.link(
        PATH,
        &[("text", filter.own("text").unwrap_or_default()), ("sort", &to)],
    );
    html! {
        th scope="col" .number[sort != Sort::Name] aria-sort=[is_now.then_some(direction)] {
            a.sort href=(link) { (words) }
            @if !anchor.is_empty() { " " a.what href={ "/definitions#" (anchor) } aria-label={ "What “" (words) "” means" } { "?" } }
        }
    }
}

/// A room by its name, with a link to its page; its address alone if it is not among those that are left.
pub(super) fn room_link(room: Option<&SelectedRoom>, address: &str, filter: &Filter) -> Markup {
    html! {
        @match room {
            Some(room) => a href=(filter.link(&room_path(room), &[])) { (short_name(room.title())) },
            None => (short_name(address)),
        }
    }
}

/// Rooms by their addresses, by which reports name them.
pub(super) fn by_address(rooms: &[SelectedRoom]) -> HashMap<&str, &SelectedRoom> {
    rooms.iter().map(|room| (room.address.as_str(), room)).collect()
}

/// The address of a room's page.
pub(super) fn room_path(room: &SelectedRoom) -> String {
    format!("{PATH}/{}/{}", segment(&room.source), segment(&room.address))
}

fn line(row: &Row<'_>, filter: &Filter) -> Markup {
    let room = row.room;
    html! {
        tr {
            th scope="row" {
                (room_link(Some(room), &room.address, filter))
                small.muted { @if let Some(building) = &room.building { (short_name(building)) } @else { "no building" } }
            }
            td.number data-label="Seats" {
                @match room.seats() { Some(seats) => (number(seats.into())), None => (dash("not known")) }
            }
            @match row.group {
                None => td colspan="7" { (dash("nothing in this period")) },
                Some(group) => (figures(row, group)),
            }
        }
    }
}

fn figures(row: &Row<'_>, group: &GroupReport) -> Markup {
    let why = match group.booked_rate {
        Some(_) if row.room.spaces == 0 => "no device",
        _ => why_unused(group),
    };
    let why_not_held = match group.coverage {
        Some(coverage) if coverage.ten_thousandths() > 0 => "no booked time was observed",
        _ => why,
    };
    let used = group.used_rate.unwrap_or_default();
    let bookings = &group.bookings;
    html! {
        td.number data-label="Booked" { (rate(group.booked_rate, "not read")) }
        td.number data-label="Used" {
            (rate(used.value, why))
            @if let Some(range) = range(&used).filter(|_| used.value.is_some()) { small.muted { (range) } }
        }
        td.number data-label="Held empty" { (rate(group.held_empty_rate, why_not_held)) }
        td.number data-label="No-shows" {
            @match group.no_show_rate.value {
                Some(value) => {
                    (percent(value))
                    small.muted { (count(bookings.no_show + bookings.released_empty)) " of " (count(group.basis.judged)) " judged" }
                }
                None => (dash("none judged")),
            }
        }
        td.number data-label="Hours lost" {
            @if group.no_show_rate.value.is_some() { (duration(group.no_show_seconds)) } @else { (dash("none judged")) }
        }
        td.number data-label="Fit" { (fit(row, group)) }
        td.number data-label="Known" {
            @match group.coverage {
                Some(coverage) => {
                    (percent(coverage))
                    progress.known max="10000" value=(coverage.ten_thousandths()) aria-hidden="true" {}
                    @if let Some(words) = half_read(group) { small.muted { (words) } }
                }
                None => (dash("not read")),
            }
        }
    }
}

fn fit(row: &Row<'_>, group: &GroupReport) -> Markup {
    let (fit, party) = (group.fit.unwrap_or_default(), group.party.unwrap_or_default());
    let word = match (fit.too_big, fit.roomy, fit.fits, fit.too_small) {
        (1.., ..) => "too big",
        (_, 1.., ..) => "roomy",
        (.., 1.., _) => "fits",
        (.., 1..) => "too small",
        _ => {
            return match party.bookings {
                0 => dash("not counted"),
                parties => dash(if row.room.seats().is_none() {
                    "seats not known"
                } else if parties < 20 {
                    "under 20 counted"
                } else {
                    "not known"
                }),
            };
        }
    };
    html! {
        (word)
        @if let Some(party) = party.p90 { small.muted { "90 % ≤ " (number(party.into())) } }
    }
}

fn paging(page: usize, pages: usize, filter: &Filter) -> Markup {
    let link = |page: usize| {
        let own = [
            ("text", filter.own("text").unwrap_or_default()),
            ("sort", filter.own("sort").unwrap_or_default()),
            ("page", &page.to_string()),
        ];
        filter.link(PATH, &own)
    };
    html! {
        nav.paging aria-label="Pages of rooms" {
            @if page > 1 { a rel="prev" href=(link(page - 1)) { "Previous" } }
            span.muted { "Page " (number(unsigned(i64::try_from(page).unwrap_or(i64::MAX)))) " of " (pages) }
            @if page < pages { a rel="next" href=(link(page + 1)) { "Next" } }
        }
    }
}
