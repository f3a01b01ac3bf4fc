//! Slow and refused rooms cost the others nothing, and a pass begins with the rooms that wait longest.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use e2e::{Source, calendar_of};
use graph_sim::{Event, Fault, Mailbox, Refusal, RetryAfter, Room, Simulator, Tenant, when};

use crate::case::Area;
use crate::setting::{address, tenant, workplace};

const THROTTLING: &str = "Microsoft Graph throttling guidance";
const LIMITS: &str = "Microsoft Graph service-specific throttling limits (Outlook)";

pub(crate) fn area() -> Area {
    Area::new("Fairness")
        .case(
            "a room whose mailbox hangs costs only itself",
            "Elastic Teams connector (its throttled pages are skipped)",
            a_room_whose_mailbox_hangs_costs_only_itself,
        )
        .case(
            "a room that lets every batch with it time out at the gateway costs only itself",
            "Microsoft Graph error responses",
            a_room_that_lets_every_batch_with_it_time_out_costs_only_itself,
        )
        .case(
            "a room that is throttled again and again does not hold the pass up",
            THROTTLING,
            a_room_that_is_throttled_again_and_again_does_not_hold_the_pass_up,
        )
        .case(
            "a room whose changes take too long to tell is read as a whole",
            "microsoft-graph-docs #6499, #2240, #3657",
            a_room_whose_changes_take_too_long_to_tell_is_read_as_a_whole,
        )
        .case(
            "rooms that were refused are read after the others and share no batch with them",
            LIMITS,
            rooms_that_were_refused_are_read_after_the_others_and_share_no_batch_with_them,
        )
        .case(
            "passes that are too short for all rooms read all of them together",
            THROTTLING,
            passes_that_are_too_short_for_all_rooms_read_all_of_them_together,
        )
        .case(
            "a service that takes few requests at once is collected whole",
            "graph-rs-sdk, CLI for Microsoft 365 (no limit to retries)",
            a_service_that_takes_few_requests_at_once_is_collected_whole,
        )
}

pub(crate) fn set_mailbox(simulator: &Simulator, room: usize, state: Mailbox) {
    simulator
        .update(|tenant| {
            tenant.room_mut(&address(room))?.set_mailbox(state);
            Ok(())
        })
        .unwrap();
}

/// So many rooms, each with one meeting, all of this mailbox.
fn slow(rooms: usize, each: Duration) -> Tenant {
    (0..rooms).fold(Tenant::new("contoso.com"), |tenant, number| {
        let event = Event::new("Meeting", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
        let room = Room::new(&address(number), "Room").event(event);
        tenant.room(room.mailbox(Mailbox::Slow(each)))
    })
}

/// The rooms of each batch that asked for calendars, in the order of the batches.
fn slices(simulator: &Simulator, rooms: usize) -> Vec<BTreeSet<usize>> {
    let calendars: Vec<String> = (0..rooms).map(|room| calendar_of(&address(room))).collect();
    let mut slices = Vec::new();
    let mut slice = BTreeSet::new();
    for request in simulator.requests() {
        if request.inner {
            let asked = calendars
                .iter()
                .position(|calendar| request.target.starts_with(calendar));
            slice.extend(asked);
        } else if !slice.is_empty() {
            slices.push(std::mem::take(&mut slice));
        }
    }
    slices
}

/// The rooms whose meetings are printed.
pub(crate) fn printed(stdout: &str) -> usize {
    stdout.lines().count()
}

fn a_room_whose_mailbox_hangs_costs_only_itself() {
    let simulator = Simulator::start(tenant(25)).unwrap();
    set_mailbox(&simulator, 3, Mailbox::Slow(Duration::from_secs(60)));
    let source = Source::contoso(&simulator)
        .limit("slice-time", "\"2s\"")
        .limit("requests", "1");
    let workplace = workplace(&source);
    let begun = Instant::now();
    let first = workplace.collect(&[]).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    assert_eq!((first.code, printed(&first.stdout)), (3, 24), "{}", first.stderr);
    assert!(
        first
            .stderr
            .contains("contoso: rooms: 24 collected, 0 refused, 0 missing, 1 failed\n"),
        "{}",
        first.stderr
    );
    assert_eq!(
        first.said("room-003@contoso.com: failed: ").len(),
        1,
        "{}",
        first.stderr
    );
    // From now on it is read after all others, and alone.
    simulator.forget_requests();
    let second = workplace.collect(&[]).unwrap();
    assert_eq!(
        (second.code, printed(&second.stdout)),
        (3, 24),
        "{}",
        second.stderr
    );
    let slices = slices(&simulator, 25);
    assert_eq!(slices.iter().map(BTreeSet::len).collect::<Vec<_>>(), [20, 4, 1]);
    assert_eq!(slices[2], [3].into());
    // Until it answers again.
    set_mailbox(&simulator, 3, Mailbox::Normal);
    let third = workplace.collect(&[]).unwrap();
    assert_eq!((third.code, printed(&third.stdout)), (0, 25), "{}", third.stderr);
}

fn a_room_that_lets_every_batch_with_it_time_out_costs_only_itself() {
    let simulator = Simulator::start(tenant(25)).unwrap();
    set_mailbox(&simulator, 3, Mailbox::Slow(Duration::from_secs(60)));
    let impatient = Fault::Impatience(Duration::from_millis(200));
    simulator.inject(when("/$batch").outer().then(impatient));
    let ended = workplace(&Source::contoso(&simulator)).collect(&[]).unwrap();
    assert_eq!((ended.code, printed(&ended.stdout)), (3, 24), "{}", ended.stderr);
    assert_eq!(
        ended
            .said("room-003@contoso.com: failed: calendar of the room: Graph took too long")
            .len(),
        1,
        "{}",
        ended.stderr
    );
    // It was asked for as often with others as alone: as often as the program sends a request that may pass.
    let asked = simulator.requests_to(&calendar_of(&address(3))).len();
    let others = simulator.requests_to(&calendar_of(&address(2))).len();
    assert_eq!((asked, others), (10, 6), "{}", ended.stderr);
}

fn a_room_that_is_throttled_again_and_again_does_not_hold_the_pass_up() {
    let simulator = Simulator::start(tenant(3)).unwrap();
    let throttled = Fault::Throttled(RetryAfter::Seconds(1));
    simulator.inject(when(&calendar_of(&address(1))).inner().then(throttled));
    // A pass may last half an hour.
    let ended = workplace(&Source::contoso(&simulator)).collect(&[]).unwrap();
    assert_eq!((ended.code, printed(&ended.stdout)), (3, 2), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("2 collected, 0 refused, 0 missing, 1 failed (1 of them still throttled)\n"),
        "{}",
        ended.stderr
    );
    assert_eq!(simulator.requests_to(&calendar_of(&address(1))).len(), 11);
}

/// The service gives no answer at all while it looks for what changed in one of the calendars.
fn a_room_whose_changes_take_too_long_to_tell_is_read_as_a_whole() {
    let simulator = Simulator::start(tenant(3)).unwrap();
    let source = Source::contoso(&simulator)
        .switched_on("changes-only")
        .limit("slice-time", "\"2s\"");
    let workplace = workplace(&source);
    let pass = || {
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.brief().unwrap().len(), 3, "{}", ended.stderr);
    };
    // It takes two passes until it is asked first what changed.
    pass();
    pass();
    let changes = format!("{}/delta", calendar_of(&address(1)));
    let hangs = Fault::SlowStart(Duration::from_secs(60));
    simulator.inject(when(&changes).inner().then(hangs));
    pass();
}

