//! The limits of call records: how many requests are answered in a span of time.
//! Source: "Microsoft Graph service-specific throttling limits", call records.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::answer::Answer;
use crate::fault::Fault;
use sim::RetryAfter;

/// So many requests in so much time.
type Limit = (usize, TimeDelta);
/// For one app in one tenant.
const OF_APP: Limit = (1500, TimeDelta::seconds(20));
/// For one record.
const OF_RECORD: Limit = (10, TimeDelta::seconds(20));
/// For the further pages of one record.
const OF_PAGES: Limit = (50, TimeDelta::minutes(5));
/// Records that are remembered before those without recent requests are forgotten.
const MOST_REMEMBERED: usize = 20_000;

/// The times of recent requests, by what they were counted for.
#[derive(Default)]
pub(crate) struct Limits {
    recent: Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>,
}

impl Limits {
    /// Counts a request of this app, perhaps for a record and a further page of it.
    ///
    /// # Errors
    /// The answer to one request too many, which is not counted.
    pub(crate) fn count(
        &self,
        app: &str,
        record: Option<(&str, bool)>,
        now: DateTime<Utc>,
    ) -> Result<(), Answer> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() > MOST_REMEMBERED {
            recent.retain(|_, times| times.back().is_some_and(|last| now - *last < OF_PAGES.1));
        }
        let mut counted = vec![(format!("app {app}"), OF_APP)];
        counted.extend(record.map(|(id, further)| match further {
            false => (format!("record {id}"), OF_RECORD),
            true => (format!("pages {id}"), OF_PAGES),
        }));
        for (name, (most, span)) in &counted {
            let times = recent.entry(name.clone()).or_default();
            while times.front().is_some_and(|first| now - *first >= *span) {
                times.pop_front();
            }
            if let (true, Some(first)) = (times.len() >= *most, times.front()) {
                // Whole seconds, so that the wait is over when they are.
                let wait = (*first + *span - now).num_seconds() + 1;
                let wait = RetryAfter::Seconds(u64::try_from(wait).unwrap_or(1));
                return Err(Fault::Throttled(wait)
                    .answer()
                    .unwrap_or_else(|| Answer::empty(429)));
            }
        }
        for (name, _) in counted {
            recent.entry(name).or_default().push_back(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(limits: &Limits, record: Option<(&str, bool)>, second: i64) -> Option<String> {
        let now = DateTime::from_timestamp(second, 0).unwrap();
        let answer = limits.count("app", record, now).err()?;
        let header = answer
            .headers
            .into_iter()
            .find(|(name, _)| *name == "retry-after");
        Some(header.map_or_else(String::new, |(_, value)| value))
    }

    #[test]
    fn an_app_gets_fifteen_hundred_answers_in_twenty_seconds() {
        let limits = Limits::default();
        assert!((0..1500).all(|n| refused(&limits, None, n / 100).is_none()));
        assert_eq!(refused(&limits, None, 15).as_deref(), Some("6"));
        assert_eq!(refused(&limits, None, 20), None);
    }

    #[test]
    fn a_record_has_limits_of_its_own_for_first_and_further_pages() {
        let limits = Limits::default();
        assert!((0..10).all(|_| refused(&limits, Some(("a", false)), 0).is_none()));
        assert_eq!(refused(&limits, Some(("a", false)), 1).as_deref(), Some("20"));
        assert_eq!(refused(&limits, Some(("b", false)), 1), None);
        assert!((0..50).all(|_| refused(&limits, Some(("a", true)), 1).is_none()));
        assert_eq!(refused(&limits, Some(("a", true)), 2).as_deref(), Some("300"));
    }
}
