//! What must hold whatever happened (contract, section 7), and that a day needs no more than it says.

use std::collections::{BTreeMap, BTreeSet};

use collector_model::meeting::Status;
use collector_model::usage::{Form, Kind, Record, State, Value};
use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::base::Base;
use crate::booking::Booking;
use crate::class::{ClassNumber, Classes};
use crate::clock::LocalDay;
use crate::day::{day, needed, values};
use crate::evidence::{Evidence, reach};
use crate::fixture::{records, usage};
use crate::group::By;
use crate::hours::Settings;
use crate::report::GroupReport;
use crate::spans::{Span, Spans};
use crate::sums::Sums;
use crate::tally::Tally;
use crate::witness::Witnesses;

mod any;

use any::{DAY, midnight, portfolio};

fn question(from: Date, days: i64, by: By) -> Question {
    Question {
        from,
        to: from.checked_add(jiff::Span::new().days(days)).unwrap(),
        by,
        buildings: BTreeSet::new(),
        rooms: BTreeSet::new(),
    }
}

/// The days before and after belong to the period: zones are ahead of UTC and behind it.
fn groups(portfolio: &Portfolio, date: Date, by: By) -> Vec<GroupReport> {
    portfolio
        .report(&question(date.yesterday().unwrap(), 5, by))
        .groups
}

fn all(portfolio: &Portfolio, date: Date) -> GroupReport {
    groups(portfolio, date, By::All).remove(0)
}

/// What can be added up over groups and periods.
fn addable(group: &GroupReport) -> Vec<i64> {
    let cells = group.cells.unwrap();
    let outside = group.outside.unwrap();
    let verdicts = serde_json::to_value(group.bookings).unwrap();
    let counts = verdicts
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_i64().unwrap());
    let seconds = [
        group.open_seconds,
        group.unread_seconds,
        group.occupied_unwitnessed_seconds,
        group.conflict_seconds,
        group.unbooked_sessions.map(|times| times.count),
        group.unbooked_sessions.map(|times| times.seconds),
        Some(cells.booked_occupied),
        Some(cells.booked_vacant),
        Some(cells.booked_unknown),
        Some(cells.unbooked_occupied),
        Some(cells.unbooked_vacant),
        Some(cells.unbooked_unknown),
        Some(outside.booked),
        Some(outside.occupied),
        Some(group.no_show_seconds),
        Some(group.given_back_seconds),
        Some(group.reused_seconds),
        Some(group.late_start.count),
        Some(group.late_start.seconds),
        Some(group.early_end.count),
        Some(group.early_end.seconds),
        group.party.map(|party| party.bookings),
    ];
    let curve = group
        .release_curve
        .iter()
        .flat_map(|release| [release.freed_seconds, release.thrown_out]);
    seconds
        .into_iter()
        .map(Option::unwrap)
        .chain(counts)
        .chain(curve)
        .collect()
}

fn sum<'a>(groups: impl IntoIterator<Item = &'a GroupReport>) -> Vec<i64> {
    groups.into_iter().map(addable).fold(Vec::new(), |sum, next| {
        if sum.is_empty() {
            next
        } else {
            sum.iter().zip(&next).map(|(one, other)| one + other).collect()
        }
    })
}

fn totals(portfolio: &Portfolio, date: Date) -> Vec<Sums> {
    let evidence: Vec<Evidence> = portfolio
        .rooms
        .iter()
        .map(|known| known.evidence(portfolio.now))
        .collect();
    let of = |(known, evidence): (&Known, &Evidence)| {
        let base = known.base(evidence, &portfolio.buildings, portfolio.now);
        let mut sums = Sums::default();
        for date in question(date.yesterday().unwrap(), 5, By::All).dates() {
            sums += values(&base, &LocalDay::of(base.hours, date)).total();
        }
        sums
    };
    portfolio.rooms.iter().zip(&evidence).map(of).collect()
}

