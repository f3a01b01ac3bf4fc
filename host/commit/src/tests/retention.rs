//! When a clock is not believed.

use crate::{Aged, Deleted, hold};

const DAY: i64 = 24 * 60 * 60;

#[test]
fn a_clock_that_jumped_is_not_believed_if_it_would_cost_much() {
    let meetings = |old, all| Aged {
        meetings: Some((old, all)),
        usage: None,
    };
    let held = |last: Option<i64>, aged| hold(last.map(|day| day * DAY), 100 * DAY, 25, aged);
    assert_eq!(held(None, meetings(9, 9)), None);
    assert_eq!(held(Some(93), meetings(9, 9)), None);
    assert_eq!(held(Some(110), meetings(9, 9)), None);
    assert_eq!(held(Some(92), meetings(25, 100)), None);
    assert_eq!(
        held(Some(92), meetings(26, 100)).as_deref(),
        Some(
            "26 of 100 meetings became older than `keep` at once, because the clock advanced by 8 days; they are kept for now. Correct the clock; if it \
             is right, run `collector retention allow`"
        )
    );
    let records = Aged {
        meetings: Some((0, 100)),
        usage: Some((3, 4)),
    };
    let words = held(Some(1), records).unwrap();
    assert!(
        words.starts_with("3 of 4 usage and coverage records became older than `keep-usage`"),
        "{words}"
    );
    assert_eq!(held(Some(1), Aged::default()), None);
}

#[test]
fn what_was_deleted_is_counted_in_words() {
    let words = |meetings, usage| Deleted { meetings, usage }.to_string();
    assert_eq!(words(1, 0), "1 stored meeting");
    assert_eq!(words(0, 0), "0 stored meetings");
    assert_eq!(words(0, 1), "1 stored usage or coverage record");
    assert_eq!(
        words(2, 3),
        "2 stored meetings and 3 stored usage or coverage records"
    );
}
