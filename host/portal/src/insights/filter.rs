//! Which rooms and which days a page is about. All of it is in the page's address, so that a page can be sent to somebody.

use std::collections::BTreeSet;

use collector_insights::clock::date_in_utc;
use collector_insights::room::Band;
use collector_store::natural_order;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use url::form_urlencoded;

use crate::api::{AskedReport, RoomFilter, Selection};
use crate::pages::elements::{counted, plain};
use crate::roles::{self, Role};
use crate::zone::YEARS;
use collector_insights::group::By;

/// Days of the period unless another one is asked for: four whole weeks.
const USUAL: i64 = 28;
/// Periods to choose from, in days until yesterday.
const PERIODS: [(i64, &str); 4] = [
    (7, "7 days"),
    (28, "4 weeks"),
    (91, "13 weeks"),
    (364, "52 weeks"),
];
/// The longest period, in days, as for the API.
const LONGEST: i32 = 3_660;
/// The choices of pages that stay when other rooms or dates are chosen. A place in a list does not: it is another one then.
const CHOICES: [&str; 3] = ["sort", "by", "with"];
/// The time zone of rooms for which none is configured.
const UTC: &str = "UTC";
/// The value that stands for rooms without a building: an empty one stands for all.
const WITHOUT: &str = "-";

/// What a page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    /// Which rooms.
    pub(super) rooms: RoomFilter,
    /// The first local date of each room.
    pub(super) from: Date,
    /// The local date after the last.
    pub(super) to: Date,
    /// What is wrong with the address: the page is about something else.
    pub(super) problem: Option<&'static str>,
    /// Whether the address names dates.
    is_dated: bool,
    /// The rest of the address, of which the page itself knows what it means: sorting, its place in a list.
    own: Vec<(String, String)>,
    /// What whoever looks may open: a page links to nothing else.
    pub(super) role: Role,
}

impl Filter {
    /// Whether whoever looks may open a route.
    pub(super) fn may(&self, route: &str) -> bool {
        self.role >= roles::least(route)
    }

    /// Reads the query of an address at `now` (UTC seconds), for whoever has this role. What is wrong is told.
    pub(super) fn read(raw_query: &str, role: Role, now: i64) -> Self {
        let today = date_in_utc(now);
        let (mut from, mut last) = (None, None);
        let mut problem = None;
        let mut filter = Self {
            rooms: RoomFilter::default(),
            from: today,
            to: today,
            problem: None,
            is_dated: false,
            own: Vec::new(),
            role,
        };
        for (key, value) in form_urlencoded::parse(raw_query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let mut date = || {
                let date = value.parse::<Date>();
                if date.is_err() {
                    problem = Some("A date is written like 2026-03-01.");
                }
                date.ok()
            };
            match &*key {
                "from" => from = date(),
                "last" => last = date(),
                "building" => {
                    let name = if value == WITHOUT { "" } else { value };
                    filter.rooms.buildings.insert(name.to_owned());
                }
                "list" => {
                    filter.rooms.lists.insert(value.to_owned());
                }
                "tag" => {
                    filter.rooms.tags.insert(value.to_owned());
                }
                "seats" if Band::ALL.iter().any(|band| band.as_str() == value) => {
                    filter.rooms.seats.insert(value.to_owned());
                }
                "seats" => problem = Some("There is no such class of seats: all rooms are shown."),
                key => filter.own.push((key.to_owned(), value.to_owned())),
            }
        }
        filter.is_dated = from.is_some() || last.is_some();
        let last = last.unwrap_or_else(|| before(today, 1));
        let from = from.unwrap_or_else(|| before(last, USUAL - 1));
        let to = last.tomorrow().unwrap_or(last);
        (filter.from, filter.to) = (from, to);
        let days = filter.days();
        if !(1..=LONGEST).contains(&days) {
            problem = Some(if days < 1 {
                "The last day is before the first."
            } else {
                "The period is longer than ten years."
            });
            (filter.from, filter.to) = (before(today, USUAL), today);
            filter.is_dated = false;
        } else if from > today {
            problem = problem.or(Some("The period lies ahead: nothing of it is known yet."));
        }
        filter.problem = problem;
        filter
    }

    /// The number of days.
    pub(super) fn days(&self) -> i32 {
        self.from.until(self.to).map_or(0, |length| length.get_days())
    }

