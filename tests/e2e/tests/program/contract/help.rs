//! What the command line does for whoever types it: checks of the file alone, dates, completions, and nothing said that is not known.

use e2e::{Source, Workplace};
use graph_sim::{Event, Fault, Mailbox, Refusal, Room, Simulator, Tenant, when};

const DATES: [&str; 5] = ["run-once", "--from", "2026-03-09", "--to", "2026-03-16"];

fn tenant() -> Tenant {
    let meeting = Event::new("Weekly sync", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    Tenant::new("contoso.com")
        .room(Room::new("conf-a@contoso.com", "Conf A").event(meeting))
        .room(Room::new("conf-b@contoso.com", "Conf B"))
}

#[test]
fn a_configuration_is_checked_without_connector_secret_or_server() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &[]).unwrap();
    let good = workplace.run(&["config", "check"]).unwrap();
    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(
        good.stdout
            .starts_with("collector.toml: no mistakes; 1 source, 0 sinks."),
        "{}",
        good.stdout
    );
    assert!(!workplace.path().join("data").exists());
    workplace.configure("[[source]]\nname = \"a\"\n").unwrap();
    let bad = workplace.run(&["config", "check"]).unwrap();
    assert_eq!((bad.code, bad.stdout.as_str()), (2, ""));
    assert!(
        bad.stderr
            .starts_with("error: collector.toml:1:1: source \"a\": connector:"),
        "{}",
        bad.stderr
    );
}

#[test]
fn dates_stand_for_their_begin_and_rooms_without_meetings_are_named() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let ended = workplace.run(&DATES).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("Weekly sync"), "{}", ended.stdout);
    assert!(
        ended
            .stderr
            .contains("contoso: no meetings in the window: conf-b@contoso.com\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_source_that_failed_as_a_whole_says_nothing_about_its_meetings() {
    let simulator = Simulator::start(tenant()).unwrap();
    let denied = Fault::Error(
        403,
        "Authorization_RequestDenied".into(),
        "Insufficient privileges".into(),
    );
    simulator.inject(when("/v1.0/places").then(denied));
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let ended = workplace.run(&DATES).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
}

#[test]
fn meetings_of_an_earlier_pass_are_told_from_new_ones_and_a_failed_source_from_an_empty_one() {
    let simulator = Simulator::start(tenant()).unwrap();
    let empty =
        Simulator::start(Tenant::new("contoso.com").room(Room::new("conf-b@contoso.com", "Conf B"))).unwrap();
    let sources = format!(
        "{}{}",
        Source::contoso(&simulator),
        Source::contoso(&empty).named("fabrikam")
    );
    let workplace = Workplace::new(&sources, &["o365"]).unwrap();
    let ended = workplace.run(&DATES).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let denied = Fault::Error(
        403,
        "Authorization_RequestDenied".into(),
        "Insufficient privileges".into(),
    );
    simulator.inject(when("/v1.0/places").then(denied));
    let ended = workplace.run(&DATES).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stdout.contains("Weekly sync"), "{}", ended.stdout);
    let earlier =
        "warning: source \"contoso\": its meetings that were printed are those of an earlier pass\n";
    assert!(ended.stderr.contains(earlier), "{}", ended.stderr);
    let workplace = Workplace::new(&sources, &["o365"]).unwrap();
    let ended = workplace.run(&DATES).unwrap();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (1, "no meetings in the window; not collected: contoso\n"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("earlier pass"), "{}", ended.stderr);
}

#[test]
fn a_quiet_command_prints_results_and_errors_only() {
    let simulator = Simulator::start(tenant()).unwrap();
    let refused = Room::new("conf-c@contoso.com", "Conf C").mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    let some = Simulator::start(tenant().room(refused)).unwrap();
    let all = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let part = Workplace::new(&Source::contoso(&some).to_string(), &["o365"]).unwrap();
    for format in ["text", "json"] {
        let run = |workplace: &Workplace| {
            let mut command = workplace.command(&DATES);
            e2e::ended(command.arg("-q").env("COLLECTOR_LOG_FORMAT", format)).unwrap()
        };
        let ended = run(&all);
        assert!(ended.stdout.contains("Weekly sync"), "{}", ended.stdout);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{format}");
        let ended = run(&part);
        assert_eq!(
            (ended.code, ended.stderr.lines().count()),
            (3, 1),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("conf-c@contoso.com: refused: "),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn shells_and_man_get_what_they_need() {
    let workplace = Workplace::new("", &[]).unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = workplace.run(&["completions", shell]).unwrap();
        assert_eq!(script.code, 0, "{}", script.stderr);
        assert!(script.stdout.contains("run-once"), "{shell}");
    }
    let page = workplace.run(&["man"]).unwrap();
    assert_eq!(page.code, 0, "{}", page.stderr);
    assert!(page.stdout.contains(".TH collector 1"), "{}", page.stdout);
}
