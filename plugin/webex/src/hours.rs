//! Which time to ask for: full hours only, in spans that Webex accepts, and as little as will do.
//!
//! Webex cuts a bucket's start down to the full hour but fills it only from what was asked for, so an hour that is asked for in part would
//! be a short one. It refuses 48 hours. Late data is found because the newest 47 hours are read again whenever an hour is over.

use connector_sdk::Window;

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3600;

/// The longest span of one request.
pub(crate) const LONGEST: i64 = 47 * HOUR;

/// How far samples are read again when no deeper reading is due.
const SHALLOW: i64 = HOUR;

/// A span of time, `[start, end)`.
pub(crate) type Span = (i64, i64);

/// The start of the hour that an instant lies in.
pub(crate) fn floor(at: i64) -> i64 {
    at.div_euclid(HOUR) * HOUR
}

/// A span in parts that Webex accepts, end to end.
pub(crate) fn chunks((start, end): Span) -> impl Iterator<Item = Span> {
    std::iter::successors(Some(start), |at| Some(at + LONGEST))
        .take_while(move |at| *at < end)
        .map(move |at| (at, end.min(at + LONGEST)))
}

/// What to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Full hours; none if those that are over were read.
    pub(crate) hours: Option<Span>,
    /// For samples.
    pub(crate) samples: Option<Span>,
    /// The hours that have been read after this pass.
    pub(crate) read: Option<Span>,
}

/// Plans the reading of a window at the instant `now`, with these hours read before. `deep`: samples are read again as far as buckets are.
pub(crate) fn plan(window: Window, now: i64, read: Option<Span>, deep: bool) -> Plan {
    let end = window.end.min(now);
    let (first, last) = (floor(window.start), floor(end));
    let is_known = |(from, to): &Span| *from <= first && first <= *to;
    let known = read.filter(is_known);
    let hours = match known {
        _ if last <= first => None,
        Some((_, to)) if to == last => None,
        // The last hour that was read may have been incomplete.
        Some((_, to)) if to < last => Some((first.max((to - HOUR).min(last - LONGEST)), last)),
        // Never read, or an earlier window than usual.
        _ => Some((first, last)),
    };
    let samples = match (hours, known) {
        (Some((from, _)), None) => from,
        (Some((from, _)), Some(_)) if deep => from,
        (Some((from, _)), Some((_, to))) => from.max(to.min(last) - SHALLOW),
        (None, _) => first.max(last - SHALLOW),
    };
    Plan {
        hours,
        samples: (samples < end).then_some((samples, end)),
        read: hours.map_or(read, |_| Some(joined(read, (first, last)))),
    }
}

/// What has been read before, with what has been read now: one span. Of two that do not touch, the later one counts.
fn joined(read: Option<Span>, now: Span) -> Span {
    match read {
        Some(before) if before.0 <= now.1 && now.0 <= before.1 => (before.0.min(now.0), before.1.max(now.1)),
        Some(before) if before.1 > now.1 => before,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::script::at;
    use proptest::prelude::*;

    fn window(start: &str, end: &str) -> Window {
        Window {
            start: at(start),
            end: at(end),
        }
    }

    #[test]
    fn a_window_is_asked_for_in_full_hours_and_without_the_running_one() {
        let day = window("2026-03-10T08:20:00Z", "2026-03-11T00:00:00Z");
        let plan = plan(day, at("2026-03-10T11:59:59Z"), None, false);
        let right = (at("2026-03-10T08:00:00Z"), at("2026-03-10T11:00:00Z"));
        assert_eq!(plan.hours, Some(right));
        assert_eq!(plan.samples, Some((right.0, at("2026-03-10T11:59:59Z"))));
        assert_eq!(plan.read, Some(right));
    }

    #[test]
    fn nothing_is_asked_for_twice_within_an_hour() {
        let day = window("2026-03-10T08:00:00Z", "2026-03-11T00:00:00Z");
        let first = plan(day, at("2026-03-10T11:05:00Z"), None, false);
        let second = plan(day, at("2026-03-10T11:10:00Z"), first.read, false);
        assert_eq!(second.hours, None);
        assert_eq!(
            second.samples,
            Some((at("2026-03-10T10:00:00Z"), at("2026-03-10T11:10:00Z")))
        );
        let third = plan(day, at("2026-03-10T12:00:00Z"), second.read, false);
        assert_eq!(
            third.hours,
            Some((at("2026-03-10T08:00:00Z"), at("2026-03-10T12:00:00Z")))
        );
    }

    #[test]
    fn of_a_long_window_the_newest_47_hours_are_read_again() {
        let month = window("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z");
        let read = Some((at("2026-03-01T00:00:00Z"), at("2026-03-20T11:00:00Z")));
        let next = plan(month, at("2026-03-20T12:00:00Z"), read, true);
        let right = (at("2026-03-18T13:00:00Z"), at("2026-03-20T12:00:00Z"));
        assert_eq!(next.hours, Some(right));
        assert_eq!(next.samples, Some(right));
        assert_eq!(
            next.read,
            Some((at("2026-03-01T00:00:00Z"), at("2026-03-20T12:00:00Z")))
        );
    }

    #[test]
    fn a_window_of_the_past_or_future_is_left_alone_by_what_was_read() {
        let read = Some((at("2026-03-10T00:00:00Z"), at("2026-03-10T12:00:00Z")));
        let past = plan(
            window("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"),
            at("2026-03-10T12:00:00Z"),
            read,
            false,
        );
        assert_eq!(
            past.hours,
            Some((at("2026-02-01T00:00:00Z"), at("2026-02-02T00:00:00Z")))
        );
        assert_eq!(past.read, read);
        let future = plan(
            window("2026-03-11T00:00:00Z", "2026-03-12T00:00:00Z"),
            at("2026-03-10T12:00:00Z"),
            read,
            false,
        );
        assert_eq!((future.hours, future.samples), (None, None));
    }

    fn instants() -> impl Strategy<Value = i64> {
        0i64..40 * 24 * HOUR
    }

    proptest! {
        #[test]
        fn chunks_lie_end_to_end_and_none_reaches_48_hours(start in instants(), length in 1i64..40 * 24 * HOUR) {
            let parts: Vec<Span> = chunks((start, start + length)).collect();
            prop_assert_eq!(parts.first().unwrap().0, start);
            prop_assert_eq!(parts.last().unwrap().1, start + length);
            for (from, to) in &parts {
                prop_assert!(from < to && to - from < 48 * HOUR);
            }
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].1, pair[1].0);
                // A part that begins within an hour would cut a bucket.
                prop_assert_eq!((pair[1].0 - start) % HOUR, 0);
            }
        }

        #[test]
        fn no_hour_of_a_window_is_missed_whatever_the_passes(
            start in instants(),
            length in 2 * HOUR..20 * 24 * HOUR,
            mut passes in prop::collection::vec(instants(), 1..12),
        ) {
            passes.sort_unstable();
            let window = Window { start, end: start + length };
            let (mut read, mut asked) = (None, Vec::<Span>::new());
            for now in passes {
                let plan = plan(window, now, read, false);
                asked.extend(plan.hours);
                if let Some((from, to)) = plan.hours {
                    prop_assert!(from % HOUR == 0 && to % HOUR == 0 && from < to && to <= now && to <= window.end);
                    prop_assert!(from >= floor(start));
                }
                read = plan.read;
                let end = floor(now.min(window.end));
                let mut hour = floor(start);
                while hour < end {
                    prop_assert!(asked.iter().any(|(from, to)| *from <= hour && hour + HOUR <= *to), "{hour}");
                    hour += HOUR;
                }
            }
        }
    }
}