    /// What trends of the period compare with, in words.
    pub(super) fn days_before(&self) -> String {
        match self.days() {
            1 => "on the day before".to_owned(),
            days => format!("on the {days} days before"),
        }
    }

    /// The last date.
    pub(super) fn last(&self) -> Date {
        before(self.to, 1)
    }

    /// The same rooms at other dates.
    pub(super) fn at(&self, from: Date, to: Date) -> Self {
        Self {
            from,
            to,
            is_dated: true,
            ..self.clone()
        }
    }

    /// A report of the period.
    pub(super) fn ask(&self, by: By) -> AskedReport {
        AskedReport::of(by, self.from, self.to)
    }

    /// A report of as many days before the period.
    pub(super) fn ask_before(&self, by: By) -> AskedReport {
        AskedReport::of(by, before(self.from, self.days().into()), self.from)
    }

    /// A value of the page's own.
    pub(super) fn own(&self, key: &str) -> Option<&str> {
        self.own
            .iter()
            .find(|(own, _)| own == key)
            .map(|(_, value)| value.as_str())
    }

    /// A date of the page's own; none if the value is none that room calendars cover.
    pub(super) fn own_date(&self, key: &str) -> Option<Date> {
        let date: Date = self.own(key)?.parse().ok()?;
        YEARS.contains(&date.year().into()).then_some(date)
    }

    /// The address of a page about the same, with values of its own that are not empty.
    pub(super) fn link(&self, path: &str, own: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.is_dated {
            query.append_pair("from", &self.from.to_string());
            query.append_pair("last", &self.last().to_string());
        }
        self.append_rooms(&mut query);
        query.extend_pairs(own.iter().filter(|(_, value)| !value.is_empty()));
        with(path, &query.finish())
    }

    /// The address of a page about the same rooms, and the usual dates.
    pub(super) fn undated(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        self.append_rooms(&mut query);
        with(path, &query.finish())
    }

    /// How whoever looks wants to see the page.
    fn choices(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.own.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        own.filter(|(key, _)| CHOICES.contains(key))
    }

    /// The address of the same page about the same rooms, and other dates.
    fn dated(&self, path: &str, (from, last): (Date, Date)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("from", &from.to_string());
        query.append_pair("last", &last.to_string());
        self.append_rooms(&mut query);
        query.extend_pairs(self.choices());
        with(path, &query.finish())
    }

    /// The address of a page about one building, and the same dates.
    pub(super) fn of_building(&self, path: &str, building: &str) -> String {
        let one = Self {
            rooms: RoomFilter {
                buildings: BTreeSet::from([building.to_owned()]),
                ..self.rooms.clone()
            },
            ..self.clone()
        };
        one.link(path, &[])
    }

    fn append_rooms(&self, query: &mut form_urlencoded::Serializer<'_, String>) {
        for building in &self.rooms.buildings {
            query.append_pair("building", if building.is_empty() { WITHOUT } else { building });
        }
        for list in &self.rooms.lists {
            query.append_pair("list", list);
        }
        for tag in &self.rooms.tags {
            query.append_pair("tag", tag);
        }
        for seats in &self.rooms.seats {
            query.append_pair("seats", seats);
        }
    }

    /// Whether it leaves out rooms.
    pub(super) fn is_narrow(&self) -> bool {
        self.rooms != RoomFilter::default()
    }

    /// The form that changes it, with shortcuts, and what is shown now.
    pub(super) fn form(&self, path: &str, view: &Selection, now: i64) -> Markup {
        self.form_with(path, view, now, true)
    }

    /// The same for a page to which seats do not matter: they are only shown if another page has chosen some.
    pub(super) fn form_of_rooms(&self, path: &str, view: &Selection, now: i64) -> Markup {
        self.form_with(path, view, now, !self.rooms.seats.is_empty())
    }

