//! Sources and secrets from the command line: added, paused, removed, and never a secret where it does not belong.

use e2e::{Ended, PASS, Service, Workplace};
use graph_sim::{App, CLIENT_ID, Event, Room, Simulator, Tenant};
use serde_json::Value;

fn simulator() -> Simulator {
    let event = Event::new("Weekly sync", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let room = Room::new("conf-a@contoso.com", "Conf A").event(event);
    Simulator::start(Tenant::new("contoso.com").room(room)).unwrap()
}

/// A workplace in which nothing was set up yet.
fn nothing() -> Workplace {
    let workplace = Workplace::fresh("", &["o365"]).unwrap();
    std::fs::remove_file(workplace.path().join("collector.toml")).unwrap();
    workplace
}

/// The arguments that add the simulator's tenant as `contoso`, with its client secret on standard input.
fn add(simulator: &Simulator, more: &[&str]) -> Vec<String> {
    add_without_credential(simulator, &[&["--secret-stdin", "client-secret"], more].concat())
}

/// The same with what is said of its credentials.
pub(crate) fn add_without_credential(simulator: &Simulator, more: &[&str]) -> Vec<String> {
    let url = simulator.url();
    let arguments = [
        "add",
        "contoso",
        "--connector",
        "o365",
        "--set",
        "tenant=contoso.com",
        "--set",
        "user-agent=rooms@contoso.com",
        "--set",
        &format!("graph-url={url}/v1.0"),
        "--set",
        &format!("login-url={url}"),
        "--grant",
        url,
        "--client-id",
        CLIENT_ID,
    ];
    arguments
        .iter()
        .chain(more)
        .map(|&text| text.to_owned())
        .collect()
}

/// Runs a command with the secret on standard input.
fn run(workplace: &Workplace, arguments: &[String]) -> Ended {
    run_with(workplace, arguments, e2e::SECRET)
}

/// Runs a command with this line on standard input.
pub(crate) fn run_with(workplace: &Workplace, arguments: &[String], line: &str) -> Ended {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    workplace
        .run_with_input(&arguments, &format!("{line}\n"))
        .unwrap()
}

fn configuration(workplace: &Workplace) -> String {
    std::fs::read_to_string(workplace.path().join("collector.toml")).unwrap()
}

fn said(ended: &Ended) -> (i32, &str, &str) {
    (ended.code, ended.stdout.as_str(), ended.stderr.as_str())
}

/// A workplace with the source added and one pass made.
fn collected(simulator: &Simulator) -> Workplace {
    let workplace = nothing();
    let ended = run(&workplace, &add(simulator, &[]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    workplace
}

#[test]
fn a_source_is_added_to_nothing_and_collected_and_its_secret_is_nowhere_in_the_clear() {
    let simulator = simulator();
    let workplace = nothing();
    let mut command = workplace.command(&[]);
    let ended = run(&workplace, &add(&simulator, &["--every", "1m", "--ahead", "7d"]));
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" was added to collector.toml, and its secret \"contoso-client-secret\" to the encrypted file; try it with \
             `collector validate --source contoso`.\n",
            ""
        )
    );
    let url = simulator.url();
    assert_eq!(
        configuration(&workplace),
        format!(
            r#"[[source]]
name = "contoso"
connector = "o365"
every = "1m"
window = {{ ahead = "7d" }}
[source.settings]
graph-url = "{url}/v1.0"
login-url = "{url}"
tenant = "contoso.com"
user-agent = "rooms@contoso.com"
[source.credentials]
client-id = "{CLIENT_ID}"
client-secret = {{ stored = "contoso-client-secret" }}
[source.grants]
http = ["{url}"]
"#
        )
    );
    let ended = e2e::ended(
        command
            .args(PASS)
            .env_remove("O365_CLIENT_SECRET")
            .env("COLLECTOR_LOG", "trace"),
    )
    .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["conf-a 2026-03-10T10:00 Weekly sync"]);
    assert!(!ended.stdout.contains(e2e::SECRET) && !ended.stderr.contains(e2e::SECRET));
    let files = workplace.data().unwrap();
    assert!(files.iter().any(|(path, _)| path.ends_with("secrets.age")));
    for (path, content) in files {
        let secret = e2e::SECRET.as_bytes();
        assert!(
            !content.windows(secret.len()).any(|part| part == secret),
            "{}",
            path.display()
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn what_is_wrong_with_a_new_source_is_said_and_nothing_is_written() {
    let simulator = simulator();
    let workplace = nothing();
    let mut wrong = add(&simulator, &["--set", "cluod=global"]);
    wrong.retain(|argument| argument != "user-agent=rooms@contoso.com");
    // The --set that belonged to it.
    wrong.remove(6);
    let ended = run(&workplace, &wrong);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    for part in [
        "source \"contoso\": settings.cluod: there is no such setting; did you mean `cloud`?",
        "source \"contoso\": settings.user-agent: it is missing;",
    ] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    for more in [
        &["--every", "soon"][..],
        &["--grant", "http://rooms.example.com/path"],
        &["--dry-run", "--back", "x"],
    ] {
        let ended = run(&workplace, &add(&simulator, more));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (2, ""),
            "{more:?}: {}",
            ended.stderr
        );
    }
    let mut no_secret = add(&simulator, &[]);
    no_secret.truncate(no_secret.len() - 2);
    let ended = run(&workplace, &no_secret);
    assert!(
        ended
            .stderr
            .contains("no credential is configured for this source"),
        "{}",
        ended.stderr
    );
    let ended = run(&workplace, &add(&simulator, &["--dry-run"]));
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" can be added to collector.toml; nothing was written.\n",
            ""
        )
    );
    let ended = workplace.run(&["add", "x", "--connector", "nowhere"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let ended = run_with(&workplace, &add(&simulator, &[]), "");
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: The client-secret of source \"contoso\" is empty; pass it on standard input, or type it on a terminal\n"
        )
    );
    assert!(!workplace.path().join("collector.toml").exists());
    assert!(!workplace.path().join("data").exists());
}

