//! A feed that held events and comes back empty is believed only if it stays empty.

use crate::cursor::Cursor;
use crate::fixture::{SETTINGS, atrium, calendar, event, now, spring, with_feed};
use connector_sdk::Outcome;

const MEETING: &str = "UID:a\nDTSTART:20260310T090000Z\nDTEND:20260310T100000Z";

fn pass(feed: &str, cursor: Option<Cursor>) -> (Outcome, Vec<String>) {
    let host = with_feed(feed);
    let mut rooms = atrium();
    rooms[0].cursor = cursor.and_then(Cursor::text);
    let mut outcomes = now(crate::feed::collect(&host, SETTINGS, &rooms, spring())).unwrap();
    let warnings = host
        .log
        .borrow()
        .iter()
        .filter(|line| line.starts_with("Warn"))
        .cloned()
        .collect();
    (outcomes.remove(0).outcome, warnings)
}

#[test]
fn a_full_feed_that_is_empty_once_changes_nothing_and_is_warned_of() {
    let empty = calendar("X-WR-CALNAME:Atrium");
    let (outcome, warnings) = pass(&empty, Some(Cursor::Full));
    assert_eq!(outcome, Outcome::Changes(Cursor::Emptied.text()));
    assert_eq!(
        warnings,
        [
            "Warn: feed of atrium@contoso.com: it had events before and is empty now; the room's stored meetings stay until the \
          next pass finds it empty too"
        ]
    );
    // The next pass believes it; a pass that finds the feed full again forgets it.
    assert_eq!(
        pass(&empty, Some(Cursor::Emptied)),
        (Outcome::Complete(Cursor::Emptied.text()), vec![])
    );
    assert_eq!(
        pass(&event(MEETING), Some(Cursor::Emptied)),
        (Outcome::Complete(Cursor::Full.text()), vec![])
    );
}

#[test]
fn an_empty_feed_of_which_nothing_is_known_takes_nothing_away_before_the_next_pass() {
    let empty = calendar("X-WR-CALNAME:Atrium");
    assert_eq!(
        pass(&empty, None),
        (Outcome::Changes(Cursor::Emptied.text()), vec![])
    );
}

#[test]
fn a_feed_whose_events_are_all_outside_the_window_is_not_empty() {
    let past = event("UID:a\nDTSTART:20200310T090000Z\nDURATION:PT1H");
    assert_eq!(
        pass(&past, Some(Cursor::Full)).0,
        Outcome::Complete(Cursor::Full.text())
    );
}

#[test]
fn a_cursor_is_read_as_it_was_written() {
    for cursor in [Cursor::Full, Cursor::Emptied] {
        assert_eq!(Cursor::read(&cursor.text().unwrap()), Some(cursor));
    }
    assert_eq!(Cursor::read("of another version"), None);
}
