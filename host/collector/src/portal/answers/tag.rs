//! The tag of an answer: a digest of everything that it is computed from.

use collector_admin::config::Config;
use collector_insights::clock::end_of_period;
use collector_insights::group::Question;
use collector_insights::report::DEFINITIONS;
use collector_portal::api::Asked;
use jiff::tz::TimeZone;

use super::cursor;
use super::question::Wanted;

const MINUTE: i64 = 60;
/// How long after its last date a period may still change by time alone: for as long as a booking that began in it may last.
const AFTERWARDS: i64 = 60 * 24 * 60 * MINUTE;

/// The minute of an instant, in UTC seconds.
pub(super) fn whole_minute(at: i64) -> i64 {
    at - at.rem_euclid(MINUTE)
}

/// The tag of the answer to a question, at a revision of the store and a minute.
pub(super) fn tag(asked: &Asked, wanted: &Wanted, revision: &str, config: &Config, minute: i64) -> String {
    let sources: Vec<&str> = config.source_names().collect();
    let minute = matters(wanted, minute).then_some(minute);
    let parts = (
        (env!("CARGO_PKG_VERSION"), DEFINITIONS),
        (asked.resource.path(), &asked.parameters),
        (revision, minute),
        (sources, format!("{:?}", config.insights)),
    );
    cursor::digest(&parts)
}

/// Whether the answer changes with time alone.
fn matters(wanted: &Wanted, now: i64) -> bool {
    match wanted {
        Wanted::Report(question) | Wanted::Verdicts(question, _) => ends(question) + AFTERWARDS > now,
        Wanted::Usage(..) | Wanted::Rooms(_) => false,
    }
}

/// The end of a period, to a day, in UTC seconds.
fn ends(question: &Question) -> i64 {
    end_of_period(&TimeZone::UTC, question.to).unwrap_or(i64::MAX - AFTERWARDS)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use collector_portal::api::{Parameters, Resource};

    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("collector.toml")).unwrap()
    }

    fn asked(to: &str, by: &str) -> Asked {
        let given = [("from", "2026-03-01"), ("to", to), ("by", by)];
        let parameters: Parameters = given.map(|(name, value)| (name, vec![value.to_owned()])).into();
        Asked {
            resource: Resource::Report,
            parameters,
            has: Vec::new(),
        }
    }

    /// 2026-06-10 10:05 UTC.
    const NOW: i64 = 1_781_085_900;

    fn tagged(to: &str, by: &str, revision: &str, insights: &str, minute: i64) -> String {
        let asked = asked(to, by);
        tag(
            &asked,
            &Wanted::read(&asked).unwrap(),
            revision,
            &config(insights),
            minute,
        )
    }

    #[test]
    fn the_tag_changes_with_question_store_and_configuration() {
        let one = tagged("2026-04-01", "all", "r1", "", NOW);
        assert_eq!(one, tagged("2026-04-01", "all", "r1", "", NOW));
        let mut others = vec![
            tagged("2026-04-02", "all", "r1", "", NOW),
            tagged("2026-04-01", "room", "r1", "", NOW),
            tagged("2026-04-01", "all", "r2", "", NOW),
            tagged(
                "2026-04-01",
                "all",
                "r1",
                "[insights]\ntime-zone = \"Europe/Berlin\"",
                NOW,
            ),
            one,
        ];
        others.sort();
        others.dedup();
        assert_eq!(others.len(), 5);
        // What has nothing to do with figures.
        assert!(others.contains(&tagged(
            "2026-04-01",
            "all",
            "r1",
            "[service]\ngrace = \"7s\"",
            NOW
        )));
    }

    #[test]
    fn the_minute_counts_only_where_time_changes_the_answer() {
        let next = NOW + MINUTE;
        assert_eq!(whole_minute(NOW + 59), NOW);
        assert_ne!(
            tagged("2026-06-11", "all", "r", "", NOW),
            tagged("2026-06-11", "all", "r", "", next)
        );
        assert_eq!(
            tagged("2026-04-01", "all", "r", "", NOW),
            tagged("2026-04-01", "all", "r", "", next)
        );
    }
}
