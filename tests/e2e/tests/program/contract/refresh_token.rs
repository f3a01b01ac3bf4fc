//! A source that signs in with a refresh token, which the login server replaces with each use.

use e2e::{Ended, PASS, Source, TokenEndpoint, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

/// The configured one. All that follow begin like it.
const FIRST: &str = "refresh-me-not-a-real-token";
/// How every JSON web token begins.
const ACCESS_TOKEN: &str = "eyJ";
const ENV: &str = "{ env = \"REFRESH_TOKEN\" }";

fn simulator() -> Simulator {
    let event = Event::new("Weekly sync", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let room = Room::new("conf-a@contoso.com", "Conf A").event(event);
    Simulator::start(Tenant::new("contoso.com").room(room)).unwrap()
}

fn source(simulator: &Simulator, login: &TokenEndpoint, place: &str) -> Source {
    Source::at(simulator.url(), login.url()).credential("refresh-token", place)
}

fn workplace(source: &Source) -> Workplace {
    Workplace::new(&source.to_string(), &["o365"]).unwrap()
}

/// Runs with the configured token in the environment and everything logged. No token gets out.
fn run(workplace: &Workplace, arguments: &[&str]) -> Ended {
    let mut command = workplace.command(arguments);
    command.env("COLLECTOR_LOG", "trace").env("REFRESH_TOKEN", FIRST);
    let ended = e2e::ended(&mut command).unwrap();
    for marker in [FIRST, ACCESS_TOKEN, e2e::SECRET] {
        assert!(!ended.stdout.contains(marker), "standard output holds {marker}");
        assert_eq!(ended.said(marker), [""; 0], "standard error holds {marker}");
        for (path, content) in workplace.data().unwrap() {
            let mut parts = content.windows(marker.len());
            let found = parts.any(|part| part == marker.as_bytes());
            assert!(!found, "{} holds {marker}", path.display());
        }
    }
    ended
}

/// The refresh token number n, from 0.
fn nth(number: usize) -> String {
    match number {
        0 => FIRST.to_owned(),
        number => format!("{FIRST}-{number}"),
    }
}

fn first(count: usize) -> Vec<String> {
    (0..count).map(nth).collect()
}

#[test]
fn a_pass_begins_with_the_token_that_the_login_server_sent_last() {
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    let workplace = workplace(&source(&simulator, &login, ENV));
    for count in 1..=3 {
        let ended = run(&workplace, &PASS);
        assert_eq!(ended.meetings(0).unwrap().len(), 1);
        assert_eq!(ended.said("WARN"), [""; 0]);
        assert_eq!(login.sent(), first(count));
    }
    assert_eq!(run(&workplace, &["validate"]).code, 0);
    assert_eq!(login.sent(), first(4));
    assert_eq!(simulator.requests_to("/contoso.com/oauth2/v2.0/token").len(), 1);
    for request in simulator.requests() {
        assert!(!format!("{request:?}").contains(FIRST), "{request:?}");
    }
}

#[test]
fn a_token_that_the_administrator_replaces_is_used_at_once() {
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    let workplace = workplace(&source(&simulator, &login, "{ stored = \"webex\" }"));
    let set = |token: &str| {
        let ended = workplace
            .run_with_input(&["secrets", "set", "webex"], token)
            .unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    };
    set(FIRST);
    assert_eq!(run(&workplace, &PASS).code, 0);
    let another = format!("{FIRST}-of-another-day");
    login.accept(Some(&another));
    set(&another);
    assert_eq!(run(&workplace, &PASS).code, 0);
    assert_eq!(login.sent(), [FIRST, &another]);
}

#[test]
fn a_token_that_is_not_accepted_any_more_costs_its_source_alone_and_says_what_to_do() {
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    login.accept(None);
    let other = Source::contoso(&simulator).named("other");
    let both = format!("{}{other}", source(&simulator, &login, ENV));
    let workplace = Workplace::new(&both, &["o365"]).unwrap();
    for _ in ["in the standard's form", "in that of Webex"] {
        let ended = run(&workplace, &PASS);
        let meetings = ended.meetings(1).unwrap();
        assert_eq!(meetings.len(), 1);
        assert_eq!(meetings[0]["source"], "other");
        let said = ended.said("source \"contoso\": ");
        assert_eq!(said.len(), 1, "{}", ended.stderr);
        for part in [
            "refresh-token { env = \"REFRESH_TOKEN\" } is not accepted (expired, revoked, of another application), or client id or secret are \
             wrong: check these, or get a new one where the application is registered, and start the collector again with it.",
            "The login server says: The refresh token *** has expired.",
        ] {
            assert!(said[0].contains(part), "{part}\n{}", said[0]);
        }
        login.refuse_like_webex();
    }
}

#[test]
fn a_token_that_ends_soon_is_warned_of_when_it_is_known() {
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    login.set_days(10);
    let workplace = workplace(&source(&simulator, &login, ENV));
    assert_eq!(run(&workplace, &PASS).said("expires in"), [""; 0]);
    let ended = run(&workplace, &PASS);
    assert!(ended.stderr.contains("TRACE"), "everything is logged");
    let day = (e2e::now() + chrono::Duration::days(10)).format("%Y-%m-%d");
    let expires = |line: &str| line.contains("} expires in ") && line.contains(&format!("days, on {day}"));
    let said = ended.said("refresh-token { env = \"REFRESH_TOKEN\" } expires in ");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    assert!(expires(said[0]), "{}", said[0]);
    assert!(said[0].contains("get a new one where the application is registered"));
    let checked = run(&workplace, &["validate"]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);
    let mut lines = checked.stdout.lines();
    let line = lines.find(|line| line.contains("warning  refresh token: refresh-token { env = "));
    assert!(line.is_some_and(expires), "{}", checked.stdout);
    login.set_days(90);
    assert_eq!(run(&workplace, &PASS).code, 0);
    assert_eq!(run(&workplace, &PASS).said("expires in"), [""; 0]);
}

#[test]
fn a_source_is_added_with_the_secret_of_its_application_and_the_token_on_a_line_each() {
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    let workplace = Workplace::new("", &["o365"]).unwrap();
    let (graph_url, login_url) = (
        format!("graph-url={}/v1.0", simulator.url()),
        format!("login-url={}", login.url()),
    );
    let add = |input: &str| {
        let arguments = [
            ["add", "contoso"],
            ["--connector", "o365"],
            ["--set", "tenant=contoso.com"],
            ["--set", "user-agent=rooms@contoso.com"],
            ["--set", &graph_url],
            ["--set", &login_url],
            ["--grant", simulator.url()],
            ["--grant", login.url()],
            ["--client-id", graph_sim::CLIENT_ID],
            ["--secret-stdin", "client-secret"],
            ["--secret-stdin", "refresh-token"],
        ];
        workplace.run_with_input(&arguments.concat(), input).unwrap()
    };
    let ended = add(FIRST);
    assert_eq!(ended.code, 2);
    let said = ended.said("standard input must have 2 lines, one for each secret, but it has 1");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    let ended = add(&format!("{}\n{FIRST}\n", e2e::SECRET));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(run(&workplace, &PASS).meetings(0).unwrap().len(), 1);
    assert_eq!(login.sent(), first(2));
}

#[test]
fn what_replaces_the_token_is_listed_with_its_source_and_goes_with_it() {
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    let workplace = workplace(&source(&simulator, &login, ENV));
    let listed = || run(&workplace, &["secrets", "list"]).stdout;
    assert!(!listed().contains("renewed"), "{}", listed());
    assert_eq!(run(&workplace, &PASS).code, 0);
    let list = listed();
    let line = list
        .lines()
        .find(|line| line.contains("contoso.renewed-refresh-token"));
    assert!(
        line.is_some_and(|line| line.contains("source \"contoso\"")),
        "{list}"
    );
    let kept = run(
        &workplace,
        &["secrets", "remove", "contoso.renewed-refresh-token"],
    );
    assert_eq!(kept.code, 2, "{}", kept.stderr);
    let removed = run(&workplace, &["remove", "contoso", "--yes"]);
    assert_eq!(removed.code, 0, "{}", removed.stderr);
    assert!(!listed().contains("renewed"), "{}", listed());
}

#[test]
#[cfg(unix)]
fn in_a_data_directory_that_cannot_be_written_the_pass_goes_on_and_says_what_the_next_start_does() {
    use std::os::unix::fs::PermissionsExt as _;
    let simulator = simulator();
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    let workplace = workplace(&source(&simulator, &login, ENV));
    // The vault's file cannot be replaced by one, whoever runs this.
    std::fs::create_dir_all(workplace.path().join("data/secrets.age/full")).unwrap();
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(workplace.path().join("data"), mode).unwrap();
    let ended = run(&workplace, &PASS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let said = ended.said("the login server sent another refresh token, which cannot be stored: ");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    assert!(
        said[0].contains(
            "its next start begins with refresh-token { env = \"REFRESH_TOKEN\" } again, which the login server may refuse then"
        ),
        "{}",
        said[0]
    );
}
