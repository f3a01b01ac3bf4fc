//! `rooms`, `inspect` and `validate`.

use e2e::{Ended, Source, Workplace};
use graph_sim::{
    App, CLIENT_ID, Event, Group, GroupKind, Mailbox, Refusal, Room, RoomList, Simulator, Tenant,
};

fn tenant() -> Tenant {
    Tenant::new("contoso.com")
        .room(
            Room::new("Conf-A@contoso.com", "Conf A")
                .building("HQ")
                .capacity(8),
        )
        .room(Room::new("conf-b@contoso.com", "Conf B"))
        .list(RoomList::new(
            "hq@contoso.com",
            "Headquarters",
            ["conf-a@contoso.com", "conf-b@contoso.com"],
        ))
        .list(RoomList::new(
            "small@contoso.com",
            "Small",
            ["conf-b@contoso.com"],
        ))
        .group(Group::new(GroupKind::DistributionList, "all@contoso.com", "All"))
}

fn run(tenant: Tenant, lists: &str, command: &str) -> Ended {
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).lists(lists).to_string();
    Workplace::new(&source, &["o365"])
        .unwrap()
        .run(&[command])
        .unwrap()
}

/// The lines with their blanks made one.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn rooms_shows_each_room_once_with_its_lists() {
    let ended = run(tenant(), "hq@contoso.com, small@contoso.com", "rooms");
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let lines = lines(&ended.stdout);
    assert_eq!(lines[0], "contoso: 2 rooms");
    assert_eq!(lines[1], "Address Name Building Seats Room lists");
    assert_eq!(
        lines[3..],
        [
            "conf-a@contoso.com Conf A HQ 8 hq@contoso.com",
            "conf-b@contoso.com Conf B hq@contoso.com, small@contoso.com"
        ]
    );
}

#[test]
fn rooms_collects_nothing() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::fresh(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    assert_eq!(workplace.run(&["rooms"]).unwrap().code, 0);
    assert_eq!(simulator.requests_to("calendarView"), []);
    assert!(!workplace.path().join("data").exists());
}

#[test]
fn rooms_of_which_a_list_is_none_ends_with_3_and_without_any_with_1() {
    let ended = run(tenant(), "hq@contoso.com, all@contoso.com", "rooms");
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stdout.starts_with("contoso: 2 rooms\n"));
    assert!(
        ended.stderr.starts_with(
            "error: source \"contoso\": room list all@contoso.com is a distribution list, not a room list. "
        ),
        "{}",
        ended.stderr
    );
    assert_eq!(run(tenant(), "all@contoso.com", "rooms").code, 1);
}

#[test]
fn inspect_shows_what_a_connector_asks_for() {
    let workplace = Workplace::new("", &["o365"]).unwrap();
    let ended = workplace.run(&["inspect", "plugins/o365.wasm"]).unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("o365 0.1.0: "), "{}", ended.stdout);
    let section = |title: &str| -> Vec<&str> {
        let at = lines
            .iter()
            .position(|line| *line == title)
            .unwrap_or_else(|| panic!("no {title} in {}", ended.stdout));
        lines[at + 1..]
            .iter()
            .take_while(|line| line.starts_with("  "))
            .map(|line| line.trim())
            .collect()
    };
    let hosts = section("asks for hosts:");
    assert_eq!(
        hosts[..2],
        ["https://graph.microsoft.com", "https://login.microsoftonline.com"]
    );
    assert!(hosts.iter().all(|host| host.starts_with("https://")), "{hosts:?}");
    assert_eq!(section("asks for credentials:").len(), 1, "{}", ended.stdout);
    assert!(
        section("asks for credentials:")[0].starts_with("graph (never revealed to the connector): "),
        "{}",
        ended.stdout
    );
    let settings: Vec<&str> = section("settings:")
        .iter()
        .filter_map(|line| line.split([' ', ':']).next())
        .collect();
    for setting in [
        "tenant",
        "user-agent",
        "room-lists",
        "cloud",
        "withhold-subjects",
        "graph-url",
        "login-url",
    ] {
        assert!(settings.contains(&setting), "{setting}: {settings:?}");
    }
    let imports = section("imports:");
    assert!(imports.contains(&"vyopta:collector/http@1.1.0"), "{imports:?}");
    assert!(
        imports
            .iter()
            .any(|import| import.starts_with("wasi:cli/environment@")
                && import.ends_with(" (always empty: no environment variables, no arguments)")),
        "{imports:?}"
    );
    let allowed = [
        "vyopta:collector/",
        "wasi:io/",
        "wasi:cli/",
        "wasi:clocks/",
        "wasi:random/",
    ];
    assert!(
        imports
            .iter()
            .all(|import| allowed.iter().any(|allowed| import.starts_with(allowed))),
        "{imports:?}"
    );
    let digest = lines
        .iter()
        .find_map(|line| line.strip_prefix("sha256: "))
        .unwrap();
    assert_eq!(digest.len(), 64);
}

