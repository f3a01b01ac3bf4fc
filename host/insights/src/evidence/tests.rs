//! The rules of sections 2 and 3, each with a small example, and a comparison with an evaluation second by second.

use Kind::{Call, InUse, PeopleCount, Presence, Presentation};
use State::{Blind, Observed};
use collector_model::usage::{Form, Value};
use proptest::prelude::*;

use super::*;
use crate::fixture::{
    bucket, change, coverage, interval, of_device, people, records, sample, usage, withdrawn,
};

mod naive;

const LATER: i64 = 1_000_000;

fn known(records: &[Record]) -> Evidence {
    Evidence::of(records, Witnesses::of(records), LATER)
}

type Pairs = Vec<(i64, i64)>;

/// Occupied and vacant spans.
fn states(records: &[Record]) -> (Pairs, Pairs) {
    let evidence = known(records);
    let pairs = |spans: &Spans| spans.iter().map(|span| (span.start(), span.end())).collect();
    (pairs(evidence.occupied()), pairs(evidence.vacant()))
}

#[test]
fn a_change_holds_until_the_next_one_and_at_most_65_minutes_when_nothing_is_observed() {
    assert_eq!(
        states(&[change(Presence, 0, true), change(Presence, 600, false)]),
        (vec![(0, 600)], vec![(600, 600 + 3_900)])
    );
    // Another kind or another device is another four.
    let others = [
        change(Presence, 0, true),
        change(InUse, 600, false),
        of_device(change(Presence, 700, false), "x"),
    ];
    assert_eq!(states(&others), (vec![(0, 3_900)], vec![(3_900, 700 + 3_900)]));
}

#[test]
fn a_sample_holds_until_the_next_one_and_at_most_twice_its_resolution() {
    assert_eq!(
        states(&[sample(0, 4), sample(300, 0)]),
        (vec![(0, 300)], vec![(300, 900)])
    );
    let mut slow = sample(0, 1);
    if let Record::Usage(usage) = &mut slow {
        usage.resolution = Some(60);
    }
    assert_eq!(states(&[slow]), (vec![(0, 120)], vec![]));
}

#[test]
fn of_several_changes_at_one_instant_the_one_that_proves_most_counts() {
    for order in [[true, false], [false, true]] {
        assert_eq!(
            states(&order.map(|value| change(Presence, 0, value))),
            (vec![(0, 3_900)], vec![])
        );
    }
    let evidence = known(&[sample(0, 2), sample(0, 5), sample(0, 0)]);
    assert_eq!(evidence.counts(&Spans::one(0, 9_999)), BTreeMap::from([(5, 600)]));
}

#[test]
fn an_interval_that_goes_on_ends_now_and_without_coverage_after_a_day() {
    let goes_on = usage(Presence, Form::Interval, 0, None, Value::Is(true));
    assert_eq!(states(std::slice::from_ref(&goes_on)).0, [(0, 86_400)]);
    let seen = coverage(&[Presence], 0, LATER - 10, Observed, None);
    assert_eq!(states(&[goes_on.clone(), seen]).0, [(0, LATER - 10)]);
    let soon = Evidence::of([&goes_on], Witnesses::of([&goes_on]), 50);
    assert_eq!(soon.occupied(), &Spans::one(0, 50));
}

#[test]
fn with_coverage_a_record_counts_inside_observed_time_only_and_silence_there_is_vacant() {
    let records = [
        change(Presence, 0, true),
        change(Presence, 500, false),
        coverage(&[Presence], 100, 400, Observed, None),
        coverage(&[Presence], 450, 600, Observed, None),
        coverage(&[Presence], 200, 300, Blind, None),
    ];
    assert_eq!(
        states(&records),
        (vec![(100, 200), (300, 400), (450, 500)], vec![(500, 600)])
    );
    let quiet = [
        coverage(&[Presence, Call], 0, 100, Observed, None),
        interval(Presence, 40, 60, true),
    ];
    assert_eq!(states(&quiet), (vec![(40, 60)], vec![(0, 40), (60, 100)]));
}

#[test]
fn silence_is_not_vacant_for_calls_nor_in_a_bucket_of_the_same_four() {
    assert_eq!(
        states(&[coverage(&[Call, Presentation], 0, 100, Observed, None)]),
        (vec![], vec![])
    );
    let records = [
        coverage(&[PeopleCount], 0, 100, Observed, None),
        bucket(PeopleCount, 20, 50, 7),
    ];
    assert_eq!(states(&records), (vec![], vec![(0, 20), (50, 100)]));
    let elsewhere = [
        coverage(&[PeopleCount], 0, 100, Observed, None),
        of_device(bucket(PeopleCount, 20, 50, 7), "x"),
    ];
    assert_eq!(states(&elsewhere), (vec![], vec![(0, 100)]));
}