#[test]
fn a_refused_credential_is_not_added_and_one_that_cannot_be_tried_is() {
    let simulator = simulator();
    let workplace = nothing();
    let refused = run_with(&workplace, &add(&simulator, &[]), "not the secret");
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.starts_with(
            "error: source \"contoso\": the login server refused the credential with status 401: invalid_client: "
        ) && refused.stderr.contains(". Nothing was added. Correct the credential and try again;"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("not the secret"), "{}", refused.stderr);
    let dry = run_with(&workplace, &add(&simulator, &["--dry-run"]), "not the secret");
    assert_eq!(dry.code, 2, "{}", dry.stdout);
    assert!(!workplace.path().join("collector.toml").exists());
    assert!(!workplace.path().join("data").exists());
    let arguments = add(&simulator, &[]);
    let url = simulator.url().to_owned();
    drop(simulator);
    let added = run(&workplace, &arguments);
    assert_eq!(added.code, 0, "{}", added.stderr);
    assert!(
        added.stderr.starts_with(&format!(
            "warning: source \"contoso\": the credential was not tried: cannot get a token from {url}"
        )),
        "{}",
        added.stderr
    );
    assert!(
        added
            .stdout
            .starts_with("Source \"contoso\" was added to collector.toml")
    );
}

#[test]
fn a_secret_is_never_an_argument() {
    let workplace = nothing();
    for wrong in [
        &["add", "a", "--connector", "o365", "--client-secret", "hunter2"][..],
        &["secrets", "set", "a", "hunter2"],
    ] {
        let ended = workplace.run(wrong).unwrap();
        assert_eq!(ended.code, 2, "{wrong:?}");
    }
}

#[test]
fn a_paused_source_is_left_out_until_it_is_named_or_resumed_and_comments_stay() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let commented = format!(
        "# Rooms of Contoso\n\n{}# the end\n",
        configuration(&workplace).replace("every", "# often\nevery")
    );
    workplace.configure(&commented).unwrap();
    let ended = workplace.run(&["pause", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" is paused, and what it stored stays; a service skips it from its next start on.\n",
            ""
        )
    );
    assert_eq!(
        configuration(&workplace),
        commented.replace("connector = \"o365\"\n", "connector = \"o365\"\npaused = true\n")
    );
    simulator.forget_requests();
    let left_out = "source \"contoso\" is paused and was skipped; include it once with --source contoso, or for good with \
                    `collector resume contoso`\n";
    for command in ["run-once", "rooms", "validate"] {
        let ended = workplace.run(&[command]).unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (0, left_out), "{command}");
    }
    assert_eq!((simulator.batches(), simulator.token_requests()), (0, 0));
    let ended = workplace.collect(&["--source", "contoso"]).unwrap();
    assert_eq!(ended.brief().unwrap(), ["conf-a 2026-03-10T10:00 Weekly sync"]);
    let status = workplace.run(&["status"]).unwrap();
    assert!(status.stdout.contains(" paused "), "{}", status.stdout);
    let status = workplace.run(&["status", "--format", "json"]).unwrap();
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["sources"][0]["paused"], true);
    let ended = workplace.run(&["resume", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" is resumed; start the service with `collector run`.\n",
            ""
        )
    );
    assert_eq!(configuration(&workplace), commented);
    let ended = workplace.run(&["pause", "fabrikam"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: there is no source \"fabrikam\" in collector.toml; known sources: contoso\n"
        )
    );
}

