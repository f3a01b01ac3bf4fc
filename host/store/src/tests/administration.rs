//! The records of administrators' work: purged subjects, consents that are used once, the audit log, drafts; and what pages look up.

use super::*;
use collector_model::change::What;

/// The cursor of the room to which everything is committed.
fn cursor(store: &Store) -> Option<String> {
    store
        .cursors(Places::Rooms, SOURCE, &[RoomAddress::new("a@x")])
        .unwrap()
        .remove(0)
}

fn subjects(store: &Store) -> Vec<Subject> {
    let mut found = Vec::new();
    store
        .meetings(SOURCE, Window::ALWAYS, |_, _, meeting| {
            found.push(meeting.subject);
            Ok::<(), StoreError>(())
        })
        .unwrap();
    found
}

#[test]
fn purged_subjects_are_in_no_table_and_in_no_file() {
    let (directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_200)],
    );
    assert_eq!(store.purge_subjects("another").unwrap(), 0);
    assert!(cursor(&store).is_some());
    assert_eq!(subjects(&store), vec![Subject::Text("Weekly sync".into()); 2]);
    assert_eq!(store.purge_subjects(SOURCE).unwrap(), 2);
    assert!(
        cursor(&store).is_none(),
        "the next pass reads the source as a whole"
    );
    assert_eq!(subjects(&store), vec![Subject::Withheld; 2]);
    let waiting = handed(&mut store, "file");
    assert!(
        waiting.len() == 4 && !waiting.iter().any(|change| change.contains("Weekly")),
        "{waiting:?}"
    );
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap();
        let found = content.windows(11).any(|window| window == b"Weekly sync");
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn a_purge_beside_somebody_who_reads_for_long_ends_and_the_store_can_be_written() {
    let (directory, mut store) = empty();
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let reader = Connection::open(directory.path().join(FILE)).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM room").unwrap();
    // If this waited for the reader, it would take the better part of an hour.
    assert_eq!(store.purge_subjects(SOURCE).unwrap(), 1);
    assert_eq!(subjects(&store), vec![Subject::Withheld]);
    commit(&mut store, Change::Complete, vec![meeting("two", 1_200)]);
}

#[test]
fn what_may_not_be_looked_at_is_not_stored_any_more_and_not_delivered_and_stays_so_when_its_source_goes() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let waiting = |store: &mut Store, sink: &str| -> Vec<Subject> {
        let waiting = store.hand_over(sink, 10).unwrap();
        let subject = |entry: collector_model::change::Change| match entry.what {
            What::Meeting(_, meeting) => Some(meeting.subject),
            What::SnapshotBegin | What::SnapshotEnd { .. } => None,
        };
        waiting.entries.into_iter().filter_map(subject).collect()
    };
    let text = Subject::Text("Weekly sync".into());
    assert_eq!(waiting(&mut store, "file"), std::slice::from_ref(&text));
    store.set_viewing([(SOURCE, false)]).unwrap();
    assert_eq!(waiting(&mut store, "file"), [Subject::Withheld]);
    assert_eq!(
        subjects(&store),
        std::slice::from_ref(&text),
        "what is stored stays until it is purged or collected anew"
    );
    // A pass that began earlier continues.
    commit(&mut store, Change::Changes, vec![meeting("two", 1_200)]);
    assert_eq!(subjects(&store), [text.clone(), Subject::Withheld]);
    // The source is no longer configured, and a sink is new.
    store.set_viewing([]).unwrap();
    store.set_sinks(&["file", "late"]).unwrap();
    assert_eq!(
        waiting(&mut store, "late"),
        [Subject::Withheld, Subject::Withheld]
    );
    store.set_viewing([(SOURCE, true)]).unwrap();
    assert!(cursor(&store).is_none(), "the next pass reads it as a whole");
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_200)],
    );
    assert_eq!(subjects(&store), [text.clone(), text]);
}

fn request(at: i64) -> ConsentRequest {
    ConsentRequest {
        target: "source:contoso".into(),
        session: "session".into(),
        who: "ada".into(),
        at,
    }
}

