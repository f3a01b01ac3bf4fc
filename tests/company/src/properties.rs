//! What holds for every company.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::{Booking, Company, Counting, Fate, Occupied, Plan, Reason, Room, Span, Status};

fn plans() -> impl Strategy<Value = Plan> {
    // Any seed, anywhere in ten years, so that clocks change in some of them.
    (
        any::<u64>(),
        1usize..13,
        1_700_000_000i64..2_000_000_000,
        1u32..40,
    )
        .prop_map(|(seed, rooms, first, days)| Plan {
            seed,
            rooms,
            first,
            days,
        })
}

fn sorted_and_apart(spans: impl Iterator<Item = Span>, inside: Span) -> bool {
    let spans: Vec<Span> = spans.collect();
    spans.windows(2).all(|pair| pair[0].end <= pair[1].start)
        && spans
            .iter()
            .all(|span| span.seconds() > 0 && span.overlap(inside) == Some(*span))
}

fn own(room: &Room, index: usize) -> impl Iterator<Item = &Occupied> {
    room.occupied
        .iter()
        .filter(move |occupied| occupied.booking == Some(index))
}

/// Whether what happened is what the fate says.
fn comes_true(room: &Room, index: usize, booking: &Booking) -> bool {
    let inside: i64 = own(room, index)
        .filter_map(|occupied| occupied.span.overlap(booking.span))
        .map(Span::seconds)
        .sum();
    let late = own(room, index)
        .next()
        .map(|first| first.span.start - booking.span.start);
    let early = own(room, index)
        .last()
        .map(|last| booking.span.end - last.span.end);
    let need = (booking.span.seconds() / 5).clamp(1, 300);
    match booking.fate {
        Fate::Attended => inside >= need && late <= Some(600) && early < Some(900),
        Fate::LateStart => inside >= need && late > Some(600),
        Fate::EarlyEnd => inside >= need && late <= Some(600) && early >= Some(900),
        Fate::Brief => inside > 120 && inside < need,
        Fate::NoShow => late.is_none(),
        Fate::NotExpected => late.is_none() && (booking.all_day || booking.status == Status::Cancelled),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_same_plan_gives_the_same_company_and_more_rooms_change_no_room(plan in plans()) {
        let company = plan.company();
        prop_assert_eq!(&company, &plan.company());
        let larger = Plan { rooms: plan.rooms + 3, ..plan }.company();
        prop_assert_eq!(&company.rooms[..], &larger.rooms[..plan.rooms]);
    }

    #[test]
    fn spans_are_well_formed(plan in plans()) {
        for room in plan.company().rooms {
            prop_assert!(sorted_and_apart(room.occupied.iter().map(|occupied| occupied.span), room.period));
            prop_assert!(room.occupied.iter().all(|occupied| (1..=room.capacity).contains(&occupied.people)));
            prop_assert!(room.bookings.is_sorted_by_key(|booking| booking.span));
            prop_assert!(room.bookings.iter().all(|booking| booking.span.overlap(room.period) == Some(booking.span)));
            let calls = room.calls.iter().flat_map(|call| call.in_room.iter().copied());
            prop_assert!(sorted_and_apart(calls, room.period));
            for device in &room.devices {
                prop_assert!(sorted_and_apart(device.blind.iter().map(|blind| blind.span), room.period));
                prop_assert!(sorted_and_apart(device.seen.iter().map(|seen| seen.span), room.period));
            }
        }
    }

    #[test]
    fn every_booking_has_the_fate_that_it_says(plan in plans()) {
        for room in plan.company().rooms {
            for (index, booking) in room.bookings.iter().enumerate() {
                prop_assert!(comes_true(&room, index, booking), "{booking:?}: {:?}", own(&room, index).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn calls_take_place_among_people_unless_nobody_hung_up(plan in plans()) {
        for room in plan.company().rooms {
            for call in &room.calls {
                let spans = call.in_room.iter().chain(&call.presented).copied();
                let remote = call.remote.iter().flat_map(|remote| std::iter::once(remote.span).chain(remote.presented));
                for span in spans.chain(remote) {
                    prop_assert!(span.seconds() > 0 && span.overlap(call.span) == Some(span));
                }
                for span in &call.in_room {
                    let peopled: i64 = room.occupied.iter().filter_map(|o| o.span.overlap(*span)).map(Span::seconds).sum();
                    let last = call.in_room.last() == Some(span);
                    prop_assert_eq!(peopled < span.seconds(), call.left_running && last);
                }
            }
        }
    }

    #[test]
    fn devices_see_the_truth_and_nothing_while_they_are_blind(plan in plans()) {
        for room in plan.company().rooms {
            for device in &room.devices {
                for seen in &device.seen {
                    prop_assert!(device.blind.iter().all(|blind| blind.span.overlap(seen.span).is_none()));
                    for at in [seen.span.start, seen.span.end - 1] {
                        prop_assert_eq!(device.count_at(at), Some(room.people_at(at)));
                    }
                    let inside = room.occupied.iter().filter(|occupied| occupied.span.overlap(seen.span).is_some());
                    prop_assert_eq!(inside.count(), usize::from(seen.people > 0), "one count at a time");
                }
                let watched: i64 = match device.counting {
                    Counting::Always => room.period.seconds(),
                    Counting::InCalls => room.calls.iter().flat_map(|call| &call.in_room).map(|span| span.seconds()).sum(),
                };
                let seen: i64 = device.seen.iter().map(|seen| seen.span.seconds()).sum();
                let blind: i64 = device.blind.iter().map(|blind| blind.span.seconds()).sum();
                prop_assert!(seen <= watched && (device.counting == Counting::InCalls || seen + blind == watched));
            }
        }
    }
}

fn bookings(company: &Company) -> Vec<&Booking> {
    company.rooms.iter().flat_map(|room| &room.bookings).collect()
}

#[test]
fn the_usual_company_has_every_case() {
    let company = Plan::default().company();
    let all = bookings(&company);
    let ids: HashSet<&str> = all.iter().map(|booking| booking.id.as_str()).collect();
    assert_eq!(ids.len(), all.len());
    for fate in [
        Fate::Attended,
        Fate::LateStart,
        Fate::EarlyEnd,
        Fate::Brief,
        Fate::NoShow,
        Fate::NotExpected,
    ] {
        assert!(
            all.iter().filter(|booking| booking.fate == fate).count() > 20,
            "{fate:?}"
        );
    }
    for status in [Status::Confirmed, Status::Tentative, Status::Cancelled] {
        assert!(
            all.iter()
                .any(|booking| booking.status == status && booking.series.is_none()),
            "{status:?}"
        );
    }
    assert!(all.iter().any(|booking| booking.private) && all.iter().any(|booking| booking.all_day));
    for room in &company.rooms {
        let meetings: Vec<&Booking> = room.bookings.iter().filter(|booking| !booking.all_day).collect();
        assert!(
            meetings
                .windows(2)
                .any(|pair| pair[0].span.end == pair[1].span.start),
            "back to back"
        );
        assert!(room.series.iter().any(|series| !series.deleted.is_empty()));
        assert!(
            room.occupied.iter().any(|occupied| occupied.booking.is_none()),
            "without a booking"
        );
        assert!(room.calls.iter().any(|call| !call.presented.is_empty()));
    }
    let doubles = |room: &Room| {
        let meetings: Vec<&Booking> = room.bookings.iter().filter(|booking| !booking.all_day).collect();
        meetings
            .windows(2)
            .any(|pair| pair[0].span.end > pair[1].span.start)
    };
    assert!(company.rooms.iter().any(doubles), "double by mistake");
    let calls: Vec<_> = company.rooms.iter().flat_map(|room| &room.calls).collect();
    assert!(calls.iter().any(|call| call.left_running) && calls.iter().any(|call| call.completed.is_some()));
    let devices: Vec<usize> = company
        .rooms
        .iter()
        .map(|room| room.devices.len())
        .take(6)
        .collect();
    assert_eq!(devices, [1, 2, 1, 0, 1, 1]);
    assert_eq!(company.rooms[5].devices[0].counting, Counting::InCalls);
    let ahead = company
        .rooms
        .iter()
        .flat_map(|room| &room.devices)
        .filter(|device| device.clock_ahead == 3600);
    assert_eq!(ahead.count(), 1);
    let asleep = |room: &Room| {
        room.devices[0]
            .blind
            .iter()
            .any(|blind| blind.reason == Reason::Standby)
    };
    assert!(asleep(&company.rooms[0]) && !asleep(&company.rooms[1]));
}

#[test]
fn nobody_attends_a_ghost_series_any_more() {
    let company = Plan::default().company();
    let room = &company.rooms[4];
    let (n, series) = room
        .series
        .iter()
        .enumerate()
        .find(|(_, series)| series.ghost_from.is_some())
        .unwrap();
    let late = room
        .bookings
        .iter()
        .filter(|booking| booking.series == Some(n) && Some(booking.span.start) >= series.ghost_from);
    let fates: Vec<Fate> = late
        .map(|booking| booking.fate)
        .filter(|fate| *fate != Fate::NotExpected)
        .collect();
    assert!(
        fates.len() >= 3 && fates.iter().all(|fate| *fate == Fate::NoShow),
        "{fates:?}"
    );
}

#[test]
fn a_series_keeps_its_local_time_when_the_clocks_change() {
    let company = Plan::default().company();
    let room = &company.rooms[0];
    assert_eq!(company.buildings[room.building].zone, "Europe/Berlin");
    let times: HashSet<i64> = room
        .bookings
        .iter()
        .filter(|booking| booking.series == Some(1))
        .map(|b| b.span.start % 86_400)
        .collect();
    let usual: Vec<i64> = times.into_iter().collect();
    assert!(
        usual.iter().any(|time| usual.contains(&(time + 3600))),
        "{usual:?}"
    );
    assert_eq!(room.period.seconds(), 28 * 86_400 + 3600);
}