fn rooms_that_were_refused_are_read_after_the_others_and_share_no_batch_with_them() {
    let simulator = Simulator::start(tenant(4)).unwrap();
    for room in [0, 2] {
        set_mailbox(&simulator, room, Mailbox::Refused(Refusal::AccessDenied));
    }
    let workplace = workplace(&Source::contoso(&simulator).limit("requests", "1"));
    assert_eq!(workplace.collect(&[]).unwrap().code, 3);
    assert_eq!(slices(&simulator, 4), [[0, 1, 2, 3].into()]);
    simulator.forget_requests();
    assert_eq!(workplace.collect(&[]).unwrap().code, 3);
    assert_eq!(slices(&simulator, 4), [BTreeSet::from([1, 3]), [0, 2].into()]);
}

fn passes_that_are_too_short_for_all_rooms_read_all_of_them_together() {
    const ROOMS: usize = 120;
    // A batch of twenty takes half a second: no pass of two seconds reads more than four of the six.
    let simulator = Simulator::start(slow(ROOMS, Duration::from_millis(100))).unwrap();
    let source = Source::contoso(&simulator)
        .limit("pass-time", "\"2s\"")
        .limit("requests", "1");
    let workplace = workplace(&source);
    let mut collected = vec![0];
    while collected.last().is_some_and(|count| *count < ROOMS) {
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 3, "{}", ended.stderr);
        collected.push(printed(&ended.stdout));
        assert!(
            collected.is_sorted_by(|before, now| before < now),
            "{collected:?}"
        );
    }
    assert!(collected.len() > 2, "one pass was enough");
}

fn a_service_that_takes_few_requests_at_once_is_collected_whole() {
    const ROOMS: usize = 400;
    let simulator = Simulator::start(slow(ROOMS, Duration::from_millis(20))).unwrap();
    let throttled = Fault::Throttled(RetryAfter::Seconds(1));
    simulator.inject(when("/$batch").outer().beyond(2).then(throttled));
    let source = Source::contoso(&simulator).limit("requests", "8");
    let ended = workplace(&source).collect(&[]).unwrap();
    assert_eq!(
        (ended.code, printed(&ended.stdout)),
        (0, ROOMS),
        "{}",
        ended.stderr
    );
    let refused = simulator
        .requests()
        .iter()
        .filter(|request| request.status == 429)
        .count();
    assert!(refused > 0, "there was nothing to get over");
}
