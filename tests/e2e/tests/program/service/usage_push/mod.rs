//! Sources that receive: what is posted to the portal's listener is stored, all or nothing.

mod devices;
mod refusals;

use e2e::{Service, Workplace, exchange, status_and_body};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-that-nobody-guesses";
/// Records of March 2026 are kept, whenever these tests run.
const CONFIG: &str =
    "[collector]\nkeep-usage = \"36000d\"\n[service]\nlisten = \"off\"\n[portal]\nlisten = \"127.0.0.1:0\"\n";
const SENSORS: &str = "[[source]]\nname = \"sensors\"\nreceive = { token = { file = \"token\" } }\n";
const COUNT: &str = r#"{"type":"usage","source":"sensors","space":"Y2lz","device":null,"key":"k1","revision":1,"withdrawn":false,"kind":"people-count","form":"sample","start":"2026-03-10T10:00:00Z","end":null,"value":4,"resolution":300}"#;
const COVERAGE: &str = r#"{"type":"coverage","source":"sensors","space":"Y2lz","device":null,"key":"c1","revision":1,"withdrawn":false,"kinds":["people-count"],"start":"2026-03-10T08:00:00Z","end":"2026-03-10T18:00:00Z","state":"observed","reason":null}"#;

/// A running service with a source that receives.
struct Receiving {
    workplace: Workplace,
    service: Service,
    address: String,
}

impl Receiving {
    fn start(sources: &str) -> Self {
        let workplace = Workplace::fresh(&format!("{CONFIG}{sources}"), &[]).unwrap();
        workplace.write_private("token", TOKEN).unwrap();
        workplace.write_private("new", "the-new-one-of-two\n").unwrap();
        let mut service = Service::start(&workplace).unwrap();
        let line = service
            .wait_for_line("the Admin Portal is at http://localhost:")
            .unwrap();
        let (_, port) = line.trim_end_matches('/').rsplit_once(':').unwrap();
        let address = format!("localhost:{port}");
        Self {
            workplace,
            service,
            address,
        }
    }

    /// Posts a body with further headers, one per line.
    fn send(&self, query: &str, headers: &str, body: &str) -> (u16, Value) {
        let answer = exchange(
            &self.address,
            &format!("POST /api/v1/usage{query} HTTP/1.1{headers}"),
            body,
        )
        .unwrap();
        let (status, body) = status_and_body(&answer).unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn post(&self, body: &str) -> (u16, Value) {
        self.send(
            "?source=sensors",
            &format!("\nauthorization: Bearer {TOKEN}"),
            body,
        )
    }

    /// Posts as a device in the space `a@contoso.com`.
    fn device(&self, body: &str) -> u16 {
        let query = "?source=sensors&format=roomos&space=a@contoso.com";
        self.send(query, &format!("\nauthorization: Bearer {TOKEN}"), body)
            .0
    }

    fn exported(&self) -> String {
        let ended = self.workplace.run(&["usage", "export"]).unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
        ended.stdout
    }

    fn records(&self) -> Vec<Value> {
        self.exported()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn configure(&self, sources: &str) {
        self.workplace.configure(&format!("{CONFIG}{sources}")).unwrap();
    }
}

fn counts(new: u64, replaced: u64, unchanged: u64) -> Value {
    json!({"new": new, "replaced": replaced, "unchanged": unchanged, "contradicted": 0, "in_future": 0})
}

#[test]
fn what_is_posted_is_stored_once() {
    let mut receiving = Receiving::start(SENSORS);
    let before = receiving.workplace.run(&["status"]).unwrap();
    assert!(before.stdout.contains("none yet"), "{}", before.stdout);
    let both = format!("{COUNT}\n{COVERAGE}\n");
    assert_eq!(receiving.post(&both), (200, counts(2, 0, 0)));
    assert_eq!(receiving.exported(), both);
    assert_eq!(receiving.post(&both), (200, counts(0, 0, 2)));
    let newer = COUNT.replace("\"revision\":1", "\"revision\":2");
    assert_eq!(receiving.post(&newer), (200, counts(0, 1, 0)));
    let sheet = "type,source,space,key,revision,withdrawn,kind,form,start,value\n\
                 usage,sensors,Y2lz,k2,1,false,presence,change,2026-03-10T10:00:00Z,true\n";
    assert_eq!(receiving.post(sheet), (200, counts(1, 0, 0)));
    assert_eq!(receiving.post(""), (200, counts(0, 0, 0)));
    let other = COVERAGE.replace("observed", "blind");
    for _ in 0..2 {
        assert_eq!(receiving.post(&other).1["contradicted"], 1);
    }
    receiving.service.wait_for_line("are stored and differ").unwrap();
    assert_eq!(receiving.service.count("are stored and differ"), 1);
    let status = receiving.workplace.run(&["status", "--format", "json"]).unwrap();
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let last = status["receiving"][0]["last_record"].as_str().unwrap();
    assert!(last.ends_with('Z'), "{status}");
}

#[test]
fn a_flood_is_slowed_and_nothing_of_it_is_lost() {
    const SENDERS: usize = 32;
    const POSTS: usize = 3;
    const RECORDS: usize = 300;
    let receiving = Receiving::start(SENSORS);
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let receiving = &receiving;
            scope.spawn(move || {
                for post in 0..POSTS {
                    let body: String = (0..RECORDS)
                        .map(|record| COUNT.replace("k1", &format!("{sender}-{post}-{record}")) + "\n")
                        .collect();
                    // As a sender does that is told to come again.
                    while receiving.post(&body).0 == 503 {}
                }
            });
        }
    });
    assert_eq!(receiving.records().len(), SENDERS * POSTS * RECORDS);
}

