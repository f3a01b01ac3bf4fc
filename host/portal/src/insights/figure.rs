//! Figures of reports by their names there: in words, with units, and how much they changed.

use maud::{Markup, html};
use serde_json::Value;

use super::words::{count, dash, defined, duration};
use crate::pages::elements::foreign;

/// Figures in words, those first that are looked at most. What is left of a dot has the definition.
const NAMES: [(&str, &str); 57] = [
    ("rooms", "Rooms"),
    ("booked_rate", "Booked"),
    ("used_rate.value", "Used"),
    ("used_rate.lower", "Used, at least"),
    ("used_rate.upper", "Used, at most"),
    ("held_empty_rate", "Held but empty"),
    ("no_show_rate.value", "No-shows"),
    ("no_show_rate.lower", "No-shows, at least"),
    ("no_show_rate.upper", "No-shows, at most"),
    ("no_show_seconds", "Booked for nobody"),
    ("coverage", "Known"),
    ("rooms_observed", "Rooms observed"),
    ("open_seconds", "Open time"),
    ("unread_seconds", "Open time not read"),
    ("cells.booked_occupied", "Booked and occupied"),
    ("cells.booked_vacant", "Booked and vacant"),
    ("cells.booked_unknown", "Booked, use unknown"),
    ("cells.unbooked_occupied", "Not booked and occupied"),
    ("cells.unbooked_vacant", "Not booked and vacant"),
    ("cells.unbooked_unknown", "Not booked, use unknown"),
    (
        "occupied_unwitnessed_seconds",
        "Occupied by calls or presentations alone",
    ),
    ("outside.booked", "Booked outside of open time"),
    ("outside.occupied", "Occupied outside of open time"),
    ("conflict_seconds", "A call, and nobody counted"),
    ("bookings.attended", "Meetings attended"),
    ("bookings.no-show", "Meetings with no-show"),
    ("bookings.brief", "Meetings attended briefly"),
    ("bookings.unknown", "Meetings nobody can judge"),
    ("bookings.block", "Blocks"),
    ("bookings.no-activity", "Meetings without activity"),
    ("bookings.released-empty", "Meetings released empty"),
    ("bookings.cancelled-late", "Meetings cancelled late"),
    (
        "bookings.cancelled-after-start",
        "Meetings cancelled after their start",
    ),
    ("bookings.cancelled-early", "Meetings cancelled early"),
    ("bookings.not-counted", "Meetings not counted"),
    ("given_back_seconds", "Given back late"),
    ("reused_seconds", "Given back and used again"),
    ("unbooked_sessions.count", "Used without a booking, sessions"),
    ("unbooked_sessions.seconds", "Used without a booking"),
    ("late_start.count", "Late starts"),
    ("late_start.seconds", "Late starts, time"),
    ("early_end.count", "Early ends"),
    ("early_end.seconds", "Early ends, time"),
    ("party.bookings", "Meetings whose people were counted"),
    ("party.median", "People, half of the meetings up to"),
    ("party.p90", "People, 90 % of the meetings up to"),
    ("seat_fill", "Seats filled"),
    ("fit.too-big", "Rooms too big"),
    ("fit.roomy", "Rooms roomy"),
    ("fit.fits", "Rooms that fit"),
    ("fit.too-small", "Rooms too small"),
    ("in_use", "Rooms in use at once"),
    ("full_seconds", "Full"),
    ("false_full_seconds", "Falsely full"),
    ("release_curve", "Release of rooms that stay empty"),
    ("lead_time", "Lead time"),
    ("zombies", "Zombie series"),
];

/// The place of a figure among those that are looked at most; those without words come last.
pub(super) fn place(figure: &str) -> usize {
    NAMES
        .iter()
        .position(|(name, _)| *name == figure)
        .unwrap_or(NAMES.len())
}

/// A figure in words, as a link to its definition.
pub(super) fn named(figure: &str) -> Markup {
    match NAMES.iter().find(|(name, _)| *name == figure) {
        Some((name, words)) => defined(name.split('.').next().unwrap_or(name), words),
        None => html! { code { (foreign(figure)) } },
    }
}

/// What a figure is counted in.
enum Unit {
    Rate,
    Seconds,
    Number,
}

fn unit(figure: &str) -> Unit {
    let is_rate = figure.contains("_rate") || matches!(figure, "coverage" | "seat_fill");
    let is_time = figure.ends_with("seconds")
        || figure == "lead_time"
        || ["cells.", "outside."].iter().any(|sums| figure.starts_with(sums));
    match (is_rate, is_time) {
        (true, _) => Unit::Rate,
        (_, true) => Unit::Seconds,
        _ => Unit::Number,
    }
}

