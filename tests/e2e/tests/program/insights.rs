//! The file of figures is only kept work: whatever happens to it, or in the middle of it, the figures are the same.

use std::path::{Path, PathBuf};

use e2e::{Running, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use rusqlite::{Connection, OpenFlags};

use crate::contract::figures::{Kept, kept};

/// Enough that the service computes for a while.
const ROOMS: usize = 40;

/// What is asked, each with its answer: all of it is past, so that no answer depends on when it is asked.
fn answers(workplace: &Workplace) -> Vec<String> {
    let period = ["--from", "2026-03-09", "--to", "2026-05-01"];
    let report = |by: &'static str| [&["report", "--format", "json", "--by", by][..], &period].concat();
    let verdicts = [&["verdicts", "--format", "jsonl"][..], &period].concat();
    let asked = [report("all"), report("room"), report("date"), verdicts];
    asked
        .iter()
        .map(|arguments| {
            let ended = workplace.run(arguments).unwrap();
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            ended.stdout
        })
        .collect()
}

fn file(workplace: &Workplace) -> PathBuf {
    workplace.path().join("data/insights.sqlite3")
}

/// How often the last command said that figures are computed anew.
fn computed_anew(workplace: &Workplace) -> usize {
    let ended = workplace
        .run(&["report", "--from", "2026-03-09", "--to", "2026-03-16"])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stderr.matches("computed anew").count()
}

fn store(workplace: &Workplace) -> Vec<u8> {
    std::fs::read(workplace.path().join("data/collector.sqlite3")).unwrap()
}

/// Ruins the file of figures in a way, and asks twice.
fn ruined(ruin: impl Fn(&Path)) {
    let Kept { workplace, .. } = kept("");
    let right = answers(&workplace);
    let before = store(&workplace);
    ruin(&file(&workplace));
    assert_eq!((computed_anew(&workplace), computed_anew(&workplace)), (1, 0));
    assert_eq!(answers(&workplace), right);
    assert!(store(&workplace) == before, "the store was changed");
}

#[test]
fn a_file_of_figures_that_is_garbage_is_computed_anew() {
    ruined(|file| std::fs::write(file, "garbage ".repeat(5_000)).unwrap());
}

#[test]
fn a_file_of_figures_that_was_cut_off_is_computed_anew() {
    for part in [3, 9] {
        ruined(|file| {
            let content = std::fs::read(file).unwrap();
            std::fs::write(file, &content[..content.len() * part / 10]).unwrap();
        });
    }
}

#[test]
fn a_file_of_figures_of_a_newer_version_is_computed_anew() {
    ruined(|file| {
        let connection = Connection::open(file).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
    });
}

#[test]
fn a_file_of_figures_that_was_deleted_is_computed_anew() {
    let Kept { workplace, .. } = kept("");
    let right = answers(&workplace);
    std::fs::remove_file(file(&workplace)).unwrap();
    assert_eq!(answers(&workplace), right);
}

#[test]
fn a_kill_while_figures_are_computed_loses_nothing() {
    let tenant = (0..ROOMS).fold(Tenant::new("contoso.com"), |tenant, number| {
        let day = |day: usize| {
            let at = |hour: usize| format!("2026-03-{day:02}T{hour:02}:00:00Z");
            Event::new("Review", &at(8 + number % 8), &at(9 + number % 8))
        };
        let room = Room::new(&format!("room-{number:02}@contoso.com"), "Room").building("HQ");
        tenant.room(room.events((9..14).map(day)))
    });
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator);
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let service = "[service]\nlisten = \"off\"\n[portal]\nlisten = \"off\"\n";
    let configuration = format!("{}{service}", source.line("paused = true"));
    workplace.configure(&configuration).unwrap();
    // The same store, where nothing is ever interrupted.
    let untouched = Workplace::new(&configuration, &["o365"]).unwrap();
    std::fs::create_dir_all(untouched.path().join("data")).unwrap();
    for (path, content) in workplace.data().unwrap() {
        let name = path.file_name().unwrap().to_owned();
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("collector.sqlite3"))
        {
            std::fs::write(untouched.path().join("data").join(name), content).unwrap();
        }
    }
    let right = answers(&untouched);

    let log = workplace.path().join("data/insights.sqlite3-wal");
    let mut in_the_middle = 0;
    for bytes in [1, 400_000, 1_200_000] {
        let running = Running::start(&mut workplace.command(&["run"])).unwrap();
        let killed = running
            .kill_when(|| std::fs::metadata(&log).is_ok_and(|log| log.len() >= bytes))
            .unwrap();
        assert!(killed, "the service ended by itself");
        let done = computed(&workplace);
        in_the_middle += usize::from(0 < done && done < ROOMS);
    }
    assert!(in_the_middle > 0, "no kill was in the middle of the work");
    assert_eq!(answers(&workplace), right);
}

/// How many rooms are computed.
fn computed(workplace: &Workplace) -> usize {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let rooms = || {
        Connection::open_with_flags(file(workplace), flags)?.query_row(
            "SELECT count(*) FROM room WHERE as_of IS NOT NULL",
            [],
            |row| row.get(0),
        )
    };
    // Killed before it had tables, it has none.
    rooms().unwrap_or_default()
}
