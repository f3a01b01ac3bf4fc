//! The heat map of a week: how much rooms were used at each hour of each day, and where nobody knows. It is a table, so that everybody can read it.

use collector_insights::hours::WEEKDAYS;
use collector_insights::report::GroupReport;
use maud::{Markup, html};

use super::words::{percent, range, weekday};

/// Steps of the colour. The stylesheet has a class for each.
const STEPS: i64 = 6;
/// A cell is hatched if less than this is known, in ten-thousandths.
const HALF: i64 = 5_000;

/// The heat map of groups by hour of the week. Hours that are never open are left out.
pub(super) fn week(groups: &[GroupReport]) -> Markup {
    let is_open = |group: &&GroupReport| group.open_seconds.is_some_and(|open| open > 0);
    let open: Vec<(&str, &str, &GroupReport)> = groups
        .iter()
        .filter(is_open)
        .filter_map(|group| group.key.split_once(' ').map(|(day, hour)| (day, hour, group)))
        .collect();
    let mut hours: Vec<&str> = open.iter().map(|(_, hour, _)| *hour).collect();
    hours.sort_unstable();
    hours.dedup();
    let days: Vec<&str> = WEEKDAYS
        .iter()
        .map(|(key, _)| *key)
        .filter(|key| open.iter().any(|(day, ..)| day == key))
        .collect();
    if days.is_empty() {
        return html! { p.muted { "No open time in this period." } };
    }
    html! {
        div.table tabindex="0" role="region" aria-label="Used time by day of the week and hour" {
            table.heat {
                caption.unseen { "Used time by day of the week and hour" }
                thead {
                    tr {
                        td {}
                        @for hour in &hours { th scope="col" { (hour) } }
                    }
                }
                tbody {
                    @for key in &days {
                        tr {
                            th scope="row" { (weekday(key)) }
                            @for hour in &hours {
                                (cell(weekday(key), hour, open.iter().find(|(day, at, _)| day == key && at == hour).map(|(.., group)| *group)))
                            }
                        }
                    }
                }
            }
        }
        (key())
    }
}

fn cell(day: &str, hour: &str, group: Option<&GroupReport>) -> Markup {
    let Some(group) = group else {
        return html! { td.closed {} };
    };
    let used = group.used_rate.and_then(|bounds| bounds.value);
    let coverage = group.coverage.map_or(0, |rate| rate.ten_thousandths());
    match used {
        None => {
            html! { td.blank title={ (day) " " (hour) ":00: nothing known" } { span.unseen { "nothing known" } } }
        }
        Some(used) => {
            let step = (used.ten_thousandths() * STEPS / 10_000).min(STEPS - 1);
            let known = group.coverage.map_or_else(String::new, percent);
            let possible = group
                .used_rate
                .as_ref()
                .and_then(range)
                .map_or_else(String::new, |range| format!(" ({range} possible)"));
            let told = format!(
                "{day} {hour}:00: used {}{possible}, known for {known} of the time",
                percent(used)
            );
            html! {
                td class={ "heat-" (step) @if coverage < HALF { " partly" } } title=(told) {
                    ((used.ten_thousandths() + 50) / 100) span.unseen { " %" (possible) }
                }
            }
        }
    }
}

fn key() -> Markup {
    html! {
        p.key.muted {
            span aria-hidden="true" { @for step in 0..STEPS { span class={ "sample heat-" (step) } {} } }
            " 0 to 100 % used "
            span.sample.heat-2.partly aria-hidden="true" {} " less than half known "
            span.sample.blank aria-hidden="true" {} " nothing known"
        }
    }
}

#[cfg(test)]
mod tests {
    use collector_insights::rank::Rate;
    use collector_insights::report::Bounds;

    use super::*;

    fn group(key: &str, used: Option<i64>, coverage: i64) -> GroupReport {
        GroupReport {
            key: key.into(),
            open_seconds: Some(3_600),
            coverage: Rate::of(coverage, 100),
            used_rate: Some(Bounds {
                value: used.and_then(|used| Rate::of(used, 100)),
                ..Bounds::default()
            }),
            ..GroupReport::default()
        }
    }

    #[test]
    fn what_nobody_knows_is_never_the_lightest_colour() {
        let closed = GroupReport {
            open_seconds: Some(0),
            ..group("sun 03", Some(0), 100)
        };
        let page = week(&[
            group("mon 09", Some(0), 100),
            group("mon 10", None, 0),
            group("tue 09", Some(100), 30),
            closed,
        ])
        .into_string();
        assert!(page.contains(
            "<td class=\"heat-0\" title=\"Monday 09:00: used 0 %, known for 100 % of the time\">0"
        ));
        assert!(page.contains("<td class=\"blank\" title=\"Monday 10:00: nothing known\">"));
        assert!(page.contains("<td class=\"heat-5 partly\""));
        assert!(
            page.contains("<td class=\"closed\"></td>"),
            "Tuesday has no 10:00"
        );
        assert!(!page.contains("Sunday"), "{page}");
    }
}
