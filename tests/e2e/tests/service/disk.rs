//! A disk that is full, and one that is read-only. Both are made in a mount namespace of the test's own.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use e2e::{Service, ended};

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
            &format!("{mount} && exec {} run", crate::situation::PROGRAM),
        ])
        .current_dir(situation.workplace.path())
        .env("O365_CLIENT_SECRET", e2e::SECRET);
    Some(command)
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
    let Some(mut command) = with_mount(&situation, "mount -t tmpfs -o size=16m none data") else {
        return;
    };
    let mut service = Service::begin(&mut command).unwrap();
    service.wait_for_line("the pass collected everything").unwrap();
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
    std::fs::remove_file(&ballast).unwrap();
    service
        .wait_for("a pass that is complete again", |service| {
            let said = service.said();
            let after = said.rsplit("database or disk is full").next()?;
            after.contains("the pass collected everything").then_some(())
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