#[test]
fn validate_passes_when_all_is_well() {
    let ended = run(tenant(), "hq@contoso.com, small@contoso.com", "validate");
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let lines = lines(&ended.stdout);
    assert_eq!(lines[0], "contoso");
    assert!(
        lines[1].starts_with("passed token: the login service gives a token for tenant "),
        "{}",
        ended.stdout
    );
    assert_eq!(
        lines[2..],
        [
            "passed permission Place.Read.All: the tenant's room lists can be read: there are 2",
            "passed permission Directory.Read.All: groups can be looked up",
            "passed permission User.Read.All: accounts can be looked up; the token's roles name it",
            "passed permission Calendars.Read: calendars can be read; the token's roles name it",
            "passed room list hq@contoso.com: room list hq@contoso.com has 2 rooms",
            "passed room list small@contoso.com: room list small@contoso.com has 1 rooms",
            "passed calendars of room list hq@contoso.com: 2 of 2 calendars tried can be read",
            "passed calendars of room list small@contoso.com: 1 of 1 calendars tried can be read",
        ]
    );
}

#[test]
fn validate_names_the_list_that_is_none_and_goes_on() {
    let ended = run(tenant(), "all@contoso.com, hq@contoso.com", "validate");
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let lines = lines(&ended.stdout);
    let at = lines
        .iter()
        .position(|line| line.starts_with("limited room list all@contoso.com: "))
        .unwrap();
    assert!(
        lines[at].contains("is a distribution list, not a room list"),
        "{}",
        ended.stdout
    );
    assert!(
        lines[at + 1].contains("Set-DistributionGroup -Identity 'all@contoso.com' -RoomList"),
        "{}",
        ended.stdout
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("2 of 2 calendars tried can be read")),
        "{}",
        ended.stdout
    );
}

#[test]
fn validate_tells_that_only_a_part_of_the_calendars_can_be_read() {
    let refused = Room::new("conf-c@contoso.com", "Conf C").mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    let tenant = tenant().room(refused).list(RoomList::new(
        "c@contoso.com",
        "C",
        ["conf-b@contoso.com", "conf-c@contoso.com"],
    ));
    let ended = run(tenant, "c@contoso.com", "validate");
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let lines = lines(&ended.stdout);
    let expected = "limited calendars of room list c@contoso.com: 1 of 2 calendars tried can be read; limited by \
        policy, which is fine if intended: not conf-c@contoso.com; ";
    let at = lines.iter().position(|line| line.starts_with(expected));
    let at = at.unwrap_or_else(|| panic!("{}", ended.stdout));
    assert!(
        lines[at + 1].contains(&format!(
            "Test-ApplicationAccessPolicy -Identity 'conf-c@contoso.com' -AppId '{CLIENT_ID}'"
        )),
        "{}",
        ended.stdout
    );
}

#[test]
fn validate_fails_when_no_calendar_can_be_read_for_a_consent_that_nobody_knows_of() {
    let tenant = tenant().app(
        App::new(CLIENT_ID)
            .secret(e2e::SECRET)
            .roles(["Place.Read.All", "Directory.Read.All"]),
    );
    let ended = run(tenant, "hq@contoso.com", "validate");
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let lines = lines(&ended.stdout);
    let expected = "failed permission Calendars.Read: none of the 2 calendars tried can be read; the token's roles do \
        not name it; calendar of conf-a@contoso.com: ";
    let at = lines.iter().position(|line| line.starts_with(expected));
    let at = at.unwrap_or_else(|| panic!("{}", ended.stdout));
    assert!(lines[at + 1].contains("up to two hours"), "{}", ended.stdout);
    assert!(
        !lines.iter().any(|line| line.starts_with("pending ")),
        "{}",
        ended.stdout
    );
}

#[test]
fn validate_tells_of_rooms_whose_subjects_are_the_organizers_names() {
    let at = |days: i64| {
        let at = e2e::now() + chrono::Duration::days(days);
        at.format("%Y-%m-%dT10:00:00Z").to_string()
    };
    let event = |days| {
        let (start, end) = (at(days), at(days).replace("T10", "T11"));
        Event::new("Megan Bowen", &start, &end).organizer("Megan Bowen", "megan@contoso.com")
    };
    let room = Room::new("conf-d@contoso.com", "Conf D")
        .event(event(-3))
        .event(event(4));
    let tenant = tenant()
        .room(room)
        .list(RoomList::new("d@contoso.com", "D", ["conf-d@contoso.com"]));
    let ended = run(tenant, "d@contoso.com", "validate");
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let lines = lines(&ended.stdout);
    let at = lines
        .iter()
        .position(|line| line.starts_with("warning subjects: "));
    let at = at.unwrap_or_else(|| panic!("{}", ended.stdout));
    assert_eq!(
        lines[at],
        "warning subjects: in 1 of the 1 rooms looked at, every subject is the organizer's name: conf-d@contoso.com"
    );
    assert!(
        lines[at + 1].contains(
            "Set-CalendarProcessing -Identity 'conf-d@contoso.com' -DeleteSubject $false -AddOrganizerToSubject $false"
        ),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("Megan"), "{}", ended.stdout);
}

#[test]
fn validate_with_a_wrong_secret_fails_with_the_code_and_what_to_do() {
    let ended = run(
        tenant().app(App::new(CLIENT_ID).secret("another")),
        "hq@contoso.com",
        "validate",
    );
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert_eq!(
        lines(&ended.stdout),
        [
            "contoso",
            "failed token: the token was refused: the client secret is wrong (AADSTS7000215) [AADSTS7000215]",
            "Copy the secret's value, not its id, from Certificates & secrets; if it is no longer shown, make a new one.",
        ]
    );
}

#[test]
fn validate_keeps_nothing() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::fresh(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    assert_eq!(workplace.run(&["validate"]).unwrap().code, 0);
    assert!(!workplace.path().join("data").exists());
}
