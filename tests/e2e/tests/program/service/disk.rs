//! A disk that is full, and one that is read-only. Both are made in a mount namespace of the test's own.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use e2e::{Service, ended, exchange, status_and_body};
use serde_json::Value;

use crate::situation::{SERVICE, Situation};

/// The program in a namespace in which `mount` was run first; none when this machine does not allow that.
fn with_mount(situation: &Situation, mount: &str) -> Option<Command> {
    let unshare = ["--map-root-user", "--mount"];
    let allowed = Command::new("unshare").args(unshare).arg("true").output();
    if !allowed.is_ok_and(|ended| ended.status.success()) {
        eprintln!("not tested: this machine does not allow mount namespaces");
        return None;
    }
    std::fs::create_dir_all(situation.workplace.path().join("data")).unwrap();
    let mut command = Command::new("unshare");
    command
        .args(unshare)
        .args([
            "sh",
            "-c",
            &format!("{mount} && exec {} run", e2e::program().unwrap().display()),
        ])
        .current_dir(situation.workplace.path())
        .env("O365_CLIENT_SECRET", e2e::SECRET);
    Some(command)
}

/// What `collector status` says in the namespace of a service about what cannot be stored, and its exit status.
fn not_stored(service: &Service) -> (i32, Value) {
    let mut command = Command::new("nsenter");
    command
        .args(["--target", &service.id().to_string()])
        // With its directory too: that of the test is another one.
        .args(["--user", "--preserve-credentials", "--mount", "--wd"])
        .arg(e2e::program().unwrap())
        .args(["status", "--format", "json"]);
    let ended = ended(&mut command).unwrap();
    let status: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    (ended.code, status["not_stored"].clone())
}

/// Writes until there is no room left.
fn fill(ballast: &Path) {
    let mut file = std::fs::File::create(ballast).unwrap();
    let mut block = vec![0; 1 << 20];
    while !block.is_empty() {
        if file.write_all(&block).is_err() {
            block.truncate(block.len() / 2);
        }
    }
}

#[test]
fn a_full_disk_is_said_and_survived() {
    let situation = Situation::new(4);
    let source = Situation::source(&situation.simulator);
    situation
        .workplace
        .configure(&format!("{source}{SERVICE}"))
        .unwrap();
    situation.book(0, 2);
    let Some(mut command) = with_mount(&situation, "mount -t tmpfs -o size=16m,mode=700 none data") else {
        return;
    };
    let mut service = Service::begin(&mut command).unwrap();
    service.wait_for_line("the pass was complete").unwrap();
    service.wait_for_line("proved").unwrap();
    // The directory as the service sees it.
    let seen = situation.workplace.path().strip_prefix("/").unwrap();
    let ballast = Path::new("/proc")
        .join(service.id().to_string())
        .join("root")
        .join(seen)
        .join("data/ballast");
    fill(&ballast);
    situation.book(1, 300);
    service.wait_for_line("database or disk is full").unwrap();
    let authority = service.address().unwrap();
    let ready = || {
        let answer = exchange(&authority, "GET /readyz HTTP/1.1", "").unwrap();
        let (status, body) = status_and_body(&answer).unwrap();
        (status, body.to_owned())
    };
    let (code, body) = service
        .wait_for("a service that says that it is not ready", |_| {
            Some(ready()).filter(|(code, _)| *code != 200)
        })
        .unwrap();
    assert_eq!(code, 503);
    assert!(
        body.contains("source \"contoso\": collected meetings cannot be stored: ")
            && body.contains("database or disk is full"),
        "{body}"
    );
    let (code, problem) = service
        .wait_for("a status that says that nothing is stored", |service| {
            Some(not_stored(service)).filter(|(_, problem)| !problem.is_null())
        })
        .unwrap();
    assert_eq!(code, 1, "{problem}");
    assert!(
        problem
            .as_str()
            .is_some_and(|problem| problem.contains("contoso") && problem.contains("disk is full")),
        "{problem}"
    );
    std::fs::remove_file(&ballast).unwrap();
    service
        .wait_for("a pass that is complete again", |service| {
            let said = service.said();
            let after = said.rsplit("database or disk is full").next()?;
            after.contains("the pass was complete").then_some(())
        })
        .unwrap();
    service
        .wait_for("a service that says that it is ready", |_| {
            (ready() == (200, "ready\n".to_owned())).then_some(())
        })
        .unwrap();
    service
        .wait_for("a status that says that all is stored", |service| {
            (not_stored(service) == (0, Value::Null)).then_some(())
        })
        .unwrap();
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_read_only_disk_is_said_before_anything_is_collected() {
    let situation = Situation::new(1);
    let Some(mut command) = with_mount(
        &situation,
        "mount --bind data data && mount -o remount,bind,ro data",
    ) else {
        return;
    };
    let ended = ended(&mut command).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("the data directory data cannot be used: Read-only file system")
            && ended.stderr.contains("choose another with `data` in [collector]"),
        "{}",
        ended.stderr
    );
}
