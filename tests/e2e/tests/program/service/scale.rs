//! A store with many meetings, made by SQL: what takes long stands in nobody's way, and what is kept as a count is what a count finds.
//! (How long it takes with two million is measured by `make bench-scale`.)

use e2e::Service;
use rusqlite::{Connection, params};

use crate::service::served::get;
use crate::situation::{FILE_SINK, SERVICE, Situation};

const ROOMS: i64 = 400;
const EACH: i64 = 50;

/// A sink at a port where nobody listens.
const DEAF_SINK: &str = "[[sink]]\nname = \"deaf\"\ntype = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\nsecret = { file = \"hook\" }\n";

fn database(situation: &Situation) -> Connection {
    Connection::open(situation.workplace.path().join("data/collector.sqlite3")).unwrap()
}

/// Two rooms that are collected, and a store in which another source left twenty thousand meetings of two years.
fn situation(keep: &str) -> Situation {
    let situation = Situation::new(2);
    situation.book(0, 3);
    situation
        .workplace
        .write_private("hook", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .unwrap();
    let source = Situation::source(&situation.simulator);
    let configuration = format!("{keep}{source}{SERVICE}{FILE_SINK}{DEAF_SINK}");
    situation.workplace.configure(&configuration).unwrap();
    let ended = situation.workplace.run(&["run-once"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let mut database = database(&situation);
    // Nobody looks for these by their ids, so any keys will do.
    let transaction = database.transaction().unwrap();
    for room in 0..ROOMS {
        transaction
            .execute(
                "INSERT INTO room (number, source, address, name, lists, listed, meetings, known_from)
                 VALUES (1000 + ?1, 'elsewhere', 'old-' || ?1, 'Old', '[]', 1, ?2, 0)",
                params![room, EACH],
            )
            .unwrap();
        transaction
            .execute(
                "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ?2)
                 INSERT INTO meeting (slot, room, key, id, subject, withheld, start_at, end_at, all_day, status)
                 SELECT ((1000 + ?1) << 32) + n, 1000 + ?1, random(), hex(randomblob(40)), 'Old ' || n, 0, unixepoch() - n * 1200000 - 1800, unixepoch() - n * 1200000, 0, 0
                 FROM count",
                params![room, EACH],
            )
            .unwrap();
    }
    transaction.commit().unwrap();
    situation
}

/// What each sink's figure is, and what a count finds.
fn backlogs(database: &Connection) -> Vec<(String, i64, i64)> {
    database
        .prepare(
            "SELECT name,
                waiting + (SELECT coalesce(sum(meetings), 0) FROM refill JOIN room ON room.number = refill.room WHERE refill.sink = sink.name),
                (SELECT count(*) FROM outbox WHERE number > delivered
                    AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = sink.name AND refill.room = outbox.room))
                + (SELECT count(*) FROM refill JOIN meeting USING (room) WHERE refill.sink = sink.name)
             FROM sink ORDER BY name",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn assert_rooms_are_counted(database: &Connection) {
    let wrong: i64 = database
        .query_row(
            "SELECT count(*) FROM room WHERE meetings <> (SELECT count(*) FROM meeting WHERE room = number)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(wrong, 0, "rooms whose count is wrong");
}

#[test]
fn while_somebody_writes_for_long_figures_and_status_answer_and_passes_go_on_afterwards() {
    let situation = situation("");
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    let address = service.address().unwrap();
    let database = database(&situation);
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(&address, "/readyz").0, 200);
    let (status, metrics) = get(&address, "/metrics");
    assert_eq!(status, 200);
    assert!(
        metrics.contains("collector_sink_backlog_changes{sink=\"deaf\"}"),
        "{metrics}"
    );
    let said = situation.workplace.run(&["status"]).unwrap();
    assert_eq!(said.code, 0, "{}", said.stderr);
    database.execute_batch("ROLLBACK").unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    assert!(service.stop().unwrap().0.success());
}

#[test]
fn while_thousands_of_meetings_are_forgotten_passes_go_on_and_what_is_counted_stays_right() {
    let situation = situation("[collector]\nkeep = \"30d\"\n");
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_line("deleted meetings").unwrap();
    let said = service.said();
    let (before, _) = said.split_once("deleted meetings").unwrap();
    assert!(before.contains("the pass was complete"), "{said}");
    let database = database(&situation);
    let left: i64 = database
        .query_row(
            "SELECT count(*) FROM meeting WHERE end_at < unixepoch() - 30 * 86400",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
    assert_rooms_are_counted(&database);
    assert!(service.stop().unwrap().0.success());
}

#[test]
fn what_waits_for_a_sink_is_counted_as_it_is_while_changes_come_and_a_room_is_told_anew() {
    let situation = situation("");
    let mut service = Service::start(&situation.workplace).unwrap();
    // The rooms wait for it as a whole; these two do not any more, and what changes in them waits as changes.
    let database = database(&situation);
    service.wait_for_passes("contoso", 1).unwrap();
    database
        .execute_batch(
            "BEGIN IMMEDIATE;
             DELETE FROM refill WHERE sink = 'deaf' AND room < 1000;
             UPDATE sink SET delivered = (SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), waiting = 0 WHERE name = 'deaf';
             COMMIT",
        )
        .unwrap();
    for generation in 1..4 {
        situation.book(generation, 5);
        situation.delivered(&mut service, &Situation::booked(2, generation, 5));
        let counted = backlogs(&database);
        assert!(
            counted.iter().all(|(_, kept, found)| kept == found),
            "{counted:?}"
        );
    }
    let changes: i64 = database
        .query_row("SELECT waiting FROM sink WHERE name = 'deaf'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(changes > 0, "nothing waits as a change");
    assert_rooms_are_counted(&database);
    let address = service.address().unwrap();
    let shown = format!(
        "collector_sink_backlog_changes{{sink=\"deaf\"}} {}",
        backlogs(&database)[0].2
    );
    service
        .wait_for("the figure", |_| {
            get(&address, "/metrics").1.contains(&shown).then_some(())
        })
        .unwrap();
    assert!(service.stop().unwrap().0.success());
}
