//! Whatever happened, and whenever a sink was told of it: in the end it has every verdict and every day as they are.

use std::collections::{BTreeMap, BTreeSet};

use collector_insights::answer::{Known, Verdicts};
use collector_insights::report::VerdictLine;

use super::*;
use crate::news::ClosedDay;
use crate::scope::digest;

const SINK: &str = "told";

/// What a sink has, which is told as the service tells it.
#[derive(Default)]
struct Receiver {
    /// By room and booking.
    verdicts: BTreeMap<(String, String), VerdictLine>,
    days: BTreeMap<(String, Date), ClosedDay>,
}

/// The verdicts of a room's bookings of some dates.
fn verdicts(store: &Store, scope: &Scope, address: &str, dates: (Date, Date), now: i64) -> Vec<VerdictLine> {
    let room = scope.rooms.iter().find(|room| room.address == address).unwrap();
    let known = known(store, room, scope.spaces_of(room), dates, now).unwrap();
    lines(&known, scope, dates, now)
}

fn lines(known: &Known, scope: &Scope, (from, to): (Date, Date), now: i64) -> Vec<VerdictLine> {
    let asked = Question {
        from,
        to,
        ..question(By::All)
    };
    let mut verdicts = Verdicts::new(&asked, &scope.buildings, now);
    verdicts.add(known);
    verdicts.lines()
}

/// The bookings of a room that are stored, also those that were removed.
fn stored(store: &Store, address: &str) -> BTreeSet<String> {
    let all = store
        .bookings("o365", address, begin() - 1_000 * DAY, begin() + 1_000 * DAY)
        .unwrap();
    all.into_iter().map(|booking| booking.id).collect()
}

/// The bookings of a room that are stored and have no verdict.
fn unjudged(store: &Store, address: &str, now: i64) -> BTreeSet<String> {
    let ahead = store.bookings("o365", address, now, now + 1_000 * DAY).unwrap();
    let unjudged = ahead
        .into_iter()
        .filter(|booking| booking.end > now && booking.history.removed_at.is_none());
    unjudged.map(|booking| booking.id).collect()
}

impl Receiver {
    fn take_all(&mut self, rollups: &mut Rollups, store: &Store, scope: &Scope, now: i64) {
        while let Some(mut page) = rollups.news(scope, SINK, now, 7).unwrap() {
            for news in &mut page.all {
                let dates = (news.date, news.date.tomorrow().unwrap());
                let room = scope
                    .rooms
                    .iter()
                    .find(|room| room.address == news.address)
                    .unwrap();
                let known = known(store, room, scope.spaces_of(room), dates, now).unwrap();
                news.is_told_from(&known);
                let lines = lines(&known, scope, dates, now);
                let before: BTreeSet<u64> = news.told.verdicts.drain(..).map(|(id, _)| id).collect();
                for id in unjudged(store, &news.address, now) {
                    if before.contains(&digest(&id).cast_unsigned()) {
                        self.verdicts.remove(&(news.address.clone(), id));
                    }
                }
                for line in lines {
                    if line.provisional {
                        let end: jiff::Timestamp = line.end.parse().unwrap();
                        let until = end.as_second() + 2 * HOUR;
                        news.until = Some(news.until.map_or(until, |other| other.min(until)));
                    }
                    news.told.verdicts.push((digest(&line.id).cast_unsigned(), 0));
                    self.verdicts
                        .insert((news.address.clone(), line.id.clone()), line);
                }
                if let Some(closed) = news.closed.clone() {
                    self.days.insert((news.address.clone(), news.date), closed);
                } else if news.is_forgotten {
                    self.days.remove(&(news.address.clone(), news.date));
                }
            }
            rollups.told(&page).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_sink_has_in_the_end_what_is_stored(
        events in prop::collection::vec((event(), prop::bool::weighted(0.3)), 1..50),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let mut rollups = Rollups::open(directory.path()).unwrap();
        rollups.set_told(&[SINK]).unwrap();
        let (mut now, mut configured, mut receiver) = (begin(), scope(false, false, false), Receiver::default());
        let mut vanished: BTreeSet<(String, String)> = BTreeSet::new();
        for (event, is_told) in &events {
            happens(&mut store, event, now);
            let told = receiver.verdicts.keys();
            vanished.extend(told.filter(|(address, id)| !stored(&store, address).contains(id)).cloned());
            match event {
                Event::Fold(_) => {
                    rollups.fold(&store, &configured, &[0, 1, 2], now, &|| true).unwrap();
                }
                Event::Configure(hours, spaces, rooms) => configured = scope(*hours, *spaces, *rooms),
                Event::Ask(at, by) => {
                    now = now.max(begin() + at * HOUR / 2);
                    rollups.report(&store, &configured, &question(*by), now, &|| true).unwrap();
                }
                _ => {}
            }
            if *is_told {
                receiver.take_all(&mut rollups, &store, &configured, now);
            }
        }
        rollups.fold(&store, &configured, &[0, 1, 2], now, &|| true).unwrap();
        receiver.take_all(&mut rollups, &store, &configured, now);
        let always = (date(begin() - 400 * DAY), date(begin() + 400 * DAY));
        for address in ROOMS {
            for line in verdicts(&store, &configured, address, always, now) {
                let has = receiver.verdicts.get(&(address.to_owned(), line.id.clone()));
                prop_assert_eq!(has, Some(&line));
            }
            // A booking that is not stored any more, because it was never confirmed or for its age, keeps the verdict that it had. If it comes again,
            // nobody knows what was told of it.
            for id in unjudged(&store, address, now) {
                let booking = (address.to_owned(), id);
                let has = receiver.verdicts.get(&booking).filter(|_| !vanished.contains(&booking));
                prop_assert_eq!(has, None);
            }
        }
        rollups.tell_again(SINK).unwrap();
        let mut left = receiver.days.clone();
        while let Some(page) = rollups.news(&configured, SINK, now, 500).unwrap() {
            for news in &page.all {
                if !news.is_forgotten {
                    // What is not over any more, such as after another zone or for a long booking, is told when it is over.
                    left.remove(&(news.address.clone(), news.date));
                }
                if let Some(closed) = &news.closed {
                    let has = receiver.days.get(&(news.address.clone(), news.date));
                    prop_assert_eq!(has, Some(closed), "{} {}", news.address, news.date);
                }
            }
            rollups.told(&page).unwrap();
        }
        prop_assert!(left.is_empty(), "told, and not there any more: {:?}", left);
    }
}
