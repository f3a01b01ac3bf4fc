//! The sink of Parquet files: what DuckDB reads is what is booked, also after the program was killed in the middle.

use e2e::{Service, duckdb};

use crate::situation::{SERVICE, Situation};

const SINK: &str = "\n[[sink]]\nname = \"lake\"\ntype = \"parquet\"\ndirectory = \"lake\"\n";

fn situation() -> Situation {
    let situation = Situation::new(2);
    let configuration = format!("{}{SERVICE}{SINK}", Situation::source(&situation.simulator));
    situation.workplace.configure(&configuration).unwrap();
    situation
}

/// Each meeting as `ROOM SUBJECT`, where its file is that of its day.
const QUESTION: &str = "
    SELECT split_part(room, '@', 1) || ' ' || subject AS brief FROM read_parquet('lake/meetings/*/*/*.parquet')
    WHERE CAST(date AS VARCHAR) = strftime(timezone('UTC', start), '%Y-%m-%d') ORDER BY brief";

/// Waits until DuckDB reads what is booked.
fn kept(situation: &Situation, service: &mut Service, booked: &[String]) {
    service
        .wait_for("the files of what is booked", |_| {
            // An error: there is no file yet, or one went while it was asked for.
            let rows = match duckdb(situation.workplace.path(), QUESTION) {
                Ok(Some(rows)) => rows,
                Ok(None) => return Some(()),
                Err(_) => return None,
            };
            rows.iter().map(|row| &row["brief"]).eq(booked).then_some(())
        })
        .unwrap();
}

#[test]
fn files_of_days_follow_what_is_booked_over_a_kill() {
    let situation = situation();
    situation.book(0, 3);
    let mut service = Service::start(&situation.workplace).unwrap();
    kept(&situation, &mut service, &Situation::booked(2, 0, 3));
    situation.book(1, 4);
    service
        .wait_for_passes("contoso", service.passes("contoso") + 1)
        .unwrap();
    service.kill().unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    kept(&situation, &mut service, &Situation::booked(2, 1, 4));
    let refused = situation
        .workplace
        .run(&["export", "--format", "parquet", "--to", "lake"])
        .unwrap();
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    // What was lost with its state is told again.
    std::fs::remove_dir_all(situation.workplace.path().join("lake")).unwrap();
    situation.book(2, 2);
    kept(&situation, &mut service, &Situation::booked(2, 2, 2));
    situation.book(3, 0);
    let lake = situation.workplace.path().join("lake/meetings");
    service
        .wait_for("the removal of all files", |_| {
            let is_empty = std::fs::read_dir(&lake).map_or(true, |mut sources| sources.next().is_none());
            is_empty.then_some(())
        })
        .unwrap();
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
}