#[test]
fn coverage_of_one_device_says_nothing_about_another() {
    let records = [
        of_device(coverage(&[Presence], 0, 100, Observed, None), "x"),
        interval(Presence, 200, 300, true),
    ];
    assert_eq!(states(&records), (vec![(200, 300)], vec![(0, 100)]));
    // The first observed record of a four changes all its days.
    let same = [
        coverage(&[Presence], 0, 100, Observed, None),
        interval(Presence, 200, 300, true),
    ];
    assert_eq!(states(&same), (vec![], vec![(0, 100)]));
}

#[test]
fn blind_records_alone_only_take_their_own_time_out() {
    let records = [
        interval(Presence, 0, 100, true),
        coverage(&[Presence], 20, 30, Blind, None),
    ];
    assert_eq!(states(&records), (vec![(0, 20), (30, 100)], vec![]));
}

#[test]
fn presence_needs_one_witness_and_a_call_proves_no_absence() {
    let records = [
        interval(Presence, 0, 100, false),
        interval(Call, 40, 60, true),
        interval(Call, 100, 200, false),
    ];
    let evidence = known(&records);
    assert_eq!(evidence.occupied(), &Spans::one(40, 60));
    assert_eq!(evidence.vacant(), &Spans::one(0, 40).or(&Spans::one(60, 100)));
    let call = known(&[interval(Call, 0, 100, true), interval(Presence, 0, 30, false)]);
    assert_eq!(
        call.seen(&Spans::one(0, 100)),
        Seen {
            occupied: 100,
            vacant: 0,
            unwitnessed: 70
        }
    );
}

#[test]
fn what_is_withdrawn_says_nothing() {
    let records = [
        withdrawn(interval(Presence, 0, 100, true)),
        withdrawn(coverage(&[Presence], 0, 100, Observed, None)),
    ];
    assert_eq!(states(&records), (vec![], vec![]));
    assert_eq!(Witnesses::of(&records), Witnesses::default());
}

#[test]
fn people_are_the_highest_live_count_and_a_call_without_people_is_a_conflict() {
    let records = [
        people(0, 100, 4),
        of_device(people(50, 150, 5), "x"),
        people(150, 200, 0),
        interval(Call, 180, 220, true),
    ];
    let evidence = known(&records);
    assert_eq!(
        evidence.counts(&Spans::one(0, 300)),
        BTreeMap::from([(4, 50), (5, 100)])
    );
    assert_eq!(evidence.conflicts(), &Spans::one(180, 200));
    assert!(evidence.occupied().contains(190));
}

#[test]
fn a_bucket_of_none_is_vacant_and_a_full_one_is_occupied() {
    assert_eq!(states(&[bucket(Presence, 0, 600, 0)]), (vec![], vec![(0, 600)]));
    assert_eq!(states(&[bucket(Presence, 0, 600, 600)]), (vec![(0, 600)], vec![]));
    assert_eq!(states(&[bucket(Call, 0, 600, 0)]), (vec![], vec![]));
    assert_eq!(states(&[bucket(PeopleCount, 0, 600, 0)]), (vec![], vec![]));
}

#[test]
fn of_a_bucket_in_part_only_what_is_certain_counts() {
    let evidence = known(&[bucket(Presence, 0, 3_600, 1_200)]);
    let seen = |from, to| evidence.seen(&Spans::one(from, to));
    assert_eq!(
        seen(0, 3_600),
        Seen {
            occupied: 1_200,
            vacant: 2_400,
            unwitnessed: 0
        }
    );
    assert_eq!(
        seen(0, 3_000),
        Seen {
            occupied: 600,
            vacant: 1_800,
            unwitnessed: 0
        }
    );
    assert_eq!(seen(0, 600), Seen::default());
    let call = known(&[bucket(Call, 0, 3_600, 1_200)]);
    assert_eq!(
        call.seen(&Spans::one(0, 3_000)),
        Seen {
            occupied: 600,
            vacant: 0,
            unwitnessed: 600
        },
        "a call proves nobody's absence, and nothing of A or B witnessed it"
    );
    assert!(call.is_partial(&Spans::one(3_500, 9_000)) && !call.is_partial(&Spans::one(3_600, 9_000)));
}