#[test]
fn a_removed_source_keeps_what_it_collected_until_it_is_purged_and_its_secret_goes() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let ended = workplace.run(&["remove", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: not a terminal, so cannot ask for confirmation; pass --yes\n"
        )
    );
    let ended = workplace.run(&["remove", "contoso", "--yes"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" was removed with its stored secrets (contoso-client-secret); what it stored stays until `collector \
             remove contoso --purge`.\n",
            ""
        )
    );
    assert_eq!(configuration(&workplace), "");
    let holds_subject = || {
        let files = workplace.data().unwrap();
        files
            .iter()
            .any(|(_, content)| content.windows(11).any(|part| part == b"Weekly sync"))
    };
    assert!(holds_subject());
    let ended = workplace.run(&["secrets", "list"]).unwrap();
    assert!(!ended.stdout.contains("contoso"), "{}", ended.stdout);
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" was removed, and its data was deleted: 1 stored meeting.\n",
            ""
        )
    );
    assert!(!holds_subject());
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: there is no source \"contoso\" in collector.toml; the file lists no sources\n"
        )
    );
}

#[test]
fn a_secret_that_something_else_uses_stays() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let one = configuration(&workplace);
    workplace
        .configure(&format!("{one}\n{}", one.replace("\"contoso\"", "\"other\"")))
        .unwrap();
    let ended = workplace.run(&["remove", "contoso", "--yes"]).unwrap();
    assert!(!ended.stdout.contains("secrets"), "{}", ended.stdout);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.meetings(0).unwrap()[0]["source"], "other");
}

#[test]
fn secrets_are_stored_listed_and_removed_by_name() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let ended = workplace
        .run_with_input(&["secrets", "set", "hook"], "hunter2\r\n")
        .unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "The secret \"hook\" was stored in the encrypted file. Refer to it in the configuration as { stored = \"hook\" }. A running \
             service reads it when a server refuses its present one, or on SIGHUP.\n",
            ""
        )
    );
    let list = workplace.run(&["secrets", "list"]).unwrap().stdout;
    let lines: Vec<String> = list
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(
        lines.contains(&"contoso-client-secret the encrypted file source \"contoso\"".to_owned()),
        "{list}"
    );
    assert!(lines.contains(&"hook the encrypted file".to_owned()), "{list}");
    assert!(!list.contains("hunter2"));
    let ended = workplace
        .run(&["secrets", "remove", "contoso-client-secret"])
        .unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: the secret \"contoso-client-secret\" is used by source \"contoso\"; change that first, or remove the secret anyway \
             with --force\n"
        )
    );
    let ended = workplace
        .run(&["secrets", "remove", "contoso-client-secret", "--force"])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains(
            "credentials.client-secret: no secret \"contoso-client-secret\" is stored for data; store it with `collector secrets set NAME`"
        ),
        "{}",
        ended.stderr
    );
    let ended = workplace
        .run_with_input(&["secrets", "set", "x", "--keyring"], "y")
        .unwrap();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (1, ""),
        "without a session no keyring is reached: {}",
        ended.stderr
    );
    let ended = workplace.run(&["secrets", "remove", "nothing"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn a_key_elsewhere_makes_the_data_directory_worthless_alone() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let data = workplace.path().join("data");
    std::fs::rename(data.join("secrets.key"), workplace.path().join("mounted.key")).unwrap();
    let refused = workplace.collect(&[]).unwrap();
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("the key data/secrets.key of the stored secrets cannot be read"),
        "{}",
        refused.stderr
    );
    let mut command = workplace.command(&["run-once"]);
    let ended = e2e::ended(command.env("COLLECTOR_SECRETS_KEY", "mounted.key")).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // Who lost the key sees what can be told, and begins anew.
    let list = workplace.run(&["secrets", "list"]).unwrap();
    assert_eq!(list.code, 1, "{}", list.stderr);
    let row = list
        .stdout
        .lines()
        .find(|line| line.contains("contoso-client-secret"))
        .unwrap();
    assert!(
        row.contains("unknown") && row.contains("source \"contoso\""),
        "{row}"
    );
    assert!(
        list.stderr
            .contains("data/secrets.key of the stored secrets cannot be read")
            && list.stderr.contains("`collector secrets reset`"),
        "{}",
        list.stderr
    );
    let asked = workplace.run(&["secrets", "reset"]).unwrap();
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    let reset = workplace.run(&["secrets", "reset", "--yes"]).unwrap();
    assert_eq!(reset.code, 0, "{}", reset.stderr);
    assert!(data.join("secrets.age.lost-1").exists(), "{}", reset.stdout);
    let list = workplace.run(&["secrets", "list"]).unwrap();
    assert_eq!(list.code, 0, "{}", list.stderr);
    assert!(list.stdout.contains("not stored"), "{}", list.stdout);
}

