//! A month that is closed: the figures that were reported, and what became different since. A page shows the part that is read; files have all of it.

use std::collections::BTreeMap;

use collector_insights::closed::{ClosedMonth, FigureChange, TOTAL};
use collector_store::natural_order;
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use super::figure::{change, named, place, shown};
use super::words::{building, count, dash};
use crate::pages::elements::{counted, instant};

/// Where the pages are.
pub(super) const PATH: &str = "/insights/months";
/// Buildings, or figures of all rooms, that each table shows.
const SHOWN: usize = 20;
/// What says that a building was not there: the name of its group.
const KEY: &str = "key";

/// The figures that the page shows of each building, by their names in reports.
const FIGURES: [(&str, &str); 7] = [
    ("rooms", "Rooms"),
    ("booked_rate", "Booked"),
    ("used_rate.value", "Used"),
    ("held_empty_rate", "Held empty"),
    ("no_show_rate.value", "No-shows"),
    ("coverage", "Known"),
    ("unread_seconds", "Not read"),
];

/// Where what changed in a month is saved from, and where the whole month is.
const CHANGES: &str = "changes.csv";
const WHOLE: &str = "month.json";

fn file(month: &str, name: &str) -> String {
    format!("{PATH}/{month}/{name}")
}

/// The page of a closed month, with the way back to the reports.
pub(super) fn page(closed: &ClosedMonth, back: &str) -> Markup {
    html! {
        nav aria-label="Breadcrumb" { p { a href=(back) { "Reports" } " / closed months" } }
        h1 { (name(&closed.month)) }
        p { "Closed on " (instant(closed.closed_at)) ". These figures stay as they were then, whatever comes later." }
        (reported(closed))
        section aria-labelledby="later" {
            h2 #later { "What changed later" }
            @if closed.changes.is_empty() { p { "Nothing: computed anew today, all figures are the same." } } @else { (changes(closed)) }
        }
        p.take-away {
            "What was reported and what changed later as " a href=(file(&closed.month, WHOLE)) { "JSON" }
            "; what changed later, each figure in a row, as " a href=(file(&closed.month, CHANGES)) { "CSV" } "."
        }
    }
}

fn reported(closed: &ClosedMonth) -> Markup {
    let groups = closed.report.get("groups").and_then(Value::as_array);
    let mut groups: Vec<(&str, &Value)> = groups
        .into_iter()
        .flatten()
        .map(|group| (group.get(KEY).and_then(Value::as_str).unwrap_or_default(), group))
        .collect();
    groups.sort_by(|(one, _), (other, _)| natural_order(one, other));
    let line = |name: Markup, group: &Value| {
        html! {
            tr {
                th scope="row" { (name) }
                @for (figure, words) in FIGURES { td.number data-label=(words) { (shown(figure, at(group, figure))) } }
            }
        }
    };
    html! {
        div.table tabindex="0" role="region" aria-label="Figures of then" {
            table.stack.figures.cells {
                thead {
                    tr { th scope="col" { "Building" } @for (_, words) in FIGURES { th.number scope="col" { (words) } } }
                }
                tbody {
                    @if let Some(total) = closed.report.get(TOTAL) { (line(html! { "All rooms" }, total)) }
                    @for (name, group) in groups.iter().take(SHOWN) { (line(building(name), group)) }
                }
            }
        }
        (more(groups.len(), "building"))
    }
}

/// That there are more than the table shows.
fn more(all: usize, word: &str) -> Markup {
    let left = all.saturating_sub(SHOWN);
    html! { @if left > 0 { p.muted { "And " (counted(left as u64, &format!("more {word}"))) ": the files have all." } } }
}