#[test]
fn a_source_that_receives_comes_changes_and_goes_without_a_restart() {
    let mut receiving = Receiving::start("");
    let post = |receiving: &Receiving, token: &str| {
        let headers = format!("\nauthorization: Bearer {token}");
        receiving.send("?source=sensors", &headers, COUNT).0
    };
    assert_eq!(post(&receiving, TOKEN), 401);
    receiving.configure(SENSORS);
    receiving.service.wait_for_line("the source receives").unwrap();
    assert_eq!(post(&receiving, TOKEN), 200);
    // A token that cannot be read changes nothing.
    receiving.configure(&SENSORS.replace("\"token\"", "\"nothing\""));
    let line = receiving
        .service
        .wait_for_line("the configuration was not applied")
        .unwrap();
    assert!(line.contains("receive.token"), "{line}");
    assert_eq!(post(&receiving, TOKEN), 200);
    receiving
        .workplace
        .write_private("other", "another-token-to-use")
        .unwrap();
    receiving.configure(&SENSORS.replace("\"token\"", "\"other\""));
    receiving
        .service
        .wait_for("the other token", |service| {
            (service.count("the source receives") == 2).then_some(())
        })
        .unwrap();
    assert_eq!(post(&receiving, TOKEN), 401);
    assert_eq!(post(&receiving, "another-token-to-use"), 200);
    receiving.configure("");
    receiving
        .service
        .wait_for_line("the source that received was removed")
        .unwrap();
    assert_eq!(post(&receiving, "another-token-to-use"), 401);
    assert_eq!(receiving.exported(), format!("{COUNT}\n"));
}

#[test]
fn records_older_than_keep_usage_are_deleted() {
    let mut receiving = Receiving::start(SENSORS);
    let now = e2e::now();
    let at = |days: i64| {
        (now - chrono::Duration::days(days))
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    };
    let record = |key: &str, days: i64| {
        COUNT
            .replace("k1", key)
            .replace("2026-03-10T10:00:00Z", &at(days))
    };
    let (old, young) = (record("old", 35), record("young", 25));
    assert_eq!(receiving.post(&format!("{old}\n{young}\n")).0, 200);
    let shorter = format!("{CONFIG}{SENSORS}").replace("36000d", "30d");
    receiving.workplace.configure(&shorter).unwrap();
    receiving
        .service
        .wait_for_line("deleted usage and coverage records older than `keep-usage`")
        .unwrap();
    assert_eq!(receiving.exported(), format!("{young}\n"));
}

#[test]
fn a_device_whose_clock_is_ahead_is_told_once_and_its_records_are_kept() {
    let receiving = Receiving::start(SENSORS);
    let ahead = (e2e::now() + chrono::Duration::hours(1))
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let record = |key: &str| {
        COUNT
            .replace("k1", key)
            .replace("2026-03-10T10:00:00Z", &ahead)
            .replace("\"device\":null", "\"device\":\"desk\"")
    };
    let both = format!("{}\n{}\n", record("a"), record("b"));
    let (status, answer) = receiving.post(&both);
    assert_eq!((status, &answer["in_future"]), (200, &json!(2)));
    assert_eq!(receiving.post(&record("c")).1["in_future"], 1);
    assert_eq!(receiving.records().len(), 3);
    let import = ["usage", "import", "--source", "sensors", "-"];
    let again = receiving.workplace.run_with_input(&import, &record("d")).unwrap();
    assert_eq!(
        (again.stdout.as_str(), again.stderr.as_str()),
        ("1 record: 1 new, 0 replaced, 0 unchanged, 1 in the future.\n", "")
    );
    let other = record("e").replace("desk", "door");
    let other = receiving.workplace.run_with_input(&import, &other).unwrap();
    assert!(
        other.stderr.starts_with(
            "warning: source \"sensors\": device \"door\" in space \"Y2lz\" reports what is yet to come"
        ),
        "{}",
        other.stderr
    );
    let (_, log) = receiving.service.stop().unwrap();
    assert_eq!(log.matches("yet to come").count(), 1, "{log}");
}