#[test]
fn what_exact_evidence_found_in_a_bucket_is_taken_off_its_value() {
    let records = [bucket(Presence, 0, 600, 200), interval(InUse, 0, 200, true)];
    assert_eq!(states(&records), (vec![(0, 200)], vec![(200, 600)]));
    let more = [
        bucket(Presence, 0, 600, 200),
        interval(InUse, 0, 300, true),
        interval(InUse, 300, 500, false),
    ];
    assert_eq!(states(&more), (vec![(0, 300)], vec![(300, 600)]));
}

#[test]
fn the_shorter_bucket_counts_and_one_that_overlaps_its_seconds_says_nothing() {
    let records = [bucket(Presence, 0, 3_600, 0), bucket(InUse, 600, 900, 300)];
    assert_eq!(states(&records), (vec![(600, 900)], vec![]));
    let higher = [bucket(Presence, 0, 600, 0), bucket(Call, 300, 900, 600)];
    assert_eq!(states(&higher), (vec![(300, 900)], vec![]));
    let class = [bucket(Call, 0, 600, 300), bucket(Presence, 300, 900, 300)];
    assert_eq!(
        known(&class).seen(&Spans::one(300, 900)).vacant,
        300,
        "presence before calls, though it begins later"
    );
}

#[test]
fn the_seconds_of_a_presence_bucket_are_witnessed_whether_it_counts_or_not() {
    let records = [interval(Call, 0, 100, true), bucket(Presence, 50, 100, 0)];
    let seen = known(&records).seen(&Spans::one(0, 100));
    assert_eq!((seen.occupied, seen.unwitnessed), (100, 50));
}

#[test]
fn what_has_to_be_known_for_a_span_reaches_over_chains_of_buckets() {
    let span = Span::new(100, 200).unwrap();
    let buckets = [(0, 50), (40, 110), (190, 300), (290, 400), (500, 600)];
    assert_eq!(reach(span, buckets), Span::new(0, 400).unwrap());
    assert_eq!(reach(span, []), span);
}

proptest! {
    #[test]
    fn a_sweep_finds_what_looking_at_every_second_finds(records in records(90, 3, 14), now in 0i64..120) {
        let evidence = Evidence::of(&records, Witnesses::of(&records), now);
        let naive = naive::Naive::of(&records, now, 130);
        for at in 0..130 {
            let second = Spans::one(at, at + 1);
            let state = (evidence.occupied().contains(at), evidence.vacant().contains(at));
            prop_assert_eq!(state, naive.state(at), "state at {}", at);
            let people = evidence.counts(&second).keys().next().copied();
            prop_assert_eq!(people, naive.people(at), "people at {}", at);
            prop_assert_eq!(evidence.conflicts().contains(at), naive.is_conflict(at), "conflict at {}", at);
        }
        for (from, to) in [(0, 130), (0, 45), (30, 60), (44, 91)] {
            prop_assert_eq!(evidence.seen(&Spans::one(from, to)), naive.seen(from, to), "{} to {}", from, to);
        }
    }

    #[test]
    fn the_order_of_records_does_not_matter(
        (records, shuffled) in records(90, 3, 12).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        let (one, other) = (known(&records), known(&shuffled));
        prop_assert_eq!(one.occupied(), other.occupied());
        prop_assert_eq!(one.vacant(), other.vacant());
        prop_assert_eq!(&one.unwitnessed, &other.unwitnessed);
        prop_assert_eq!(&one.partials, &other.partials);
        prop_assert_eq!(&one.people, &other.people);
        prop_assert_eq!(&one.told, &other.told);
    }
}

#[test]
fn a_room_with_five_thousand_records_a_day_is_quick() {
    let records: Vec<Record> = (0..150_000)
        .map(|number| match number % 5 {
            0 => sample(number * 17, u32::try_from(number % 7).unwrap()),
            1 => change(Presence, number * 17, number % 2 == 0),
            2 => bucket(InUse, number * 17, number * 17 + 60, 20),
            3 => interval(Call, number * 17, number * 17 + 30, true),
            _ => coverage(&[Presence], number * 17, number * 17 + 80, Observed, None),
        })
        .collect();
    let begin = std::time::Instant::now();
    let evidence = Evidence::of(&records, Witnesses::of(&records), 150_000 * 17);
    for hour in 0..700 {
        evidence.seen(&Spans::one(hour * 3_600, hour * 3_600 + 3_600));
    }
    // A month of such days took half a second without optimisation; looking at every second of each record takes minutes.
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}