#[test]
fn a_consent_is_taken_once_and_by_the_session_that_was_sent() {
    let (_directory, mut store) = empty();
    store.put_consent_request("digest", &request(100), 0).unwrap();
    assert_eq!(store.take_consent_request("digest", "another").unwrap(), None);
    assert_eq!(store.take_consent_request("other", "session").unwrap(), None);
    assert_eq!(
        store.take_consent_request("digest", "session").unwrap(),
        Some(request(100))
    );
    assert_eq!(store.take_consent_request("digest", "session").unwrap(), None);
}

#[test]
fn consents_that_nobody_came_back_with_are_forgotten() {
    let (_directory, mut store) = empty();
    store.put_consent_request("old", &request(100), 0).unwrap();
    store.put_consent_request("new", &request(200), 150).unwrap();
    assert_eq!(store.take_consent_request("old", "session").unwrap(), None);
    assert!(store.take_consent_request("new", "session").unwrap().is_some());
}

#[test]
fn what_is_known_of_a_draft_is_known_of_the_source_that_it_becomes() {
    let (_directory, mut store) = empty();
    store.put_consent("draft:1", 5, "given").unwrap();
    store.put_validation("draft:1", "checked").unwrap();
    store.put_consent("source:hq", 1, "before").unwrap();
    store.move_target("draft:1", "source:hq").unwrap();
    assert_eq!(store.consent("source:hq").unwrap().as_deref(), Some("given"));
    assert_eq!(store.validation("source:hq").unwrap().as_deref(), Some("checked"));
    assert_eq!(store.consent("draft:1").unwrap(), None);
    store.forget_target("source:hq").unwrap();
    assert_eq!(store.consent("source:hq").unwrap(), None);
    assert_eq!(store.validations().unwrap(), []);
}

#[test]
fn the_audit_log_is_read_backwards_page_by_page() {
    let (_directory, store) = empty();
    for action in ["one", "two", "three"] {
        store.audit(7, &Deed::new("ada", action, SOURCE, "")).unwrap();
    }
    let page = |before, limit| -> Vec<(i64, String)> {
        let search = AuditSearch {
            before,
            limit,
            ..AuditSearch::default()
        };
        store
            .audit_log(&search)
            .unwrap()
            .into_iter()
            .map(|line| (line.number, line.deed.action))
            .collect()
    };
    assert_eq!(page(None, 2), [(3, "three".into()), (2, "two".into())]);
    assert_eq!(page(Some(2), 2), [(1, "one".into())]);
    assert_eq!(page(Some(1), 2), []);
}

#[test]
fn the_audit_log_is_searched_by_account_action_text_and_time() {
    let (_directory, store) = empty();
    for (at, who, action, subject, detail) in [
        (10, "ada", "signed-in", "ada", "from 192.0.2.1"),
        (20, "grace", "signed-in", "grace", "from 192.0.2.2"),
        (30, "ada", "source-paused", "Contoso", ""),
    ] {
        store.audit(at, &Deed::new(who, action, subject, detail)).unwrap();
    }
    let found = |change: fn(&mut AuditSearch)| -> Vec<i64> {
        let mut search = AuditSearch {
            limit: 10,
            ..AuditSearch::default()
        };
        change(&mut search);
        let lines = store.audit_log(&search).unwrap();
        lines.into_iter().map(|line| line.number).collect()
    };
    assert_eq!(found(|_| {}), [3, 2, 1]);
    assert_eq!(found(|search| search.who = Some("ada".into())), [3, 1]);
    assert_eq!(found(|search| search.action = Some("signed-in".into())), [2, 1]);
    assert_eq!(found(|search| search.text = Some("contoso".into())), [3]);
    assert_eq!(found(|search| search.text = Some("192.0.2.".into())), [2, 1]);
    assert_eq!(
        found(|search| (search.from, search.to) = (Some(20), Some(30))),
        [2]
    );
}

#[test]
fn drafts_that_nobody_changed_for_long_are_found() {
    let (_directory, store) = empty();
    for (id, at) in [("old", 10), ("new", 20)] {
        store.put_draft(id, at, "{}").unwrap();
    }
    assert_eq!(store.drafts_left_since(20).unwrap(), ["old"]);
    store.put_draft("old", 20, "{}").unwrap();
    assert!(store.drafts_left_since(20).unwrap().is_empty());
}

