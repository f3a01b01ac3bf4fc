//! The same way without a browser on the machine.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use e2e::{Source, Workplace};
use graph_sim::{Account, App, Event, Room, Simulator, Tenant};

const REPLICATION: Duration = Duration::from_secs(7_200);
/// How long something is waited for before it is clear that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);

fn tenant() -> Tenant {
    let start = (e2e::now() + chrono::Duration::hours(2))
        .format("%Y-%m-%dT%H:00:00Z")
        .to_string();
    let end = (e2e::now() + chrono::Duration::hours(3))
        .format("%Y-%m-%dT%H:00:00Z")
        .to_string();
    Tenant::new("contoso.com")
        .app(
            App::default()
                .registered_only()
                .redirect("http://localhost/authorized"),
        )
        .account(Account::new("admin@contoso.com", "Ada").global_administrator())
        .room(Room::new("conf-a@contoso.com", "Conf A").event(Event::new("Review", &start, &end)))
}

/// The whole answer of an address on this machine: to a GET, or to a form that is sent.
fn ask(address: &str, form: Option<&str>) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let (method, body) = form.map_or(("GET", ""), |form| ("POST", form));
    let head = format!("{method} /{path} HTTP/1.1\ncontent-type: application/x-www-form-urlencoded");
    e2e::exchange(authority, &head, body).unwrap()
}

/// Follows the consent page as a browser elsewhere would; the address that it is sent back to.
fn consent(page: &str, decision: &str) -> String {
    let answer = ask(
        page,
        Some(&format!("account=admin%40contoso.com&decision={decision}")),
    );
    let location = answer.lines().find_map(|line| {
        line.split_once(": ")
            .filter(|(name, _)| name.eq_ignore_ascii_case("location"))
    });
    location.unwrap().1.to_owned()
}

