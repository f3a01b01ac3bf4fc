//! Whoever reads the output has read enough (`collector run-once | head`): what was found out is reported all the same, and the
//! exit status says it.

use std::process::Stdio;

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Group, GroupKind, Mailbox, Refusal, Room, RoomList, Simulator, Tenant};

/// Two rooms of which one may not be read, and a list that is none.
fn tenant() -> Tenant {
    let event = Event::new("Weekly sync", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    Tenant::new("contoso.com")
        .room(Room::new("conf-a@contoso.com", "Conf A").event(event))
        .room(Room::new("conf-b@contoso.com", "Conf B").mailbox(Mailbox::Refused(Refusal::AccessPolicy)))
        .list(RoomList::new(
            "hq@contoso.com",
            "HQ",
            ["conf-a@contoso.com", "conf-b@contoso.com"],
        ))
        .group(Group::new(GroupKind::DistributionList, "all@contoso.com", "All"))
}

/// The program with nobody at the other end of its standard output.
fn unread(workplace: &Workplace, arguments: &[&str]) -> Ended {
    let mut child = workplace
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_named() {
    let workplace = Workplace::new("", &[]).unwrap();
    for arguments in [
        &["plugins"][..],
        &["completions", "bash"],
        &["audit", "--format", "csv"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = workplace.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: cannot write to standard output: No space left on device (os error 28)\n",
            "{arguments:?}"
        );
    }
}

#[test]
fn a_closed_standard_output_hides_neither_the_report_nor_the_exit_status() {
    let simulator = Simulator::start(tenant()).unwrap();
    let source = Source::contoso(&simulator).lists("hq@contoso.com, all@contoso.com");
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    for format in ["jsonl", "table"] {
        let pass = [
            "run-once",
            "--format",
            format,
            "--from",
            "2026-03-09T00:00:00Z",
            "--to",
            "2026-03-16T00:00:00Z",
        ];
        let ended = unread(&workplace, &pass);
        assert_eq!(ended.code, 3, "{format}: {}", ended.stderr);
        assert_eq!(
            ended
                .said("contoso: rooms: 1 collected, 1 refused, 0 missing, 0 failed")
                .len(),
            1,
            "{format}: {}",
            ended.stderr
        );
        assert_eq!(ended.said("Broken pipe"), [""; 0], "{format}");
    }
    let ended = unread(&workplace, &["rooms"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(
        ended.said("all@contoso.com is a distribution list").len(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(unread(&workplace, &["validate"]).code, 3);
    assert_eq!(unread(&workplace, &["inspect", "plugins/o365.wasm"]).code, 0);
}

#[test]
fn a_closed_standard_output_is_no_trouble_when_all_is_well() {
    let well = Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A"));
    let simulator = Simulator::start(well).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    assert_eq!(unread(&workplace, &["run-once"]).code, 0);
}
