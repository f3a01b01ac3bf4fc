//! Readers that do not read: nothing else waits for them.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use e2e::{Ledger, Service, exchange, status_and_body};

use crate::situation::{FILE_SINK, SERVICE, Situation};

const ROOMS: usize = 4;
/// In each room: a line of each is about 400 bytes, and a pipe holds 64 KiB.
const MEETINGS: usize = 100;
const GRACE: Duration = Duration::from_secs(1);

#[test]
fn readers_that_do_not_read_hold_up_neither_passes_nor_other_sinks_nor_the_end() {
    let situation = Situation::new(ROOMS);
    // It can be connected to, and answers nobody.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let secret = format!("whsec_{}=", "A".repeat(43));
    situation.workplace.write_private("secret", secret).unwrap();
    let configuration = format!(
        "{}{}{FILE_SINK}{}[[sink]]\nname = \"deaf\"\ntype = \"webhook\"\nurl = \"http://{}/\"\nsecret = {{ file = \"secret\" }}\n",
        Situation::source(&situation.simulator),
        SERVICE.replace("5s", "1s"),
        FILE_SINK
            .replace("\"file\"", "\"silent\"")
            .replace("changes.jsonl", "-"),
        deaf.local_addr().unwrap(),
    );
    situation.workplace.configure(&configuration).unwrap();
    situation.book(0, MEETINGS);
    let mut service = Service::begin_unread(&mut situation.workplace.command(&["run"])).unwrap();
    let authority = service.address().unwrap();
    situation.delivered(&mut service, &Situation::booked(ROOMS, 0, MEETINGS));
    situation.book(1, MEETINGS);
    situation.delivered(&mut service, &Situation::booked(ROOMS, 1, MEETINGS));
    service.wait_for_passes("contoso", 3).unwrap();

    let ask = |path: &str| {
        let answer = exchange(&authority, &format!("GET {path} HTTP/1.1"), "").unwrap();
        let (status, body) = status_and_body(&answer).unwrap();
        (status, body.to_owned())
    };
    assert_eq!(ask("/healthz").0, 200);
    let (status, metrics) = ask("/metrics");
    assert_eq!(status, 200);
    let waiting = |sink: &str| {
        let name = format!("collector_sink_backlog_changes{{sink=\"{sink}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap().parse::<usize>().unwrap()
    };
    assert_eq!(waiting("file"), 0);
    for sink in ["silent", "deaf"] {
        assert!(waiting(sink) >= ROOMS * MEETINGS, "{sink}\n{metrics}");
    }
    // It took no second thread to write to it.
    let writers = std::fs::read_dir(format!("/proc/{}/task", service.id()))
        .unwrap()
        .filter(|task| {
            let name = std::fs::read_to_string(task.as_ref().unwrap().path().join("comm")).unwrap();
            name.trim() == "jsonl"
        })
        .count();
    assert_eq!(writers, 2, "one for each sink");

    let begun = Instant::now();
    service.signal("TERM").unwrap();
    let (status, said) = service.ended().unwrap();
    let took = begun.elapsed();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(took < GRACE + Duration::from_secs(1), "{took:?}\n{said}");
    let ledger = Ledger::read(&situation.changes(), true).unwrap();
    assert_eq!(ledger.brief("contoso"), Situation::booked(ROOMS, 1, MEETINGS));
}

#[test]
fn a_log_that_nobody_reads_does_not_hold_up_the_end() {
    let situation = Situation::new(ROOMS);
    let source = Situation::source(&situation.simulator);
    let service = SERVICE.replace("5s", "1s");
    situation
        .workplace
        .configure(&format!("{source}{service}"))
        .unwrap();
    let mut child = situation
        .workplace
        .command(&["run"])
        .env("COLLECTOR_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("the collector runs") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
    }
    // From here on it is not read, and soon nothing moves any more.
    let (mut asked, mut since) = (0, Instant::now());
    while since.elapsed() < Duration::from_secs(1) || asked == 0 {
        let now = situation.simulator.requests().len();
        if now != asked {
            (asked, since) = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(5));
    }

    let begun = Instant::now();
    let told = std::process::Command::new("kill")
        .arg(child.id().to_string())
        .status();
    assert!(told.unwrap().success());
    let bound = GRACE + Duration::from_secs(1);
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > bound {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it did not end within {bound:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