/// What a configuration of a service ends with.
const SERVICE: &str = "[service]\nlisten = \"127.0.0.1:0\"\n\n[portal]\nlisten = \"off\"\n";

#[test]
fn a_service_begins_with_nothing_and_takes_the_first_source_when_it_is_added() {
    let simulator = simulator();
    let workplace = nothing();
    workplace.configure(SERVICE).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    let ended = run(&workplace, &add(&simulator, &["--every", "100ms"]));
    assert!(
        ended
            .stdout
            .ends_with("; the service applies it within a second.\n"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    service.wait_for_passes("contoso", 2).unwrap();
    let ended = workplace.run(&["pause", "contoso"]).unwrap();
    assert!(
        ended
            .stdout
            .ends_with("; the service applies it within a second.\n"),
        "{}",
        ended.stdout
    );
    service.wait_for_line("the source is paused").unwrap();
    simulator.forget_requests();
    let ended = workplace.run(&["resume", "contoso"]).unwrap();
    assert_eq!(
        (ended.code, simulator.batches()),
        (0, 0),
        "a paused source is not collected"
    );
    service.wait_for_line("the source is resumed").unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains(", and its data was deleted: ")
            && ended.stdout.ends_with(" stored meetings.\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(configuration(&workplace), SERVICE);
    service
        .wait_for_line("the source was removed from the configuration")
        .unwrap();
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(ended.code, 2, "nothing is left of it: {}", ended.stdout);
}

#[test]
fn a_broken_source_that_rests_is_in_nobodys_way() {
    let refusing = App::new(CLIENT_ID).secret("another");
    let simulator = Simulator::start(Tenant::new("contoso.com").app(refusing)).unwrap();
    let workplace = nothing();
    workplace.configure(SERVICE).unwrap();
    let added = run_with(&workplace, &add(&simulator, &["--every", "100ms"]), "another");
    assert_eq!(added.code, 0, "{}", added.stderr);
    // It is no longer the application's.
    let replaced = workplace
        .run_with_input(&["secrets", "set", "contoso-client-secret"], e2e::SECRET)
        .unwrap();
    assert_eq!(replaced.code, 0, "{}", replaced.stderr);
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_line("the pass failed").unwrap();
    workplace.run(&["pause", "contoso"]).unwrap();
    service.wait_for_line("the source is paused").unwrap();
    assert_eq!(workplace.run(&["status"]).unwrap().code, 0);
    // Without its secret the configuration would be refused if the source did not rest.
    let ended = workplace
        .run(&["secrets", "remove", "contoso-client-secret", "--force"])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let more = format!("# touched\n{}", configuration(&workplace));
    workplace.configure(&more).unwrap();
    service
        .wait_for("the change", |service| {
            (service.count("the configuration was applied") >= 2).then_some(())
        })
        .unwrap();
}

#[test]
fn without_a_configuration_only_the_service_and_what_sets_up_begin() {
    let workplace = nothing();
    for command in [
        &["run-once"][..],
        &["validate"],
        &["rooms"],
        &["status"],
        &["export"],
    ] {
        let ended = workplace.run(command).unwrap();
        assert_eq!(ended.code, 2, "{command:?}");
        assert!(
            ended.stderr.starts_with("error: collector.toml: No such file"),
            "{}",
            ended.stderr
        );
    }
    let mut service = Service::begin(&mut workplace.command(&["run"])).unwrap();
    service
        .wait_for_line(
            "there is no collector.toml yet; adding the first source creates it (`collector add`, or the Admin Portal)",
        )
        .unwrap();
    drop(service);
    workplace.configure("").unwrap();
    for command in [
        &["run-once"][..],
        &["validate"],
        &["rooms"],
        &["status"],
        &["export"],
    ] {
        let ended = workplace.run(command).unwrap();
        assert_eq!(
            said(&ended),
            (
                2,
                "",
                "error: collector.toml:1:1: source: there is no source; add one with [[source]], a name, a connector and its settings\n"
            )
        );
    }
}