    fn form_with(&self, path: &str, view: &Selection, now: i64, has_seats: bool) -> Markup {
        html! {
            form.filter method="get" action=(path) {
                @for (key, value) in self.choices() { input type="hidden" name=(key) value=(value); }
                // One building is no choice.
                @if view.buildings.len() > 1 || !self.rooms.buildings.is_empty() {
                    (choice("building", "Building", &self.rooms.buildings, &names(&view.buildings)))
                }
                @if !view.lists.is_empty() {
                    (choice("list", "Room list", &self.rooms.lists, &names(&view.lists)))
                }
                @if !view.tags.is_empty() { (choice("tag", "Tag", &self.rooms.tags, &names(&view.tags))) }
                @if has_seats { (choice("seats", "Seats", &self.rooms.seats, &Band::ALL.map(Band::as_str))) }
                div.dates {
                    div.field {
                        label for="from" { "From" }
                        input #from type="date" name="from" value=(self.from);
                    }
                    div.field {
                        label for="last" { "To" }
                        input #last type="date" name="last" value=(self.last());
                    }
                }
                div.actions {
                    button type="submit" { "Show" }
                    @if self.is_narrow() || self.is_dated { a href=(path) { "Reset" } }
                }
            }
            @if let Some(problem) = self.problem { p.problem role="alert" { (problem) } }
            div.period {
                p {
                    strong { (self.words()) }
                    @if view.all_rooms == 0 { ", no rooms yet" }
                    @else if view.rooms.len() == view.all_rooms {
                        @if view.all_rooms > 1 { ", all " } @else { ", " }
                        (counted(view.all_rooms as u64, "room"))
                    }
                    @else { ", " (counted(view.rooms.len() as u64, "room")) " of " (view.all_rooms) }
                    ", " (zones(view)) "."
                    @if !view.has_zone && view.rooms.iter().any(|room| room.zone == UTC) {
                        " Nobody chose a time zone"
                        @if self.may("/infrastructure") { ": set " code { "time-zone" } " in the configuration file" }
                        "."
                    }
                }
                nav.paging aria-label="Periods" {
                    span.muted { "Last" }
                    @for (days, words) in PERIODS {
                        @let dates = (before(date_in_utc(now), days), before(date_in_utc(now), 1));
                        a href=(self.dated(path, dates)) aria-current=[((self.from, self.last()) == dates).then_some("true")] { (words) }
                    }
                }
            }
        }
    }

    /// The period in words: `1 – 28 November 2026`.
    pub(super) fn words(&self) -> String {
        period(self.from, self.last())
    }
}

/// Whose dates and hours figures are about, in words.
pub(super) fn zones(view: &Selection) -> String {
    let zones: BTreeSet<&str> = view.rooms.iter().map(|room| room.zone.as_str()).collect();
    match zones.first() {
        Some(&zone) if zones.len() == 1 => format!("dates and hours of {}", plain(zone)),
        Some(_) => format!(
            "dates and hours of where each room is ({})",
            counted(zones.len() as u64, "time zone")
        ),
        None => format!("dates and hours of {UTC}"),
    }
}

/// The dates of a period in words.
pub(super) fn period(from: Date, last: Date) -> String {
    let end = last.strftime("%-d %B %Y");
    if from == last {
        end.to_string()
    } else if (from.year(), from.month()) == (last.year(), last.month()) {
        format!("{} – {end}", from.day())
    } else if from.year() == last.year() {
        format!("{} – {end}", from.strftime("%-d %B"))
    } else {
        format!("{} – {end}", from.strftime("%-d %B %Y"))
    }
}

/// The date some days before.
pub(super) fn before(date: Date, days: i64) -> Date {
    date.checked_sub(days.days()).unwrap_or(date)
}

