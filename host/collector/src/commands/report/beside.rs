//! The figures of other products beside ours, as `--profile` asks for them.

use std::io::{self, Write};

use collector_insights::group::By;
use collector_insights::profile::{Figure, Free, Profile, Value};
use collector_insights::report::{GroupReport, Report};

use super::{NONE, bounds, head, key, percent};
use crate::output::plain_table;

/// Prints a row for each figure of theirs, with the nearest of ours.
pub(super) fn table(report: &Report, by: By, profiles: &[Profile], out: &mut impl Write) -> io::Result<()> {
    let mut rows = Vec::new();
    for group in &report.groups {
        // Group and product are printed once, at their first figure.
        let mut group_name = key(group);
        for profile in profiles {
            let mut product = profile.name();
            for figure in profile.figures() {
                let show =
                    |value: Option<Value>| value.map_or_else(|| NONE.to_owned(), |value| text(&value, group));
                rows.push(vec![
                    std::mem::take(&mut group_name),
                    std::mem::take(&mut product).to_owned(),
                    figure.name().to_owned(),
                    show(figure.theirs(group, by)),
                    show(figure.ours(group)),
                    figure.nearest().to_owned(),
                ]);
            }
        }
    }
    let header = [head(by), "Product", "Figure", "Theirs", "Ours", "Our figure"];
    plain_table(&header, &rows, out)
}

/// The columns of CSV.
pub(super) fn names(profiles: &[Profile]) -> Vec<String> {
    figures(profiles)
        .map(|(profile, figure)| name(profile, figure))
        .collect()
}

/// The columns of CSV with the values of a group.
pub(super) fn columns<'a>(
    group: &'a GroupReport,
    by: By,
    profiles: &'a [Profile],
) -> impl Iterator<Item = (String, Option<Value>)> + 'a {
    figures(profiles).map(move |(profile, figure)| (name(profile, figure), figure.theirs(group, by)))
}

fn figures(profiles: &[Profile]) -> impl Iterator<Item = (Profile, Figure)> + '_ {
    let of = |profile: &Profile| {
        let profile = *profile;
        profile.figures().iter().map(move |figure| (profile, *figure))
    };
    profiles.iter().flat_map(of)
}

fn name(profile: Profile, figure: Figure) -> String {
    format!("{}.{}", profile.as_str(), figure.as_str())
}

fn text(value: &Value, group: &GroupReport) -> String {
    match value {
        Value::Count(count) => count.to_string(),
        Value::Seconds(seconds) => format!("{} min", (seconds + 30) / 60),
        Value::Rate(rate) => percent(Some(*rate)),
        Value::Bounds(rate) => bounds(*rate),
        Value::Free(all) if all.is_empty() => NONE.to_owned(),
        Value::Free(all) => {
            let texts: Vec<String> = all.iter().map(|one| free(one, group)).collect();
            texts.join(", ")
        }
    }
}

/// `HQ 5-8: 1–2 of 4`, without the building if the group is that building.
fn free(free: &Free, group: &GroupReport) -> String {
    let left = match (free.lower, free.upper) {
        (Some(lower), Some(upper)) if lower == upper => lower.to_string(),
        (Some(lower), Some(upper)) => format!("{lower}–{upper}"),
        _ => NONE.to_owned(),
    };
    let (building, seats, rooms) = (&free.building, free.seats, free.rooms);
    match *building == group.key {
        true => format!("{seats}: {left} of {rooms}"),
        false => format!("{building} {seats}: {left} of {rooms}"),
    }
}