/// A figure as it is read: with both decimals, since changes are small.
pub(super) fn shown(figure: &str, value: Option<&Value>) -> Markup {
    let whole = value.and_then(Value::as_i64);
    match (unit(figure), value) {
        (_, None | Some(Value::Null)) => dash("not known"),
        (Unit::Rate, Some(Value::Number(rate))) => {
            html! { (format!("{:.2} %", rate.as_f64().unwrap_or_default() * 100.0)) }
        }
        (Unit::Seconds, _) if whole.is_some() => html! { (duration(whole.unwrap_or_default())) },
        (Unit::Number, _) if whole.is_some() => html! { (count(whole.unwrap_or_default())) },
        (_, Some(Value::Array(_))) => html! { small.muted { "in the file" } },
        (_, Some(Value::String(text))) => foreign(text),
        (_, Some(value)) => foreign(&value.to_string()),
    }
}

/// How much a figure changed: `+1.25 points`, `−12 min`; nothing if one of the two is not known.
pub(super) fn change(figure: &str, then: &Value, now: &Value) -> Option<String> {
    let (one, other) = (then.as_f64()?, now.as_f64()?);
    let by = other - one;
    let sign = if by < 0.0 { "−" } else { "+" };
    Some(match (unit(figure), then.as_i64(), now.as_i64()) {
        (Unit::Rate, ..) => format!("{sign}{:.2} points", by.abs() * 100.0),
        (Unit::Seconds, Some(one), Some(other)) => match (other - one).abs() {
            0..60 => format!("{sign}{} s", (other - one).abs()),
            seconds => format!("{sign}{}", duration(seconds)),
        },
        (_, Some(one), Some(other)) => format!("{sign}{}", count((other - one).abs())),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use collector_insights::definitions::sections;
    use collector_insights::report::{Bounds, GroupReport, Outside, Party, Times};
    use collector_insights::sums::Cells;
    use serde_json::json;

    use super::*;

    /// The names of all figures of a group.
    fn all() -> Vec<String> {
        let group = GroupReport {
            cells: Some(Cells::default()),
            outside: Some(Outside::default()),
            used_rate: Some(Bounds::default()),
            unbooked_sessions: Some(Times::default()),
            party: Some(Party::default()),
            fit: Some(Default::default()),
            ..GroupReport::default()
        };
        let group = serde_json::to_value(&group).unwrap();
        let group = group.as_object().unwrap().iter().filter(|(key, _)| *key != "key");
        group
            .flat_map(|(key, value)| match value.as_object() {
                Some(inner) => inner.keys().map(|name| format!("{key}.{name}")).collect(),
                None => vec![key.clone()],
            })
            .collect()
    }

    #[test]
    fn each_figure_has_words_and_a_definition() {
        let sections = sections();
        let anchors: Vec<&str> = sections
            .iter()
            .flat_map(|section| &section.definitions)
            .map(|definition| definition.anchor.as_str())
            .collect();
        for figure in all() {
            assert!(place(&figure) < NAMES.len(), "{figure}");
            let anchor = figure.split('.').next().unwrap();
            assert!(anchors.contains(&anchor), "{figure}");
        }
        assert_eq!(all().len(), NAMES.len());
    }

    #[test]
    fn a_change_is_told_in_the_unit_of_its_figure() {
        for (figure, then, now, told) in [
            ("used_rate.value", json!(0.3), json!(0.3125), Some("+1.25 points")),
            ("no_show_seconds", json!(7200), json!(3600), Some("−1 h")),
            ("cells.booked_vacant", json!(10), json!(52), Some("+42 s")),
            ("bookings.no-show", json!(1), json!(1_201), Some("+1,200")),
            ("coverage", json!(null), json!(0.5), None),
            ("in_use", json!([]), json!([1]), None),
        ] {
            assert_eq!(change(figure, &then, &now).as_deref(), told, "{figure}");
        }
        assert_eq!(shown("coverage", Some(&json!(0.31254))).into_string(), "31.25 %");
        assert_eq!(shown("lead_time", Some(&json!(9_000))).into_string(), "2.5 h");
    }

    #[test]
    fn a_figure_of_another_version_is_text() {
        let page = named("<script>").into_string() + &shown("<b>", Some(&json!("<i>"))).into_string();
        assert!(!page.contains("<script>") && !page.contains("<i>"), "{page}");
    }
}