fn changes(closed: &ClosedMonth) -> Markup {
    let is_figure = |change: &&FigureChange| change.figure != KEY;
    let mut all: Vec<&FigureChange> = closed
        .changes
        .iter()
        .filter(|change| change.building.is_none())
        .filter(is_figure)
        .collect();
    all.sort_by_key(|change| place(&change.figure));
    let mut by_building: BTreeMap<&str, Vec<&FigureChange>> = BTreeMap::new();
    for change in &closed.changes {
        if let Some(building) = &change.building {
            by_building.entry(building).or_default().push(change);
        }
    }
    let mut buildings: Vec<(&str, Vec<&FigureChange>)> = by_building.into_iter().collect();
    buildings.sort_by(|(one, _), (other, _)| natural_order(one, other));
    let figures = closed.changes.iter().filter(is_figure).count();
    let is_total_kept = closed.report.get(TOTAL).is_some();
    html! {
        p {
            (counted(figures as u64, "figure")) " of " (counted(buildings.len() as u64, "building"))
            @if !all.is_empty() { " and of all rooms" }
            " would be different today: records came late, or rooms, hours or joins changed."
        }
        h3 { "All rooms" }
        @if !is_total_kept { p.muted { "When this month was closed, only figures of buildings were kept." } }
        @else if all.is_empty() { p.muted { "All rooms together have the same figures." } }
        @else { (of_all(&all)) }
        @if !buildings.is_empty() {
            h3 { "Buildings" }
            (of_buildings(&buildings))
        }
    }
}

fn of_all(changes: &[&FigureChange]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="What changed of all rooms" {
            table.stack.figures.cells {
                thead {
                    tr { th scope="col" { "Figure" } th.number scope="col" { "Then" } th.number scope="col" { "Today" } th.number scope="col" { "Change" } }
                }
                tbody {
                    @for one in changes.iter().take(SHOWN) {
                        tr {
                            th scope="row" { (named(&one.figure)) }
                            td.number data-label="Then" { (shown(&one.figure, Some(&one.then))) }
                            td.number data-label="Today" { (shown(&one.figure, Some(&one.now))) }
                            td.number data-label="Change" { (change(&one.figure, &one.then, &one.now).unwrap_or_default()) }
                        }
                    }
                }
            }
        }
        (more(changes.len(), "figure"))
    }
}

fn of_buildings(buildings: &[(&str, Vec<&FigureChange>)]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="What changed of buildings" {
            table.stack.figures.cells {
                thead {
                    tr {
                        th scope="col" { "Building" }
                        @for (_, words) in FIGURES { th.number scope="col" { (words) } }
                        th.number scope="col" { "Others" }
                    }
                }
                tbody {
                    @for (name, changes) in buildings.iter().take(SHOWN) { tr { th scope="row" { (building(name)) } (of_building(changes)) } }
                }
            }
        }
        (more(buildings.len(), "building"))
    }
}

fn of_building(changes: &[&FigureChange]) -> Markup {
    let find = |figure: &str| changes.iter().find(|change| change.figure == figure);
    if let Some(key) = find(KEY) {
        return html! {
            td colspan=(FIGURES.len() + 1) {
                @if key.then.is_null() { "was not there when the month was closed" } @else { "is not there any more, at least not by this name" }
            }
        };
    }
    let shown_ones = FIGURES.iter().filter(|(figure, _)| find(figure).is_some());
    let others = changes.len() - shown_ones.count();
    html! {
        @for (figure, words) in FIGURES {
            td.number data-label=(words) {
                @match find(figure) {
                    Some(one) => {
                        (shown(figure, Some(&one.then))) " → " (shown(figure, Some(&one.now)))
                        @if let Some(change) = change(figure, &one.then, &one.now) { small.muted { (change) } }
                    }
                    None => (dash("same")),
                }
            }
        }
        td.number data-label="Others" { (count(i64::try_from(others).unwrap_or(i64::MAX))) small.muted { "in the files" } }
    }
}

/// A month in words.
pub(super) fn name(month: &str) -> String {
    match format!("{month}-01").parse::<Date>() {
        Ok(first) => first.strftime("%B %Y").to_string(),
        Err(_) => month.to_owned(),
    }
}

/// A figure of a group, by its name with dots.
fn at<'a>(group: &'a Value, figure: &str) -> Option<&'a Value> {
    figure.split('.').try_fold(group, |value, key| value.get(key))
}