fn with(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// A field that chooses one of some values, or all. More that are chosen, or that there are not any more, stay chosen.
fn choice(key: &str, label: &str, chosen: &BTreeSet<String>, all: &[&str]) -> Markup {
    let gone = chosen
        .iter()
        .map(String::as_str)
        .filter(|value| !all.contains(value));
    let is_several = chosen.len() > 1;
    let words = |value: &str| match (key, value) {
        ("building", "") => "no building".to_owned(),
        ("seats", key) => super::words::seats(key).to_owned(),
        _ => plain(value),
    };
    html! {
        div.field {
            label for=(key) { (label) }
            select id=(key) name=(key) multiple[is_several] {
                option value="" { "all" }
                @for value in all.iter().copied().chain(gone) {
                    option value=(if value.is_empty() { WITHOUT } else { value }) selected[chosen.contains(value)] { (words(value)) }
                }
            }
        }
    }
}

fn names(all: &BTreeSet<String>) -> Vec<&str> {
    let mut names: Vec<&str> = all.iter().map(String::as_str).collect();
    names.sort_by(|one, other| natural_order(one, other));
    names
}

/// What a page says where no room is left.
pub(super) fn nothing(view: &Selection, filter: &Filter, path: &str) -> Markup {
    html! {
        section.card.empty {
            @if view.all_rooms == 0 {
                h2 { "No rooms yet" }
                p {
                    "Figures appear after the first collection. "
                    @if filter.may("/infrastructure") { a href="/infrastructure" { "Set up a source of rooms" } }
                }
            } @else {
                h2 { "No rooms match these filters" }
                p { "There are " (counted(view.all_rooms as u64, "room")) " in all. " a href=(path) { "Show all rooms" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 10:00 UTC, a Monday.
    const NOW: i64 = 1_796_032_800;

    fn read(query: &str) -> Filter {
        Filter::read(query, Role::Viewer, NOW)
    }

    #[test]
    fn without_dates_a_page_is_about_the_last_four_weeks() {
        let filter = read("");
        assert_eq!(
            (filter.from.to_string(), filter.last().to_string()),
            ("2026-11-02".into(), "2026-11-29".into())
        );
        assert_eq!(filter.days(), 28);
        let earlier = filter.ask_before(By::All);
        assert_eq!(
            (earlier.from.to_string(), earlier.to),
            ("2026-10-05".into(), filter.from)
        );
        assert_eq!(filter.link("/x", &[]), "/x");
    }

    #[test]
    fn a_page_says_whose_hours_it_shows() {
        let mut view = crate::tests::workplace::Workplace::new().select(&RoomFilter::default(), &[]);
        assert_eq!(zones(&view), "dates and hours of UTC");
        view.rooms[0].zone = "Europe/Berlin".into();
        assert_eq!(
            zones(&view),
            "dates and hours of where each room is (2 time zones)"
        );
        view.rooms.truncate(1);
        assert_eq!(zones(&view), "dates and hours of Europe/Berlin");
    }

    #[test]
    fn choices_stay_when_other_dates_are_chosen_and_a_place_in_a_list_does_not() {
        let filter = read("sort=used&page=3&by=room");
        let dates = (before(filter.from, 7), filter.from);
        assert!(filter.dated("/x", dates).ends_with("&sort=used&by=room"));
    }

    #[test]
    fn rooms_and_dates_stay_in_the_address() {
        let query =
            "from=2026-03-01&last=2026-03-31&building=H%26Q&building=-&list=hq%40x&tag=floor+2&seats=5-8";
        let filter = read(query);
        assert_eq!(
            filter.rooms.buildings,
            BTreeSet::from([String::new(), "H&Q".into()])
        );
        let link = filter.link("/x", &[("sort", "used"), ("page", "")]);
        assert_eq!(read(link.split_once('?').unwrap().1).rooms, filter.rooms);
        assert!(
            link.contains("from=2026-03-01&last=2026-03-31") && link.ends_with("&sort=used"),
            "{link}"
        );
        assert_eq!(filter.words(), "1 – 31 March 2026");
    }

    #[test]
    fn what_is_no_period_is_told_and_the_usual_one_is_shown() {
        for (query, said) in [
            ("from=2026-03-02&last=2026-03-01", "before the first"),
            ("from=tomorrow", "written like"),
            ("from=1990-01-01&last=2026-01-01", "longer than ten years"),
        ] {
            let filter = read(query);
            assert!(
                filter.problem.unwrap().contains(said),
                "{query}: {:?}",
                filter.problem
            );
            assert_eq!(filter.days(), 28, "{query}");
        }
        assert_eq!(read("seats=3-5&building=").rooms, RoomFilter::default());
    }

    #[test]
    fn a_period_is_told_in_as_few_words_as_it_needs() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        for (from, last, said) in [
            ("2026-03-01", "2026-03-01", "1 March 2026"),
            ("2026-02-27", "2026-03-01", "27 February – 1 March 2026"),
            ("2025-12-30", "2026-03-01", "30 December 2025 – 1 March 2026"),
        ] {
            assert_eq!(period(date(from), date(last)), said);
        }
    }
}
