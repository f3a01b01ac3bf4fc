//! A month that is closed: the figures that were reported, and what became different since.

use collector_insights::closed::{ClosedMonth, FigureChange};
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use super::words::{building, dash, duration};
use crate::pages::elements::{counted, foreign, instant};

/// Where the pages are.
pub(super) const PATH: &str = "/insights/months";
/// Changes that are listed.
const SHOWN: usize = 500;

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

/// The page of a closed month, with the way back to the reports.
pub(super) fn page(closed: &ClosedMonth, back: &str) -> Markup {
    let groups = closed.report.get("groups").and_then(Value::as_array);
    html! {
        nav aria-label="Breadcrumb" { p { a href=(back) { "Reports" } " / closed months" } }
        h1 { (name(&closed.month)) }
        p { "Closed on " (instant(closed.closed_at)) ". These figures stay as they were then, whatever comes later." }
        div.table tabindex="0" role="region" aria-label="Figures of then" {
            table.stack.figures {
                thead {
                    tr { th scope="col" { "Building" } @for (_, words) in FIGURES { th.number scope="col" { (words) } } }
                }
                tbody {
                    @for group in groups.into_iter().flatten() {
                        tr {
                            th scope="row" { (building(group.get("key").and_then(Value::as_str).unwrap_or_default())) }
                            @for (figure, words) in FIGURES { td.number data-label=(words) { (shown(figure, at(group, figure))) } }
                        }
                    }
                }
            }
        }
        section aria-labelledby="later" {
            h2 #later { "What changed later" }
            @if closed.changes.is_empty() { p { "Nothing: computed anew today, all figures are the same." } } @else {
                p.muted {
                    (counted(closed.changes.len() as u64, "figure")) " would be different today: records came late, or rooms, hours or joins changed."
                }
                (changes(&closed.changes))
            }
        }
    }
}

fn changes(changes: &[FigureChange]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Table of changes" {
            table.stack.figures {
                thead {
                    tr { th scope="col" { "Building" } th scope="col" { "Figure" } th.number scope="col" { "Then" } th.number scope="col" { "Today" } }
                }
                tbody {
                    @for change in changes.iter().take(SHOWN) {
                        tr {
                            th scope="row" { (building(&change.building)) }
                            td data-label="Figure" { code { (foreign(&change.figure)) } }
                            td.number data-label="Then" { (shown(&change.figure, Some(&change.then))) }
                            td.number data-label="Today" { (shown(&change.figure, Some(&change.now))) }
                        }
                    }
                }
            }
        }
        @if changes.len() > SHOWN { p.muted { "The first " (SHOWN) " are shown." } }
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

/// A value as it is read: rates in percent.
fn shown(figure: &str, value: Option<&Value>) -> Markup {
    let is_rate = figure.contains("_rate") || matches!(figure, "coverage" | "seat_fill");
    match value {
        None | Some(Value::Null) => dash("not known"),
        Some(Value::Number(number)) if is_rate => {
            let percent = number.as_f64().unwrap_or_default() * 100.0;
            html! { (format!("{percent:.2} %")) }
        }
        Some(Value::Number(seconds)) if figure.ends_with("_seconds") => {
            html! { (duration(seconds.as_i64().unwrap_or_default())) }
        }
        Some(Value::Array(list)) => html! { (list.len()) " entries" },
        Some(Value::String(text)) => foreign(text),
        Some(value) => foreign(&value.to_string()),
    }
}
