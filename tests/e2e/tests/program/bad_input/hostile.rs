//! A connector that misbehaves: its slice fails with the cause, the rest is collected, exit status 3.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use e2e::{Ended, Source, Workplace};

fn workplace(source: &Source) -> Workplace {
    Workplace::new(&source.to_string(), &["hostile"]).unwrap()
}

fn collect(source: &Source) -> Ended {
    workplace(source).collect(&[]).unwrap()
}

/// The cause of which a slice with this deed fails, while the rooms before and after it are collected.
fn cause(deed: &str) -> String {
    let rooms = format!("good@x, {deed}@x, fine@x");
    cause_of(
        deed,
        &collect(
            &Source::hostile(&rooms)
                .limit("slice-time", "\"10s\"")
                .limit("memory", "\"64MiB\""),
        ),
    )
}

fn cause_of(deed: &str, ended: &Ended) -> String {
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let collected = [
        "fine 2026-03-09T00:00 Meeting first",
        "good 2026-03-09T00:00 Meeting first",
    ];
    assert_eq!(ended.brief().unwrap(), collected, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("misdeeds: rooms: 2 collected, 0 refused, 0 missing, 1 failed\n"),
        "{}",
        ended.stderr
    );
    let start = format!("source \"misdeeds\": {deed}@x: failed: ");
    let said: Vec<&str> = ended
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix(&start))
        .collect();
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    said[0].to_owned()
}

#[test]
fn a_loop_without_end_is_stopped_when_its_time_is_over() {
    let source = Source::hostile("good@x, loop@x, fine@x").limit("slice-time", "\"1s\"");
    let begun = Instant::now();
    assert_eq!(
        cause_of("loop", &collect(&source)),
        "the connector did not finish within 1s"
    );
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn a_pass_that_is_full_of_loops_ends_when_its_time_is_over() {
    let rooms = (0..12)
        .map(|number| format!("loop@{number}"))
        .collect::<Vec<_>>()
        .join(", ");
    let begun = Instant::now();
    let ended = collect(&Source::hostile(&rooms).limit("pass-time", "\"2s\""));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        ended
            .said("the pass ended after 2s, before it read the room")
            .len(),
        1,
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("misdeeds: rooms: 0 collected, 0 refused, 0 missing, 12 failed\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn memory_without_end_is_refused() {
    let said = cause("memory");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
    assert!(said.contains("memory"), "{said}");
}

#[test]
fn meetings_without_end_are_refused() {
    assert!(cause("flood").contains("it emitted more than 200000 meetings in one call"));
}

#[test]
fn a_meeting_of_megabytes_is_refused() {
    let said = cause("huge");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
}

#[test]
fn a_subject_that_is_too_long_fails_the_room() {
    assert_eq!(
        cause("long"),
        "the connector returned an invalid meeting: a meeting's subject has 1,048,576 bytes; at most 4,096 are allowed"
    );
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    let said = cause("panic");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
    assert!(
        said.contains("panicked at tests/hostile/src/component.rs:"),
        "{said}"
    );
    assert!(said.ends_with("the connector has a defect"), "{said}");
}

#[test]
fn a_panic_behind_a_flood_of_standard_error_is_told_in_its_own_words() {
    let said = cause("stderr");
    assert!(said.ends_with("after a flood"), "{said}");
    assert!(!said.contains("line 99999"), "{said}");
}

#[test]
fn a_trap_is_told_with_its_place() {
    let said = cause("trap");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
    assert!(said.contains("unreachable"), "{said}");
    assert!(said.contains("component.rs:"), "{said}");
}

#[test]
fn a_recursion_without_end_is_stopped() {
    let said = cause("stack");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
}

#[test]
fn a_host_call_with_megabytes_is_refused() {
    let said = cause("copy");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
}

#[test]
fn handles_without_end_are_refused() {
    let said = cause("handles");
    assert!(said.starts_with("the connector was stopped: "), "{said}");
}

#[test]
fn a_flood_of_log_lines_is_cut_and_cannot_forge_a_line() {
    let ended = collect(&Source::hostile("log@x"));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.lines().count() < 250,
        "{} lines",
        ended.stderr.lines().count()
    );
    assert!(!ended.stderr.contains('\u{1b}'));
    assert!(
        !ended.stderr.lines().any(|line| line.starts_with("forged")),
        "{}",
        ended.stderr
    );
}

/// The cause of which a room with this deed fails that may fetch from a server: one that answers GET with 204, and never
/// answers POST.
fn cause_with_server(deed: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                while let Some(request) = lines.find(|line| line.contains(" HTTP/1.1")) {
                    if request.starts_with("GET") && lines.any(|line| line.is_empty()) {
                        (&stream).write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                    }
                }
            });
        }
    });
    let source = Source::hostile(&format!("good@x, {deed}@x, fine@x"))
        .setting("fetch", &origin)
        .limit("slice-time", "\"20s\"")
        .grant(&origin);
    cause_of(deed, &collect(&source))
}

