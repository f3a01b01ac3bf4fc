//! The program is killed at any moment: each room has all of its meetings from before or all of its new ones, nothing private is
//! left behind, and the next pass completes.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{Running, Source, Workplace, calendar_of};
use graph_sim::{Event, Fault, Mailbox, Room, Simulator, Tenant, when};

const ROOMS: usize = 60;
/// Meetings in each room whose subject may be shown.
const MEETINGS: usize = 40;
const PASS: [&str; 5] = [
    "run-once",
    "--from",
    "2026-03-09T00:00:00Z",
    "--to",
    "2026-03-16T00:00:00Z",
];

/// Sixty rooms, three slices that are read one after the other, and a store.
struct Situation {
    simulator: Simulator,
    workplace: Workplace,
}

impl Situation {
    fn new() -> Self {
        let tenant = (0..ROOMS).fold(Tenant::new("contoso.com"), |tenant, number| {
            let slow = Mailbox::Slow(Duration::from_millis(30));
            tenant.room(Room::new(&format!("room-{number:02}@contoso.com"), "Room").mailbox(slow))
        });
        let simulator = Simulator::start(tenant).unwrap();
        let source = Source::contoso(&simulator).limit("requests", "1");
        let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
        Self { simulator, workplace }
    }

    /// Every room's meetings are those of this generation, and no others any more.
    fn book(&self, generation: usize) {
        let event = |subject: String| Event::new(&subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
        self.simulator
            .update(|tenant| {
                for room in tenant.rooms_mut() {
                    let shown = (0..MEETINGS).map(|number| event(format!("{generation} {number}")));
                    *room.events_mut() = shown.chain([event("HUSH".into()).private()]).collect();
                }
                Ok(())
            })
            .unwrap();
    }

    /// A pass to its end: every room has this generation.
    fn complete(&self, generation: usize) {
        let ended = self.workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(generations(&ended.stdout), vec![generation; ROOMS]);
    }

    /// A pass that is killed when the moment comes. The moment is told of this pass alone.
    fn killed(&self, moment: Moment) -> bool {
        self.simulator.forget_requests();
        let running = Running::start(&mut self.workplace.command(&PASS)).unwrap();
        running.kill_when(|| self.has_come(moment)).unwrap()
    }

    /// The numbers of the rooms whose calendars were asked for, in that order.
    fn asked(&self) -> Vec<usize> {
        let calendar = |room| calendar_of(&format!("room-{room:02}@contoso.com"));
        let calendars: Vec<String> = (0..ROOMS).map(calendar).collect();
        let room = |target: &str| calendars.iter().position(|calendar| target.starts_with(calendar));
        let requests = self.simulator.requests();
        requests
            .iter()
            .filter_map(|request| room(&request.target))
            .collect()
    }

    fn has_come(&self, moment: Moment) -> bool {
        match moment {
            Moment::Batches(count) => self.simulator.batches() >= count,
            Moment::Written(bytes) => {
                let log = self.workplace.path().join("data/collector.sqlite3-wal");
                std::fs::metadata(log).is_ok_and(|log| log.len() >= bytes)
            }
        }
    }

    /// What is stored, as a user sees it: what a pass prints that can read no calendar.
    fn stored(&self) -> Vec<usize> {
        self.simulator.inject(when("calendarView").then(Fault::Error(
            403,
            "ErrorAccessDenied".into(),
            "no".into(),
        )));
        let ended = self.workplace.collect(&[]).unwrap();
        self.simulator.no_more_faults();
        assert!(
            ended
                .stderr
                .contains(&format!("contoso: rooms: 0 collected, {ROOMS} refused")),
            "{}",
            ended.stderr
        );
        generations(&ended.stdout)
    }

    fn nothing_private_is_left(&self) {
        for (path, content) in self.workplace.data().unwrap() {
            assert!(
                !content.windows(4).any(|part| part == b"HUSH"),
                "{}",
                path.display()
            );
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So many batches were answered. The first is for the rooms' object ids, the others for their calendars.
    Batches(usize),
    /// The store's write-ahead log has so many bytes.
    Written(u64),
}

/// The generation of each room that has meetings. A room has all meetings of one generation, or the test fails.
fn generations(stdout: &str) -> Vec<usize> {
    let mut rooms: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let mut withheld: BTreeMap<String, usize> = BTreeMap::new();
    for meeting in e2e::meetings(stdout).unwrap() {
        let room = meeting["room"].as_str().unwrap().to_owned();
        match meeting["subject"].as_str() {
            Some(subject) => {
                let (generation, number) = subject.split_once(' ').unwrap();
                rooms
                    .entry(room)
                    .or_default()
                    .push((generation.parse().unwrap(), number.parse().unwrap()));
            }
            None => *withheld.entry(room).or_default() += 1,
        }
    }
    rooms
        .into_iter()
        .map(|(room, mut meetings)| {
            meetings.sort_unstable();
            let generation = meetings[0].0;
            let whole: Vec<_> = (0..MEETINGS).map(|number| (generation, number)).collect();
            assert_eq!(meetings, whole, "{room}");
            assert_eq!(withheld.get(&room), Some(&1), "{room}");
            generation
        })
        .collect()
}

/// Kills a pass over a store that holds the generation before, at each of these moments. How many of them caught it between two
/// rooms.
fn killed_at(moments: impl IntoIterator<Item = Moment>) -> usize {
    let situation = Situation::new();
    situation.book(0);
    situation.complete(0);
    let mut between = 0;
    for (before, moment) in moments.into_iter().enumerate() {
        let now = before + 1;
        situation.book(now);
        situation.killed(moment);
        situation.nothing_private_is_left();
        let stored = situation.stored();
        assert_eq!(stored.len(), ROOMS, "{moment:?}");
        assert!(
            stored.iter().all(|generation| [before, now].contains(generation)),
            "{moment:?}: {stored:?}"
        );
        between += usize::from(stored.contains(&before) && stored.contains(&now));
        situation.complete(now);
    }
    between
}

#[test]
fn a_pass_that_is_killed_while_it_reads_leaves_each_room_whole() {
    let between = killed_at((0..=4).map(Moment::Batches));
    assert!(between > 0, "no moment was in the middle of a pass");
}

#[test]
fn a_pass_that_is_killed_while_it_writes_leaves_each_room_whole() {
    let between = killed_at([1, 40_000, 80_000, 160_000, 320_000, 480_000].map(Moment::Written));
    assert!(between > 0, "no moment was in the middle of the writing");
}

#[test]
fn the_first_pass_that_is_killed_leaves_rooms_that_are_whole_or_without_meetings() {
    for moment in [
        Moment::Batches(0),
        Moment::Batches(1),
        Moment::Written(1),
        Moment::Written(100_000),
        Moment::Batches(3),
    ] {
        let situation = Situation::new();
        situation.book(7);
        assert!(situation.killed(moment), "{moment:?}");
        situation.nothing_private_is_left();
        let stored = situation.stored();
        assert!(
            stored.iter().all(|generation| *generation == 7),
            "{moment:?}: {stored:?}"
        );
        assert!(stored.len() < ROOMS, "{moment:?}: it was killed before its end");
        situation.complete(7);
    }
}

#[test]
fn a_pass_that_is_killed_is_gone_on_with_where_it_was() {
    let situation = Situation::new();
    situation.book(0);
    situation.complete(0);
    // The fourth batch is that of the third slice: the first one is stored, the second may be, the third one is not.
    assert!(
        situation.killed(Moment::Batches(4)),
        "it was killed before its end"
    );
    let asked = situation.asked();
    assert_eq!(asked, (0..ROOMS).collect::<Vec<_>>());
    situation.simulator.forget_requests();
    situation.complete(0);
    let asked = situation.asked();
    assert_eq!(asked.len(), ROOMS);
    let first_read = asked.iter().position(|room| *room < 20).unwrap();
    let last_unread = asked.iter().rposition(|room| *room >= 40).unwrap();
    assert!(last_unread < first_read, "{asked:?}");
}

#[test]
fn what_a_killed_pass_left_can_be_read_by_a_dry_run() {
    let situation = Situation::new();
    situation.book(0);
    situation.complete(0);
    situation.book(1);
    // The fourth batch is that of the third slice: the first one is stored.
    assert!(situation.killed(Moment::Batches(4)));
    let dry = situation.workplace.collect(&["--dry-run"]).unwrap();
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert_eq!(generations(&dry.stdout), [1; ROOMS]);
    let stored = situation.stored();
    assert!(stored.contains(&0), "the dry run kept nothing: {stored:?}");
    assert!(
        stored.contains(&1),
        "what the killed pass had committed is there: {stored:?}"
    );
}

#[test]
fn two_passes_over_one_store_at_one_time_both_complete() {
    let situation = Situation::new();
    situation.book(3);
    let collect = || situation.workplace.collect(&[]).unwrap();
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(collect);
        let second = scope.spawn(collect);
        (first.join().unwrap(), second.join().unwrap())
    });
    assert_eq!(
        (first.code, second.code),
        (0, 0),
        "{}{}",
        first.stderr,
        second.stderr
    );
    assert_eq!(generations(&first.stdout), [3; ROOMS]);
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn a_store_that_is_damaged_or_of_a_newer_collector_is_said_and_left_alone() {
    let situation = Situation::new();
    situation.book(0);
    situation.complete(0);
    let file = situation.workplace.path().join("data/collector.sqlite3");
    let newer = |file: &std::path::Path| {
        rusqlite::Connection::open(file)
            .unwrap()
            .pragma_update(None, "user_version", 999)
            .unwrap();
    };
    newer(&file);
    for damage in [false, true] {
        if damage {
            std::fs::write(&file, "this is no store").unwrap();
        }
        let before = std::fs::read(&file).unwrap();
        let ended = situation.workplace.collect(&[]).unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
        let expected = "error: the store data/collector.sqlite3 cannot be opened: ";
        assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
        assert!(before == std::fs::read(&file).unwrap(), "the file was changed");
    }
}