/// The records that a span of time needs, as the documentation of [`crate::evidence`] says.
fn records_for(records: &[Record], span: Span) -> Vec<Record> {
    let buckets = records.iter().filter_map(|record| match record {
        Record::Usage(usage) if usage.form == Form::Bucket => Some((usage.start, usage.end?)),
        _ => None,
    });
    let span = reach(span, buckets);
    let four = |record: &Record| match record {
        Record::Usage(usage) => Some((usage.origin.device.clone(), usage.kind, usage.form)),
        Record::Coverage(_) => None,
    };
    let last_before = |record: &Record| {
        records
            .iter()
            .filter(|other| {
                !other.origin().withdrawn && four(other) == four(record) && other.start() <= span.start()
            })
            .map(Record::start)
            .max()
    };
    let is_needed = |record: &&Record| match record {
        Record::Usage(usage) if matches!(usage.form, Form::Change | Form::Sample) => {
            usage.start < span.end()
                && (usage.start >= span.start() || last_before(record) == Some(usage.start))
        }
        _ => record.start() < span.end() && record.end().is_none_or(|end| end > span.start()),
    };
    records.iter().filter(is_needed).cloned().collect()
}

fn all_keys() -> impl Iterator<Item = By> {
    By::ALL.into_iter().chain(By::OF_PAGES)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn six_cells_and_unread_seconds_are_open_seconds((portfolio, date) in portfolio()) {
        for by in all_keys().filter(|by| !by.is_of_bookings()) {
            for group in groups(&portfolio, date, by) {
                let cells = group.cells.unwrap();
                prop_assert_eq!(cells.all() + group.unread_seconds.unwrap(), group.open_seconds.unwrap());
                prop_assert!(addable(&group).iter().all(|figure| *figure >= 0), "{:?}", group);
            }
        }
    }

    #[test]
    fn nothing_is_over_a_hundred_percent_and_lower_bounds_are_not_above_upper_ones((portfolio, date) in portfolio()) {
        for by in all_keys() {
            for group in groups(&portfolio, date, by) {
                for rate in [group.booked_rate, group.coverage, group.held_empty_rate, group.no_show_rate.value] {
                    prop_assert!(rate.is_none_or(|rate| rate.ten_thousandths() <= 10_000));
                }
                for bounds in [Some(group.no_show_rate), group.used_rate].into_iter().flatten() {
                    prop_assert!(bounds.lower <= bounds.upper);
                }
                prop_assert!(group.false_full_seconds <= group.full_seconds);
                prop_assert!(group.reused_seconds <= group.given_back_seconds);
            }
        }
    }

    #[test]
    fn another_booking_never_lowers_booked_time((portfolio, date) in portfolio(), (start, length) in (0i64..240, 0i64..20)) {
        let mut more = portfolio.clone();
        let from = midnight(date) + start * 900;
        more.rooms[0].bookings.push(Booking {
            id: "one more".into(),
            series: None,
            start: from,
            end: from + length * 900,
            all_day: false,
            status: Status::Confirmed,
            removed_at: None,
            first_seen: None,
            was_missing: false,
        });
        let booked = |sums: Vec<Sums>| sums.iter().map(|sums| (sums.inside.booked(), sums.outside.booked())).collect::<Vec<_>>();
        for (before, after) in booked(totals(&portfolio, date)).into_iter().zip(booked(totals(&more, date))) {
            prop_assert!(before.0 <= after.0 && before.1 <= after.1);
        }
    }

    #[test]
    fn any_cut_of_a_period_sums_to_the_whole((portfolio, date) in portfolio(), cut in 1i64..5) {
        let start = date.yesterday().unwrap();
        let of = |from: Date, days| portfolio.report(&question(from, days, By::All)).groups;
        let middle = start.checked_add(jiff::Span::new().days(cut)).unwrap();
        let parts = [of(start, cut), of(middle, 5 - cut)].concat();
        prop_assert_eq!(sum(&parts), sum(&of(start, 5)));
        let (both, whole) = (parts.iter().map(|group| group.full_seconds.unwrap()).sum::<i64>(), all(&portfolio, date));
        prop_assert_eq!(both, whole.full_seconds.unwrap());
    }

    #[test]
    fn groups_sum_to_everything((portfolio, date) in portfolio()) {
        let whole = addable(&all(&portfolio, date));
        for by in all_keys().filter(|by| !by.is_of_bookings()) {
            let groups = groups(&portfolio, date, by);
            prop_assert_eq!(&sum(&groups), &whole, "{:?}", by);
            let full: Option<i64> = groups.iter().map(|group| group.full_seconds).sum();
            if by != By::Room {
                prop_assert_eq!(full, all(&portfolio, date).full_seconds, "{:?}", by);
            }
        }
    }

    #[test]
    fn classes_of_bookings_have_every_booking_once((portfolio, date) in portfolio()) {
        let whole = all(&portfolio, date);
        let judged: Vec<Judged> = portfolio.rooms.iter().flat_map(|known| {
            let evidence = known.evidence(portfolio.now);
            let base = known.base(&evidence, &portfolio.buildings, portfolio.now);
            known.bookings.iter().filter_map(|booking| judge(booking, &base)).collect::<Vec<_>>()
        }).filter(|judged| question(date.yesterday().unwrap(), 5, By::All).has(judged.date())).collect();
        for (by, classes) in [(By::LeadTime, Classes::Lead), (By::Length, Classes::Length)] {
            let groups = groups(&portfolio, date, by);
            // One by one.
            let mut counted: BTreeMap<ClassNumber, Tally> = BTreeMap::new();
            for judged in &judged {
                counted.entry(classes.of(&judged.counts)).or_default().add(&judged.counts);
            }
            let words: Vec<&str> = counted.keys().filter_map(|class| classes.word(*class)).collect();
            let keys: Vec<&str> = groups.iter().map(|group| group.key.as_str()).collect();
            prop_assert_eq!(keys, words, "{:?}", by);
            for (group, tally) in groups.iter().zip(counted.values()) {
                prop_assert_eq!(group.bookings, tally.verdicts);
                prop_assert_eq!(group.no_show_rate, tally.no_show_rate());
                prop_assert_eq!(group.no_show_seconds, tally.no_show_seconds);
                prop_assert_eq!(group.cells, None);
            }
            // All together.
            prop_assert_eq!(groups.iter().map(|group| group.basis.judged).sum::<i64>(), whole.basis.judged);
            prop_assert_eq!(groups.iter().map(|group| group.bookings.eligible()).sum::<i64>(), whole.bookings.eligible());
            prop_assert_eq!(groups.iter().map(|group| group.no_show_seconds).sum::<i64>(), whole.no_show_seconds);
            let no_shows: i64 = groups.iter().map(|group| group.bookings.no_show).sum();
            prop_assert_eq!(no_shows, whole.bookings.no_show);
        }
    }

    #[test]
    fn the_order_in_which_things_arrive_does_not_matter((portfolio, date) in portfolio()) {
        let mut reversed = portfolio.clone();
        reversed.rooms.reverse();
        for known in &mut reversed.rooms {
            known.bookings.reverse();
            known.records.reverse();
        }
        for by in all_keys() {
            prop_assert_eq!(groups(&reversed, date, by), groups(&portfolio, date, by));
        }
        let question = question(date, 3, By::All);
        prop_assert_eq!(reversed.verdicts(&question), portfolio.verdicts(&question));
    }
}