#[test]
fn a_request_with_a_body_of_megabytes_is_refused() {
    let said = cause_with_server("body");
    assert!(
        said.contains("a request's body may have at most 1048576 bytes; send less at once"),
        "{said}"
    );
}

#[test]
fn a_request_with_headers_without_number_is_refused() {
    let said = cause_with_server("headers");
    for refusal in [
        "the request's list of headers has 24,580 items; at most 100 are allowed",
        "the request has more than 65536 bytes of headers; leave some out",
    ] {
        assert!(said.contains(refusal), "{said}");
    }
}

#[test]
fn requests_that_wait_and_hold_megabytes_together_are_refused() {
    let said = cause_with_server("bodies");
    assert!(
        said.contains("the pending requests of a call may hold at most 16777216 bytes"),
        "{said}"
    );
}

#[test]
fn more_requests_than_may_be_under_way_wait_for_their_turn() {
    assert_eq!(cause_with_server("crowd"), "204.".repeat(200));
}

#[test]
fn requests_that_were_given_up_leave_their_places_to_others() {
    assert_eq!(cause_with_server("cancel"), "204.");
}

#[test]
fn a_meeting_outside_the_window_fails_the_room() {
    assert_eq!(
        cause("outside"),
        "the connector returned an invalid meeting: a meeting does not overlap the window"
    );
}

#[test]
fn a_meeting_for_a_room_that_was_not_asked_for_is_not_taken() {
    let ended = collect(&Source::hostile("stranger@x"));
    assert_eq!(
        ended.brief().unwrap(),
        ["stranger 2026-03-09T00:00 Meeting first"],
        "{}",
        ended.stderr
    );
}

#[test]
fn a_meeting_that_comes_twice_is_one_as_it_came_last() {
    let ended = collect(&Source::hostile("twice@x"));
    let meetings = ended.meetings(0).unwrap();
    assert_eq!(meetings.len(), 1);
    assert_eq!(meetings[0]["subject"], "the second");
    assert_eq!(meetings[0]["end"], "2026-03-09T01:01:00Z");
}

#[test]
fn a_room_without_an_outcome_has_failed() {
    assert_eq!(cause("nothing"), "the connector gave no outcome for the room");
}

#[test]
fn words_of_a_connector_cannot_steer_the_terminal() {
    assert_eq!(cause("failed"), "it \\u{1b}[31mbroke\\u{202e}");
}

#[test]
fn words_of_a_connector_cannot_forge_a_line() {
    let source = Source::hostile("good@x").setting("fails", "words");
    for command in ["run-once", "rooms"] {
        let ended = workplace(&source).run(&[command]).unwrap();
        assert_eq!(ended.code, 1);
        assert_eq!(
            ended.stderr,
            "error: source \"misdeeds\": it broke error: forged\\u{1b}[31m: line\n"
        );
    }
}

#[test]
fn a_secret_is_not_revealed_unless_the_administrator_granted_it() {
    let said = cause("reveal");
    assert!(said.contains("Err("), "{said}");
    assert!(!said.contains(e2e::SECRET), "{said}");
}

#[test]
fn a_secret_that_a_server_echoes_or_that_was_revealed_is_not_repeated() {
    let origin = echoing_server();
    let rooms = "good@x, echo@x, echoes@x, reveal@x";
    let source = Source::hostile(rooms).setting("fetch", &origin).grant(&origin);
    let source = source
        .to_string()
        .replace("[source.grants]\n", "[source.grants]\nreveal = [\"feed\"]\n");
    let workplace = Workplace::new(&source, &["hostile"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    let said = |room: &str| {
        ended
            .said(&format!("source \"misdeeds\": {room}: failed: "))
            .concat()
    };
    for (room, words) in [
        ("echo@x", "authorization: Bearer ***"),
        ("echoes@x", "authorization: Bearer ***"),
        ("reveal@x", "Ok(\"[secret]\")"),
    ] {
        assert!(said(room).contains(words), "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains(e2e::SECRET), "{}", ended.stderr);
    assert!(!ended.stdout.contains(e2e::SECRET), "{}", ended.stdout);
}

/// A server that answers with the request's head, in a header and in the body.
fn echoing_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let head: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let (echo, body) = (head.join(", "), head.join("\n"));
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nx-echo: {echo}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    origin
}

#[test]
fn a_connector_that_loops_or_panics_while_it_lists_rooms_fails_the_source() {
    let source = |deed: &str| {
        Source::hostile("good@x")
            .setting("fails", deed)
            .limit("slice-time", "\"1s\"")
    };
    let ended = collect(&source("loop"));
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(
        ended.stderr,
        "error: source \"misdeeds\": the connector did not finish within 5s\n"
    );
    let ended = collect(&source("panic"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("list-rooms has a defect"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_connector_reaches_nothing_that_was_not_granted() {
    let simulator = graph_sim::Simulator::start(graph_sim::Tenant::new("contoso.com")).unwrap();
    let ended = collect(&Source::hostile("").setting("fetch", simulator.url()));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        ended.said("is not granted to this source").len(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(simulator.requests(), []);
}