/// Runs `authorize`, answers with `paste` of the page's address, and gives the exit status and what was said.
fn authorize(workplace: &Workplace, answer: impl Fn(&str) -> String) -> (i32, String) {
    let mut child = workplace
        .command(&["authorize", "contoso"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let page = lines.find(|line| line.contains("/adminconsent?")).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", answer(page.trim())).unwrap();
    drop(stdin);
    let mut said: Vec<String> = lines.collect();
    let ended = child.wait_with_output().unwrap();
    said.push(String::from_utf8(ended.stderr).unwrap());
    (ended.status.code().unwrap(), said.join("\n"))
}

#[test]
fn consent_is_given_by_a_pasted_answer_and_the_validation_waits_for_it() {
    let simulator = Simulator::start(tenant().replication(REPLICATION)).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();

    let before = workplace.run(&["validate"]).unwrap();
    assert_eq!(
        before.code, 1,
        "without a consent nothing is waited for: {}",
        before.stdout
    );

    let (code, said) = authorize(&workplace, |page| consent(page, "cancel"));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("AADSTS65004"), "{said}");

    let (code, said) = authorize(&workplace, |page| {
        consent(page, "accept").replace("state=", "state=x")
    });
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("its state differs"), "{said}");

    let (code, said) = authorize(&workplace, |page| consent(page, "accept"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("Consent was given for tenant"), "{said}");

    let pending = workplace.run(&["validate"]).unwrap();
    assert_eq!(pending.code, 3, "{}", pending.stdout);
    assert!(pending.stdout.contains("pending"), "{}", pending.stdout);

    simulator.advance(REPLICATION);
    let watched = workplace.run(&["validate", "--watch"]).unwrap();
    assert_eq!(watched.code, 0, "{}\n{}", watched.stdout, watched.stderr);
    assert!(
        watched
            .stdout
            .contains("every room's calendar: all 1 calendars can be read"),
        "{}",
        watched.stdout
    );

    let audit = workplace.run(&["audit"]).unwrap();
    assert!(
        audit.stdout.contains("authorized") && audit.stdout.contains("command line"),
        "{}",
        audit.stdout
    );
}

/// A validation that goes on until nothing is pending. It is killed when this is dropped.
struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn begin(workplace: &Workplace) -> Self {
        let mut child = workplace
            .command(&["validate", "--watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The first line with this.
    fn wait_for(&mut self, part: &str) -> String {
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("it ended before: {part}"))
    }

    /// Its exit status and what it said last, when it ends within a minute.
    fn ended(mut self) -> (i32, String) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if begun.elapsed() > PATIENCE => panic!("it still watches"),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let lines: Vec<String> = self.lines.by_ref().map_while(Result::ok).collect();
        (status.code().unwrap(), lines.join("\n"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It has ended already, or nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a validation that passed.
const PASSED: &str = "passed   every room's calendar: all 1 calendars can be read";

#[test]
fn a_consent_that_comes_while_the_validation_watches_is_seen_at_its_next_try() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let mut watch = Watch::begin(&workplace);
    watch.wait_for("pending  token: ");
    let (code, said) = authorize(&workplace, |page| consent(page, "accept"));
    assert_eq!(code, 0, "{said}");
    let (code, said) = watch.ended();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(PASSED), "{said}");
}

#[test]
fn permissions_that_arrive_while_the_validation_watches_are_not_kept_out_by_a_token_from_before() {
    // Shorter than a token lives: it would be good, and without permissions, for the rest of its hour.
    let replication = Duration::from_secs(1_800);
    let simulator = Simulator::start(tenant().replication(replication)).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let (code, said) = authorize(&workplace, |page| consent(page, "accept"));
    assert_eq!(code, 0, "{said}");
    let asked = simulator.token_requests();
    let mut watch = Watch::begin(&workplace);
    watch.wait_for("pending  permission Calendars.Read: ");
    simulator.advance(replication);
    let (code, said) = watch.ended();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(PASSED), "{said}");
    assert_eq!(simulator.token_requests() - asked, 2, "one token a try");
}

#[test]
fn a_redirect_to_this_machine_is_taken_too() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let mut child = workplace
        .command(&["authorize", "contoso"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let page = lines.find(|line| line.contains("/adminconsent?")).unwrap();
    let back = consent(page.trim(), "accept");
    assert!(ask(&back, None).contains("Answer received"));
    let said: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said:?}");
    assert_eq!(workplace.run(&["validate"]).unwrap().code, 0);
}

#[test]
fn a_purge_takes_subjects_out_of_the_store_and_what_may_not_be_looked_at_is_not_stored() {
    let simulator = Simulator::start(tenant()).unwrap();
    let source = Source::contoso(&simulator);
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    authorize(&workplace, |page| consent(page, "accept"));
    let subjects = |arguments: &[&str]| {
        let ended = workplace.run(arguments).unwrap();
        let meetings = ended.meetings(0).unwrap();
        assert_eq!(meetings.len(), 1, "{}", ended.stderr);
        (meetings[0]["subject"].clone(), meetings[0]["withheld"].clone())
    };
    let shown = (serde_json::json!("Review"), serde_json::json!(false));
    let hidden = (serde_json::Value::Null, serde_json::json!(true));
    assert_eq!(subjects(&["run-once", "--format", "jsonl"]), shown);

    workplace
        .configure(&source.clone().line("view-subjects = false").to_string())
        .unwrap();
    assert_eq!(
        subjects(&["export", "--format", "jsonl"]),
        hidden,
        "hidden though it is still stored"
    );
    let purged = workplace
        .run(&["purge", "contoso", "--subjects", "--yes"])
        .unwrap();
    assert_eq!(
        (purged.code, purged.stdout.as_str()),
        (0, "Deleted the subjects of 1 stored meeting of contoso.\n")
    );
    for (path, content) in workplace.data().unwrap() {
        assert!(
            !content.windows(6).any(|window| window == b"Review"),
            "{}",
            path.display()
        );
    }
    assert_eq!(
        subjects(&["run-once", "--format", "jsonl"]),
        hidden,
        "a pass does not bring it back"
    );

    workplace.configure(&source.to_string()).unwrap();
    assert_eq!(
        subjects(&["run-once", "--format", "jsonl"]),
        shown,
        "until it may be looked at again"
    );
}