#[test]
fn a_day_needs_the_ten_minutes_before_it_and_its_bookings_to_their_ends() {
    let buildings = Buildings::of(&Settings::default()).unwrap();
    let hours = buildings.hours(None);
    let booking = |start, end| Booking {
        id: String::new(),
        series: None,
        start,
        end,
        all_day: false,
        status: Status::Tentative,
        removed_at: None,
        first_seen: None,
        was_missing: false,
    };
    let local_day = LocalDay::of(hours, "1970-01-02".parse().unwrap());
    let span = |bookings: &[Booking]| needed(&local_day, bookings);
    assert_eq!(span(&[]), Span::new(DAY - 600, 2 * DAY));
    assert_eq!(span(&[booking(DAY, 4 * DAY)]), Span::new(DAY - 600, 4 * DAY));
    assert_eq!(
        span(&[booking(DAY - 1, 4 * DAY)]),
        Span::new(DAY - 600, 2 * DAY),
        "it is of the day before"
    );
}

/// Records without buckets that overlap each other: where they do, an interval can decide which of them counts.
fn without_entangled_buckets(records: &[Record]) -> Vec<Record> {
    let mut taken = Spans::NONE;
    let mut kept = Vec::new();
    for record in records {
        if let Record::Usage(usage) = record
            && usage.form == Form::Bucket
            && let Some(span) = usage.end.and_then(|end| Span::new(usage.start, end))
        {
            if !taken.near(span).is_empty() {
                continue;
            }
            taken = taken.or(&[span].into_iter().collect());
        }
        kept.push(record.clone());
    }
    kept
}