#[test]
fn rooms_are_found_by_source_outcome_building_and_text_in_any_case() {
    let (_directory, mut store) = empty();
    let mut atrium = room("atrium@x", &["hq@x"]);
    atrium.name = "100% Atrium_1".into();
    atrium.building = Some("Headquarters".into());
    store
        .put_rooms(SOURCE, &[atrium, room("b@x", &[]), room("c@x", &[])], &[])
        .unwrap();
    store.put_rooms("other", &[room("d@x", &[])], &[]).unwrap();
    store
        .put_outcomes(
            Places::Rooms,
            SOURCE,
            9,
            [("b@x", "denied", Some("a policy".to_owned()))],
        )
        .unwrap();
    let sources = vec![SOURCE.to_owned()];
    let search = |change: fn(&mut RoomSearch)| {
        let mut search = RoomSearch {
            sources: sources.clone(),
            limit: 10,
            ..RoomSearch::default()
        };
        change(&mut search);
        let (total, rooms) = store.search_rooms(&search).unwrap();
        let rooms: Vec<String> = rooms.into_iter().map(|room| room.address).collect();
        (total, rooms.join(" "))
    };
    assert_eq!(search(|_| {}), (3, "atrium@x b@x c@x".into()));
    assert_eq!(
        search(|search| search.outcome = Some("denied".into())),
        (1, "b@x".into())
    );
    assert_eq!(
        search(|search| search.text = Some("0% ATRIUM_".into())),
        (1, "atrium@x".into())
    );
    assert_eq!(
        search(|search| search.text = Some("headq".into())),
        (1, "atrium@x".into())
    );
    assert_eq!(
        search(|search| search.text = Some("%".into())),
        (1, "atrium@x".into()),
        "no wildcard"
    );
    assert_eq!(
        search(|search| search.building = Some(String::new())),
        (2, "b@x c@x".into())
    );
    assert_eq!(
        search(|search| (search.skip, search.limit) = (1, 1)),
        (3, "b@x".into())
    );
    assert_eq!(search(|search| search.sources.clear()), (0, String::new()));
    // Those without a building come last.
    assert_eq!(
        search(|search| search.by_building = true),
        (3, "atrium@x b@x c@x".into())
    );
    assert_eq!(store.buildings(&sources).unwrap(), ["", "Headquarters"]);
}

fn deed(number: usize, action: &str) -> Deed {
    Deed::new("ada", action, SOURCE, number.to_string())
}

#[test]
fn who_looks_at_pages_or_guesses_passwords_pushes_no_change_out_of_the_audit_log() {
    let (_directory, store) = empty();
    // What takes hundreds of thousands of pages.
    let past = |lines: usize| {
        let sql = "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'audit'";
        store.connection.execute(sql, [lines]).unwrap();
    };
    store.audit(7, &deed(1, "source-removed")).unwrap();
    for kind in ["subjects-viewed", "sign-in-refused", "signed-in", "signed-out"] {
        for number in 0..600 {
            past(1_000);
            store.audit(7, &deed(number, kind)).unwrap();
        }
    }
    let all = AuditSearch {
        limit: u64::MAX,
        ..AuditSearch::default()
    };
    let lines = store.audit_log(&all).unwrap();
    assert!(
        lines.iter().any(|line| line.deed.action == "source-removed"),
        "{} lines",
        lines.len()
    );
}

#[test]
fn of_an_action_the_newest_lines_are_kept() {
    let (_directory, store) = empty();
    for number in 0..5 {
        for action in ["subjects-viewed", "source-saved"] {
            store.audit_keeping(7, &deed(number, action), 3).unwrap();
        }
    }
    let all = AuditSearch {
        limit: u64::MAX,
        ..AuditSearch::default()
    };
    let lines = store.audit_log(&all).unwrap();
    let kept: Vec<String> = lines
        .iter()
        .rev()
        .map(|line| format!("{} {}", line.deed.action, line.deed.detail))
        .collect();
    assert_eq!(
        kept,
        [
            "subjects-viewed 2",
            "source-saved 2",
            "subjects-viewed 3",
            "source-saved 3",
            "subjects-viewed 4",
            "source-saved 4"
        ]
    );
}
