//! Recurrence rules (RFC 5545, section 3.3.10), expanded by the crate `rrule` in wall-clock time.
//!
//! The crate gets the rule without its end: an UNTIL is an instant or a day and is compared here, where zones are known. Rules that the crate
//! would silently fail to follow (an interval of zero, a search that it gives up) are refused.

use crate::moment::{self, Written};
use crate::zone::Zone;
use chrono::{NaiveDate, NaiveDateTime};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Unvalidated};
use std::cell::Cell;

/// The most occurrences to count through in one feed: a thousand daily meetings over five years. That takes some seconds in the sandbox.
pub(crate) const STEPS: u32 = 2_000_000;

/// The most meetings of one room that the host accepts (`emit-meeting` in `wit/meetings.wit`). More are not kept in memory, at the expense of
/// the feeds read beside this one.
pub(crate) const MEETINGS: usize = 50_000;

/// The cost of a search without result: `rrule` tries this many periods before it gives up.
const SEARCH: u32 = 100_000;

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    rule: RRule<Unvalidated>,
    until: Option<Written>,
}

/// Why a rule cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BrokenRule {
    #[error("recurs by a rule that is not understood")]
    Unknown,
    #[error("recurs by the hour, minute or second with further conditions, which is not supported")]
    SubDaily,
    #[error("recurs more often than can be counted")]
    TooLong,
    #[error("has more than {MEETINGS} occurrences in the window")]
    TooDense,
}

/// The steps left of [`STEPS`].
#[derive(Debug)]
pub(crate) struct Budget(Cell<u32>);

impl Budget {
    pub(crate) fn new(steps: u32) -> Self {
        Self(Cell::new(steps))
    }

    fn spend(&self, steps: u32) -> Result<(), BrokenRule> {
        self.0
            .set(self.0.get().checked_sub(steps).ok_or(BrokenRule::TooLong)?);
        Ok(())
    }
}

impl Rule {
    /// Reads the value of an RRULE.
    pub(crate) fn read(text: &str) -> Result<Self, BrokenRule> {
        let mut until = None;
        let mut others = Vec::new();
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                // Programs (ical4j) write this if no count was set.
                Some((name, "-1")) if name.eq_ignore_ascii_case("COUNT") => {}
                Some((name, value)) if name.eq_ignore_ascii_case("UNTIL") => {
                    let value = moment::read(value).ok_or(BrokenRule::Unknown)?;
                    if until.replace(value).is_some() {
                        return Err(BrokenRule::Unknown);
                    }
                }
                _ => others.push(part),
            }
        }
        let rule: RRule<Unvalidated> = others.join(";").parse().map_err(|_| BrokenRule::Unknown)?;
        if rule.get_interval() == 0 || rule.get_count() == Some(0) || rule.get_by_month_day().contains(&0) {
            return Err(BrokenRule::Unknown);
        }
        // RFC 5545 forbids a number there, and `rrule` reads it as every day.
        let is_numbered = |day: &NWeekday| matches!(day, NWeekday::Nth(..));
        let has_months = matches!(rule.get_freq(), Frequency::Monthly | Frequency::Yearly);
        if rule.get_by_weekday().iter().any(is_numbered) && (!has_months || !rule.get_by_week_no().is_empty())
        {
            return Err(BrokenRule::Unknown);
        }
        let conditions = [
            rule.get_by_set_pos().len(),
            rule.get_by_month().len(),
            rule.get_by_month_day().len(),
            rule.get_by_year_day().len(),
            rule.get_by_week_no().len(),
            rule.get_by_weekday().len(),
            rule.get_by_hour().len(),
            rule.get_by_minute().len(),
            rule.get_by_second().len(),
        ];
        // With conditions, `rrule` may silently give up before the next occurrence. Without them, and for days and longer periods, it gives up
        // only after centuries.
        if rule.get_freq() >= Frequency::Hourly && conditions.iter().any(|count| *count > 0) {
            return Err(BrokenRule::SubDaily);
        }
        Ok(Self { rule, until })
    }

    /// The last instant at which an occurrence may begin; none if the rule names none.
    pub(crate) fn last(&self, is_day: bool, zone: &Zone) -> Option<i64> {
        if let Some(day) = self.last_day(is_day, zone) {
            return Some(zone.instant(day.and_hms_opt(23, 59, 59)?));
        }
        match self.until? {
            Written::Utc(at) => Some(at.and_utc().timestamp()),
            Written::Local(at) => Some(zone.instant(at)),
            Written::Day(_) => None,
        }
    }

    /// The last day on which an occurrence may begin, if days are compared.
    fn last_day(&self, is_day: bool, zone: &Zone) -> Option<NaiveDate> {
        match self.until? {
            // A day means the whole day, even if the occurrences have times.
            Written::Day(day) => Some(day),
            Written::Utc(at) if is_day => moment::named_day(at, zone),
            Written::Local(at) if is_day => Some(at.date()),
            _ => None,
        }
    }

    /// Hands over the occurrences one after the other, in wall-clock time, with their instants: from the start of the series until the rule ends
    /// or the receiver returns false.
    pub(crate) fn each(
        &self,
        start: NaiveDateTime,
        is_day: bool,
        zone: &Zone,
        budget: &Budget,
        mut take: impl FnMut(NaiveDateTime, i64) -> bool,
    ) -> Result<(), BrokenRule> {
        let first = start.and_utc().with_timezone(&rrule::Tz::UTC);
        let rule = self
            .rule
            .clone()
            .validate(first)
            .map_err(|_| BrokenRule::Unknown)?;
        let last_day = self.last_day(is_day, zone);
        let mut found = 0;
        for occurrence in &RRuleSet::new(first).rrule(rule).limit() {
            budget.spend(1)?;
            found += 1;
            let local = occurrence.naive_utc();
            let instant = zone.instant(local);
            if self.is_over(local, instant, last_day) || !take(local, instant) {
                return Ok(());
            }
        }
        // Ended neither by count nor by last day: `rrule` gave up the search.
        if self.rule.get_count().is_none_or(|count| found < count) {
            budget.spend(SEARCH)?;
        }
        Ok(())
    }

    fn is_over(&self, local: NaiveDateTime, instant: i64, last_day: Option<NaiveDate>) -> bool {
        match (last_day, self.until) {
            (Some(day), _) => local.date() > day,
            (None, Some(Written::Utc(at))) => instant > at.and_utc().timestamp(),
            (None, Some(Written::Local(at))) => local > at,
            (None, _) => false,
        }
    }
}