proptest! {
    #[test]
    fn a_day_needs_no_more_than_it_says((portfolio, date) in portfolio(), ahead in 0i64..3) {
        let date = date.checked_add(jiff::Span::new().days(ahead)).unwrap();
        for known in &portfolio.rooms {
            let evidence = known.evidence(portfolio.now);
            let base = known.base(&evidence, &portfolio.buildings, portfolio.now);
            let local_day = LocalDay::of(base.hours, date);
            let Some(span) = needed(&local_day, &known.bookings) else { continue };
            let records = records_for(&known.records, span);
            let witnesses = Witnesses::of(&known.records);
            let less_evidence = Evidence::of(&records, witnesses, portfolio.now);
            let overlaps = |booking: &&Booking| {
                booking.start < span.end() && (booking.end > span.start() || booking.start >= span.start())
            };
            let bookings: Vec<Booking> = known.bookings.iter().filter(overlaps).cloned().collect();
            let less = Base {
                bookings: &bookings,
                read: &known.read.clip(span),
                evidence: &less_evidence,
                ..base
            };
            prop_assert_eq!(day(&less, &local_day), day(&base, &local_day));
        }
    }

    #[test]
    fn another_interval_over_seconds_that_are_not_vacant_never_makes_more_unknown(
        records in records(9_000, 100, 14), (start, length, value) in (0i64..90, 1i64..20, any::<bool>()), kind in prop::sample::select(Kind::ALL)
    ) {
        let records = without_entangled_buckets(&records);
        let span = Span::new(start * 100, (start + length) * 100).unwrap();
        let value = match kind {
            Kind::PeopleCount => Value::Number(u32::from(value)),
            _ => Value::Is(value),
        };
        let known = |records: &[Record]| Evidence::of(records, Witnesses::of(records), 10_000);
        let before = known(&records);
        let mut more = records.clone();
        for span in Spans::one(span.start(), span.end()).minus(before.vacant()).iter() {
            let interval = usage(kind, Form::Interval, span.start(), Some(span.end()), value);
            more.push(crate::fixture::of_device(interval, "one more"));
        }
        let after = known(&more);
        for (from, to) in [(0, 10_000), (0, 4_500), (4_500, 10_000), (3_000, 6_000)] {
            let certain = |evidence: &Evidence| {
                let seen = evidence.seen(&Spans::one(from, to));
                seen.occupied + seen.vacant
            };
            prop_assert!(certain(&before) <= certain(&after), "{} to {}", from, to);
        }
    }
}

#[test]
fn an_interval_that_settles_one_bucket_may_let_another_count_and_silence_a_third() {
    // The second bucket is silent because of the first one. When an interval leaves nothing of the first, the second counts, and the third,
    // which proved 400 seconds vacant, is silent.
    let bucket = |start, end, seconds| crate::fixture::bucket(Kind::Presence, start, end, seconds);
    let before = [bucket(0, 100, 100), bucket(50, 250, 100), bucket(200, 600, 0)];
    let interval = usage(Kind::InUse, Form::Interval, 0, Some(100), Value::Is(true));
    let after = [before.as_slice(), &[interval]].concat();
    let certain = |records: &[Record]| {
        let seen = Evidence::of(records, Witnesses::of(records), 1_000).seen(&Spans::one(0, 600));
        seen.occupied + seen.vacant
    };
    assert_eq!((certain(&before), certain(&after)), (500, 250));
}

#[test]
fn blind_coverage_may_make_more_unknown() {
    let before = [usage(
        Kind::Presence,
        Form::Interval,
        0,
        Some(100),
        Value::Is(false),
    )];
    let blind = crate::fixture::coverage(&[Kind::Presence], 40, 60, State::Blind, None);
    let after = [before.as_slice(), &[blind]].concat();
    let known = |records: &[Record]| {
        Evidence::of(records, Witnesses::of(records), 1_000)
            .vacant()
            .seconds()
    };
    assert_eq!((known(&before), known(&after)), (100, 80));
}
