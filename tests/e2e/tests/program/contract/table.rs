//! The table for people: nothing of foreign text reaches the terminal as more than text.

use e2e::{Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

const WEEK: [&str; 5] = [
    "run-once",
    "--from",
    "2026-03-09T00:00:00Z",
    "--to",
    "2026-03-16T00:00:00Z",
];

#[test]
fn meetings_are_shown_with_their_rooms_and_without_blanks_at_the_end() {
    let tenant = Tenant::new("contoso.com").room(
        Room::new("conf-a@contoso.com", "Conf A")
            .event(Event::new(
                "Weekly sync",
                "2026-03-10T10:00:00Z",
                "2026-03-10T11:00:00Z",
            ))
            .event(
                Event::new(
                    "Nobody's business",
                    "2026-03-11T10:00:00Z",
                    "2026-03-11T11:00:00Z",
                )
                .private()
                .tentative(),
            )
            .event(Event::all_day("Offsite", "2026-03-12", 2, "UTC")),
    );
    let simulator = Simulator::start(tenant).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let ended = workplace.run(&WEEK).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let lines: Vec<String> = ended
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines.first().unwrap(),
        "Room Start (UTC) End (UTC) Subject Status"
    );
    assert_eq!(
        lines.get(2..).unwrap(),
        [
            "Conf A Tue 2026-03-10 10:00 11:00 Weekly sync",
            "Wed 2026-03-11 10:00 11:00 (withheld) tentative",
            "Thu 2026-03-12 00:00, all day Sat 2026-03-14 00:00 Offsite",
        ]
    );
    assert!(
        ended.stdout.lines().all(|line| line == line.trim_end()),
        "{}",
        ended.stdout
    );
}

#[test]
fn names_and_subjects_cannot_steer_the_terminal() {
    let hostile = "\u{1b}[2J\u{1b}]0;title\u{7}\r\u{8}\u{9b}31m\u{202e}evil\u{2028}";
    let room = Room::new("conf-a@contoso.com", hostile)
        .building(hostile)
        .event(Event::new(
            hostile,
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let source = Source::contoso(&simulator);
    let both = format!(
        "{source}{}",
        Source::hostile("good@x, failed@x, log@x, \u{1b}[31m@x")
    );
    let workplace = Workplace::new(&both, &["o365", "hostile"]).unwrap();
    for arguments in [&WEEK[..], &["rooms"], &["validate"]] {
        let ended = workplace.run(arguments).unwrap();
        for output in [&ended.stdout, &ended.stderr] {
            assert!(!output.is_empty() || arguments != WEEK, "{arguments:?}");
            let bad = output
                .chars()
                .find(|&c| (c.is_control() && c != '\n') || "\u{202e}\u{2028}".contains(c));
            assert_eq!(bad, None, "{arguments:?}: {output:?}");
        }
    }
}

#[test]
fn words_are_only_coloured_on_a_terminal() {
    let simulator =
        Simulator::start(Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "A"))).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    for arguments in [&["validate"][..], &["rooms", "--source", "unknown"]] {
        let ended = workplace.run(arguments).unwrap();
        assert!(
            !ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'),
            "{ended:?}"
        );
    }
}
