//! Seen from outside: the log and the traces of a pass, and what is not in them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use e2e::{Ended, PASS, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

/// A pass over a room with one meeting, "Merger talks", with these variables.
fn pass(variables: &[(&str, &str)]) -> Ended {
    let event = Event::new("Merger talks", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let room = Room::new("conf-a@contoso.com", "Conf A").event(event);
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let mut command = workplace.command(&PASS);
    let ended = e2e::ended(command.envs(variables.iter().copied())).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("Merger talks"), "it is a result");
    ended
}

#[test]
fn neither_a_subject_nor_a_path_is_logged_whatever_is_asked_for() {
    for format in ["text", "json"] {
        let ended = pass(&[("COLLECTOR_LOG", "trace"), ("COLLECTOR_LOG_FORMAT", format)]);
        assert!(
            ended.stderr.contains("answered"),
            "requests are logged: {}",
            ended.stderr
        );
        for marker in ["Merger", "/v1.0/", "conf-a@contoso.com/", "conf-a%40"] {
            let line = ended.stderr.lines().find(|line| line.contains(marker));
            assert_eq!(line, None, "{marker} is logged");
        }
    }
}

#[test]
fn a_log_in_json_is_one_object_a_line_with_time_level_target_and_message() {
    let ended = pass(&[
        ("COLLECTOR_LOG", "collector::http=debug"),
        ("COLLECTOR_LOG_FORMAT", "json"),
    ]);
    let lines: Vec<serde_json::Value> = ended
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (requests, report): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .inspect(|line| assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}"))
        .partition(|line| line["level"] == "DEBUG");
    assert!(requests.len() > 2, "{}", ended.stderr);
    for line in requests {
        assert_eq!(line["target"], "collector::http");
        assert_eq!(line["message"], "answered");
        assert_eq!(line["status"], 200);
    }
    // What people read on standard error is an event a line.
    assert!(!report.is_empty(), "{}", ended.stderr);
    for line in report {
        assert_eq!(
            (&line["level"], &line["target"]),
            (&"INFO".into(), &"collector".into())
        );
        assert!(
            line["message"].as_str().unwrap().starts_with("contoso: "),
            "{line}"
        );
    }
}

/// The lines of `collector::http` that a pass writes to standard error, a file, while the variable names the file or another one.
#[cfg(unix)]
fn lines_with_journal_stream(own: bool) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let simulator =
        Simulator::start(Tenant::new("contoso.com").room(Room::new("a@contoso.com", "A"))).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let path = workplace.path().join("journal");
    let file = std::fs::File::create(&path).unwrap();
    let found = file.metadata().unwrap();
    let inode = if own { found.ino() } else { found.ino() + 1 };
    let status = workplace
        .command(&PASS)
        .env("COLLECTOR_LOG", "collector::http=debug")
        .env("JOURNAL_STREAM", format!("{}:{inode}", found.dev()))
        .stdout(std::process::Stdio::null())
        .stderr(file)
        .status()
        .unwrap();
    assert!(status.success());
    std::fs::read_to_string(path).unwrap()
}

#[cfg(unix)]
#[test]
fn the_time_is_left_to_the_journal_when_the_log_goes_there() {
    let journal = lines_with_journal_stream(true);
    assert!(
        journal.starts_with("DEBUG collector::http: answered method=POST"),
        "{journal}"
    );
    let elsewhere = lines_with_journal_stream(false);
    assert!(elsewhere.starts_with("20"), "{elsewhere}");
    assert!(
        elsewhere.contains("Z DEBUG collector::http: answered method=POST"),
        "{elsewhere}"
    );
}

/// A receiver of traces: its address, and all that it received.
fn receiver() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&received);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut part = [0; 4096];
            let mut request = Vec::new();
            while !is_whole(&request) {
                let read = stream.read(&mut part).unwrap();
                assert_ne!(read, 0, "the request ends early");
                request.extend_from_slice(&part[..read]);
            }
            kept.lock().unwrap().extend(request);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).unwrap();
        }
    });
    (address, received)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    request.len() >= head + 4 + length
}

#[test]
fn a_pass_is_traced_when_a_receiver_is_configured_and_no_room_is_in_it() {
    let (address, received) = receiver();
    pass(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &address)]);
    let received = received.lock().unwrap();
    let text = String::from_utf8_lossy(&received);
    assert!(text.starts_with("POST /v1/traces "), "{text}");
    for part in [
        "collector",
        "pass",
        "contoso",
        "expand",
        "slice",
        "commit",
        "GET",
        "POST",
        "127.0.0.1",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    for marker in ["conf-a", "Merger", "/v1.0/", e2e::SECRET] {
        assert!(!text.contains(marker), "{marker} is exported");
    }
}

#[test]
fn a_receiver_that_is_not_there_or_speaks_otherwise_changes_nothing_but_the_log() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let plain = pass(&[]);
    let down = pass(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &nobody)]);
    assert_eq!(down.stdout.lines().count(), plain.stdout.lines().count());
    let grpc = pass(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &nobody),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ]);
    assert!(
        grpc.stderr.starts_with(
            "warning: traces are not exported: OTEL_EXPORTER_OTLP_PROTOCOL asks for \"grpc\", which is not supported; set it to http/protobuf, usually port 4318\n"
        ),
        "{}",
        grpc.stderr
    );
}
